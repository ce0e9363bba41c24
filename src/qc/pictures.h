#pragma once

// The figures of all frames, gathered by seconds. Memory grows with the seconds, not the frames.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "qc/figures.h"
#include "qc/plan.h"
#include "qc/stretches.h"

namespace rushes::qc {

// A second of the output, counted from its first frame.
struct PictureSecond {
  int64_t frames = 0;
  int64_t ssim = 0;
  std::array<uint64_t, 3> error{};
  std::array<int64_t, 3> shift{};
  int64_t worst_frame = 0;  // by SSIM, since the output's first
  int64_t worst_ssim = 0;
};

// Some frames: how many, and the first of them.
struct SomeFrames {
  int64_t count = 0;
  int64_t first = 0;
  void add(int64_t frame, int64_t more = 1) {
    if (count == 0) first = frame;
    count += more;
  }
};

class Pictures {
 public:
  explicit Pictures(const Plan& plan);

  // One segment after the other.
  void add(const SegmentFigures& segment);
  void finish();

  // Of a second, or of sums over several. SSIM is from -1 to 1; empty: the picture is smaller than
  // its windows. PSNR is in decibels; empty: the planes are the same. Shift: by how many codes of
  // 255 the output is lighter, on average.
  std::optional<double> ssim(const PictureSecond& s) const;
  std::optional<double> psnr(const PictureSecond& s, size_t plane) const;
  double shift(const PictureSecond& s, size_t plane) const;
  PictureSecond whole() const;

  std::vector<PictureSecond> seconds;
  int64_t compared = 0;
  bool chroma = true;
  SomeFrames missing;   // without a frame of their own
  SomeFrames repeated;  // frames that look like the one before, where the reference moves on
  int64_t damaged = 0;
  std::optional<std::pair<int64_t, std::string>> error;  // the first frame that cannot be decoded
  std::vector<Stretch> black, frozen;                    // in frames of the output

 private:
  void add_frame(int64_t n, const SegmentFigures& segment, const FrameFigures& frame);
  void end_repeated(int64_t n);

  Plan plan_;
  int64_t half_second_;  // in frames
  int64_t windows_ = 0, luma_ = 0;
  Stretches black_ticks_, frozen_ticks_;
  int64_t repeated_run_ = 0;
};

// What freezes differs from the frame before by no more than a quarter of a code on average; where
// the means of blocks differ by one and a quarter, the picture moves.
Tick frozen_tick(const FrameFigures& frame, int64_t luma);
// Black: 98 of 100 samples are nearly so.
Tick black_tick(const FrameFigures& frame, int64_t luma);

}  // namespace rushes::qc
