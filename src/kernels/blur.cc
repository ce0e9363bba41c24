#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/mask.h"
#include "kernels/mask_shapes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/blur.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {
#if RUSHES_PLAIN_TARGET

void blur_plane(frame::MutablePlaneView plane, double sigma, BlurScratch&) {
  ref::blur(plane, sigma);
}

#else

// Lines are filtered side by side, a vector of them at a time: a strip holds sample i of all of its
// lines in kStrip consecutive bytes.
constexpr int kStrip = static_cast<int>(hn::MaxLanes(DU8()));
using DQ8 = hn::Rebind<uint8_t, DU32>;
constexpr int kQuarter = kStrip / 4;

struct Sums {
  VU32 s0, s1, s2, s3;
};
HWY_INLINE VU32 load_quarter(const uint8_t* p, int i) {
  return hn::PromoteTo(DU32(), hn::LoadU(DQ8(), p + i * kQuarter));
}
// sum + times * sample
HWY_INLINE void add(Sums& s, const uint8_t* p, int times) {
  const VU32 t = hn::Set(DU32(), static_cast<uint32_t>(times));
  s.s0 = hn::Add(s.s0, hn::Mul(load_quarter(p, 0), t));
  s.s1 = hn::Add(s.s1, hn::Mul(load_quarter(p, 1), t));
  s.s2 = hn::Add(s.s2, hn::Mul(load_quarter(p, 2), t));
  s.s3 = hn::Add(s.s3, hn::Mul(load_quarter(p, 3), t));
}
HWY_INLINE VU32 slide(VU32 sum, const uint8_t* in, const uint8_t* out, int i) {
  return hn::Add(sum, hn::Sub(load_quarter(in, i), load_quarter(out, i)));
}
HWY_INLINE void store_mean(VU32 sum, VU32 factor, uint8_t* p, int i) {
  const VU32 v = hn::ShiftRight<24>(hn::Add(hn::Mul(sum, factor), hn::Set(DU32(), 1u << 23)));
  hn::StoreU(hn::DemoteTo(DQ8(), hn::BitCast(DI32(), v)), DQ8(), p + i * kQuarter);
}

void filter_strip(const uint8_t* in, uint8_t* out, int n, const BoxFilter& box) {
  const auto at = [&](int i) {
    return in + static_cast<ptrdiff_t>(std::clamp(i, 0, n - 1)) * kStrip;
  };
  const VU32 zero = hn::Zero(DU32());
  const VU32 factor = hn::Set(DU32(), box.factor);
  const int r = box.radius;
  Sums s{zero, zero, zero, zero};
  add(s, at(0), r + 1);
  for (int k = 1; k <= std::min(r, n - 1); ++k) add(s, at(k), 1);
  if (r > n - 1) add(s, at(n - 1), r - (n - 1));
  for (int i = 0; i < n; ++i, out += kStrip) {
    store_mean(s.s0, factor, out, 0);
    store_mean(s.s1, factor, out, 1);
    store_mean(s.s2, factor, out, 2);
    store_mean(s.s3, factor, out, 3);
    const uint8_t* enters = at(i + r + 1);
    const uint8_t* leaves = at(i - r);
    s.s0 = slide(s.s0, enters, leaves, 0);
    s.s1 = slide(s.s1, enters, leaves, 1);
    s.s2 = slide(s.s2, enters, leaves, 2);
    s.s3 = slide(s.s3, enters, leaves, 3);
  }
}

// All three; the result is in `b`.
void filter_thrice(uint8_t* a, uint8_t* b, int n, const BlurPlan& plan) {
  filter_strip(a, b, n, plan.boxes[0]);
  filter_strip(b, a, n, plan.boxes[1]);
  filter_strip(a, b, n, plan.boxes[2]);
}

