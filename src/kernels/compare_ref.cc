#include <algorithm>
#include <cstdlib>

#include "kernels/compare.h"
#include "kernels/ssim_window.h"

namespace rushes::kernels::ref {
namespace {

template <class F>
uint64_t total(frame::PlaneView a, F f) {
  uint64_t sum = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) sum += static_cast<uint64_t>(f(x, y));
  }
  return sum;
}

}  // namespace

uint64_t squared_error(frame::PlaneView a, frame::PlaneView b) {
  return total(a, [&](int x, int y) {
    const int d = a.row(y)[x] - b.row(y)[x];
    return d * d;
  });
}

uint64_t absolute_error(frame::PlaneView a, frame::PlaneView b) {
  return total(a, [&](int x, int y) { return std::abs(a.row(y)[x] - b.row(y)[x]); });
}

uint64_t block_error(frame::PlaneView a, frame::PlaneView b) {
  uint64_t total = 0;
  for (int top = 0; top < a.height; top += 8) {
    for (int left = 0; left < a.width; left += 8) {
      int64_t difference = 0;
      for (int y = top; y < std::min(top + 8, a.height); ++y) {
        for (int x = left; x < std::min(left + 8, a.width); ++x) {
          difference += a.row(y)[x] - b.row(y)[x];
        }
      }
      total += static_cast<uint64_t>(std::abs(difference));
    }
  }
  return total;
}

uint64_t sum(frame::PlaneView plane) {
  return total(plane, [&](int x, int y) { return plane.row(y)[x]; });
}

uint64_t count_at_most(frame::PlaneView plane, uint8_t limit) {
  return total(plane, [&](int x, int y) { return plane.row(y)[x] <= limit ? 1 : 0; });
}

SsimSum ssim(frame::PlaneView a, frame::PlaneView b) {
  const SsimGrid grid(a);
  SsimSum out{.windows = grid.windows()};
  if (grid.empty()) return out;
  for (int row = 0; row + 1 < grid.rows; ++row) {
    for (int column = 0; column + 1 < grid.columns; ++column) {
      SsimSums s;
      for (int y = 4 * row; y < 4 * row + 8; ++y) {
        for (int x = 4 * column; x < 4 * column + 8; ++x) {
          const int32_t p = a.row(y)[x];
          const int32_t q = b.row(y)[x];
          s.a += p;
          s.b += q;
          s.squares += p * p + q * q;
          s.products += p * q;
        }
      }
      out.value += ssim_value(s);
    }
  }
  return out;
}

}  // namespace rushes::kernels::ref
