#include <algorithm>

#include "kernels/blend.h"

namespace rushes::kernels::ref {
namespace {

template <class F>
void for_each(MutablePlaneView dst, F f) {
  for (int y = 0; y < dst.height; ++y) {
    for (int x = 0; x < dst.width; ++x) dst.row(y)[x] = static_cast<uint8_t>(f(x, y));
  }
}

int mixed(int a, int b, int weight) {
  return (a * (kMixOne - weight) + b * weight + kMixOne / 2) / kMixOne;
}

uint32_t over(uint32_t a, uint32_t b, uint32_t m) { return div255(a * (255 - m) + b * m); }

}  // namespace

void mix(MutablePlaneView dst, PlaneView a, PlaneView b, int weight) {
  for_each(dst, [&](int x, int y) { return mixed(a.row(y)[x], b.row(y)[x], weight); });
}

void mix_color(MutablePlaneView dst, PlaneView a, uint8_t value, int weight) {
  for_each(dst, [&](int x, int y) { return mixed(a.row(y)[x], value, weight); });
}

void mix_masked(MutablePlaneView dst, PlaneView a, PlaneView b, PlaneView mask) {
  for_each(dst, [&](int x, int y) { return over(a.row(y)[x], b.row(y)[x], mask.row(y)[x]); });
}

void blend_premultiplied(MutablePlaneView dst, PlaneView src, PlaneView alpha, uint8_t opacity) {
  for_each(dst, [&](int x, int y) {
    const uint32_t left = 255 - div255(uint32_t{alpha.row(y)[x]} * opacity);
    const uint32_t sum = div255(uint32_t{src.row(y)[x]} * opacity) + div255(dst.row(y)[x] * left);
    return std::min(255u, sum);
  });
}

void blend_premultiplied_chroma(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                uint8_t opacity) {
  for_each(dst, [&](int x, int y) {
    const uint32_t left = 255 - div255(uint32_t{alpha.row(y)[x]} * opacity);
    const uint32_t sum = over(128, src.row(y)[x], opacity) + over(128, dst.row(y)[x], left);
    return std::clamp(static_cast<int>(sum) - 128, 0, 255);
  });
}

void blend_masked(MutablePlaneView dst, PlaneView src, PlaneView mask, uint8_t opacity) {
  for_each(dst, [&](int x, int y) {
    return over(dst.row(y)[x], src.row(y)[x], div255(uint32_t{mask.row(y)[x]} * opacity));
  });
}

void blend_color(MutablePlaneView dst, uint8_t value, PlaneView mask, uint8_t opacity) {
  for_each(dst, [&](int x, int y) {
    return over(dst.row(y)[x], value, div255(uint32_t{mask.row(y)[x]} * opacity));
  });
}

void multiply(MutablePlaneView dst, PlaneView a, PlaneView b) {
  for_each(dst, [&](int x, int y) { return div255(uint32_t{a.row(y)[x]} * b.row(y)[x]); });
}

void multiply_chroma(MutablePlaneView dst, PlaneView a, PlaneView mask) {
  for_each(dst, [&](int x, int y) { return over(128, a.row(y)[x], mask.row(y)[x]); });
}

}  // namespace rushes::kernels::ref
