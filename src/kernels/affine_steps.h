#pragma once

// Fixed-point positions of affine.h, shared by its two paths.

#include <algorithm>
#include <cstdint>

#include "kernels/affine.h"

namespace rushes::kernels {

inline constexpr int kPositionBits = 32;
inline constexpr int kPhaseBits = 12;
inline constexpr int kDropBits = kPositionBits - kPhaseBits;
// What positions and steps are clamped to, in samples: beyond any picture, and no sum overflows.
inline constexpr double kFarthest = 1 << 26;
inline constexpr double kLongestStep = 1 << 12;

inline int64_t to_fixed(double samples, double limit) {
  if (!(samples > -limit)) samples = -limit;
  if (samples > limit) samples = limit;
  const double scaled = samples * static_cast<double>(int64_t{1} << kPositionBits);
  return static_cast<int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

// Where output i of a row lies: x + i * dx, y + i * dy, with kPositionBits fractional bits, counted
// from the centre of source sample 0, and with half a phase added so that dropping bits rounds.
struct RowSteps {
  int64_t x, y, dx, dy;
};

inline RowSteps row_steps(const Affine& a, int row) {
  const double cy = row + 0.5;
  const int64_t half = int64_t{1} << (kDropBits - 1);
  return {to_fixed(a.xx * 0.5 + a.xy * cy + a.x0 - 0.5, kFarthest) + half,
          to_fixed(a.yx * 0.5 + a.yy * cy + a.y0 - 0.5, kFarthest) + half,
          to_fixed(a.xx, kLongestStep), to_fixed(a.yx, kLongestStep)};
}

}  // namespace rushes::kernels