// 16x16 bytes: four rounds of interleaving the halves move each index bit from row to column.
void transpose_block(const uint8_t* from, ptrdiff_t from_stride, uint8_t* to, ptrdiff_t to_stride) {
  const hn::Full128<uint8_t> d;
  hn::Vec<decltype(d)> a[16], b[16];
  for (int i = 0; i < 16; ++i) a[i] = hn::LoadU(d, from + i * from_stride);
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 8; ++i) {
      b[2 * i] = hn::InterleaveLower(d, a[i], a[i + 8]);
      b[2 * i + 1] = hn::InterleaveUpper(d, a[i], a[i + 8]);
    }
    for (int i = 0; i < 16; ++i) a[i] = b[i];
  }
  for (int i = 0; i < 16; ++i) hn::StoreU(a[i], d, to + i * to_stride);
}

// to[x][y] = from[y][x]
void transpose(const uint8_t* from, ptrdiff_t from_stride, int rows, int columns, uint8_t* to,
               ptrdiff_t to_stride) {
  const int whole_rows = rows / 16 * 16;
  const int whole_columns = columns / 16 * 16;
  for (int y = 0; y < whole_rows; y += 16) {
    for (int x = 0; x < whole_columns; x += 16) {
      transpose_block(from + y * from_stride + x, from_stride, to + x * to_stride + y, to_stride);
    }
  }
  for (int y = 0; y < rows; ++y) {
    const int start = y < whole_rows ? whole_columns : 0;
    for (int x = start; x < columns; ++x) to[x * to_stride + y] = from[y * from_stride + x];
  }
}

void blur_plane(frame::MutablePlaneView plane, double sigma, BlurScratch& scratch) {
  const BlurPlan plan = make_blur_plan(sigma);
  if (plan.nothing || plane.width == 0 || plane.height == 0) return;
  const size_t longest = static_cast<size_t>(std::max(plane.width, plane.height));
  const size_t size = longest * kStrip;
  uint8_t* a = scratch.strips.ensure<uint8_t>(2 * size);
  uint8_t* b = a + size;
  // Lines that a narrow last strip lacks are filtered too, and thrown away.
  std::memset(a, 0, 2 * size);
  for (int y = 0; y < plane.height; y += kStrip) {
    const int lines = std::min(kStrip, plane.height - y);
    transpose(plane.row(y), plane.stride, lines, plane.width, a, kStrip);
    filter_thrice(a, b, plane.width, plan);
    transpose(b, kStrip, plane.width, lines, plane.row(y), plane.stride);
  }
  for (int x = 0; x < plane.width; x += kStrip) {
    const size_t lines = static_cast<size_t>(std::min(kStrip, plane.width - x));
    for (int y = 0; y < plane.height; ++y) std::memcpy(a + y * kStrip, plane.row(y) + x, lines);
    filter_thrice(a, b, plane.height, plan);
    for (int y = 0; y < plane.height; ++y) std::memcpy(plane.row(y) + x, b + y * kStrip, lines);
  }
}

#endif  // RUSHES_PLAIN_TARGET
}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {

// n boxes of width w have variance n * (w * w - 1) / 12: of the two odd widths about the ideal one,
// as many of each as come nearest.
BlurPlan make_blur_plan(double sigma) {
  if (!(sigma >= 0.3)) return {{}, true};
  sigma = std::min(sigma, kMaxSigma);
  const double variance = 12 * sigma * sigma;
  int lower = static_cast<int>(std::sqrt(variance / 3 + 1));
  if (lower % 2 == 0) --lower;
  const double narrow = (3.0 * lower * lower + 12 * lower + 9 - variance) / (4 * lower + 4);
  BlurPlan plan{{}, false};
  for (int i = 0; i < 3; ++i) {
    const int width = i < static_cast<int>(narrow + 0.5) ? lower : lower + 2;
    const uint32_t w = static_cast<uint32_t>(width);
    plan.boxes[i] = {width / 2, ((1u << 24) + w / 2) / w};
  }
  return plan;
}

HWY_EXPORT(blur_plane);

void blur(frame::MutablePlaneView plane, double sigma, BlurScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(blur_plane)(plane, sigma, scratch);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
