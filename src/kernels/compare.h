#pragma once

// How alike two 8-bit planes of equal size are (RUSHES_CHECK). All sums are exact integers, so that
// figures made of them are the same on every machine, and for any split of the frames.

#include <cstdint>
#include <vector>

#include "frame/frame.h"

namespace rushes::kernels {

// Sum of (a - b)^2, and of |a - b|.
uint64_t squared_error(frame::PlaneView a, frame::PlaneView b);
uint64_t absolute_error(frame::PlaneView a, frame::PlaneView b);
// Sum over blocks of 8x8 samples (those at the right and at the bottom may be smaller) of |sum of a
// - sum of b|: what moves shows, noise hardly does.
uint64_t block_error(frame::PlaneView a, frame::PlaneView b);
// Sum of all samples; how many are `limit` or less.
uint64_t sum(frame::PlaneView plane);
uint64_t count_at_most(frame::PlaneView plane, uint8_t limit);

// Structural similarity (Wang et al., 2004) as FFmpeg's filter "ssim" works it out: windows of 8x8
// samples, four apart both ways, each
//
//   (2 Sa Sb + c1) (2 C + c2) / ((Sa^2 + Sb^2 + c1) (V + c2))     in float, from left to right
//
// with Sa, Sb the sums of the samples, V = 64 (sum of a^2 + b^2) - Sa^2 - Sb^2,
// C = 64 (sum of a b) - Sa Sb, c1 = 416 and c2 = 235963. Each window's value, from -1 to 1, is cut
// off to a whole number of 1 / kSsimOne; these are summed.
inline constexpr int64_t kSsimOne = int64_t{1} << 24;
struct SsimSum {
  int64_t value = 0;
  int64_t windows = 0;  // 0: the planes are smaller than a window
  friend bool operator==(const SsimSum&, const SsimSum&) = default;
};
// What a row of windows is made of; may be used again for planes of any size.
struct SsimScratch {
  std::vector<int32_t> pairs, blocks, values;
};
SsimSum ssim(frame::PlaneView a, frame::PlaneView b, SsimScratch& scratch);

namespace ref {
uint64_t squared_error(frame::PlaneView a, frame::PlaneView b);
uint64_t absolute_error(frame::PlaneView a, frame::PlaneView b);
uint64_t block_error(frame::PlaneView a, frame::PlaneView b);
uint64_t sum(frame::PlaneView plane);
uint64_t count_at_most(frame::PlaneView plane, uint8_t limit);
SsimSum ssim(frame::PlaneView a, frame::PlaneView b);
}  // namespace ref
}  // namespace rushes::kernels
