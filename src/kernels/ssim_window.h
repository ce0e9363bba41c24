#pragma once

// What ssim() and its reference share.

#include <cstdint>

#include "kernels/compare.h"

namespace rushes::kernels {

inline constexpr int32_t kSsimC1 = 416;     // 0.01^2 * 255^2 * 64
inline constexpr int32_t kSsimC2 = 235963;  // 0.03^2 * 255^2 * 64 * 63

// Blocks of 4x4 samples of a plane; windows are two by two of them.
struct SsimGrid {
  int columns, rows;
  explicit SsimGrid(const frame::PlaneView& plane)
      : columns(plane.width / 4), rows(plane.height / 4) {}
  bool empty() const { return columns < 2 || rows < 2; }
  int64_t windows() const { return empty() ? 0 : static_cast<int64_t>(columns - 1) * (rows - 1); }
};

// Sums over samples: of a, of b, of a^2 + b^2, of a b.
struct SsimSums {
  int32_t a = 0, b = 0, squares = 0, products = 0;
};

// None of the terms leaves 32 bits: 64 * 64 * 255^2 * 2 is below 2^30.
inline int32_t ssim_value(const SsimSums& s) {
  const int32_t variance = s.squares * 64 - s.a * s.a - s.b * s.b;
  const int32_t covariance = s.products * 64 - s.a * s.b;
  const float above =
      static_cast<float>(2 * s.a * s.b + kSsimC1) * static_cast<float>(2 * covariance + kSsimC2);
  const float below =
      static_cast<float>(s.a * s.a + s.b * s.b + kSsimC1) * static_cast<float>(variance + kSsimC2);
  return static_cast<int32_t>(above / below * static_cast<float>(kSsimOne));
}

}  // namespace rushes::kernels
