#pragma once

// Moving chroma samples to another grid: whole numbers only, so the same everywhere. Positions are
// multiples of a quarter of a source sample, which all of 4:2:0, 4:2:2, 4:1:1 and their sites are.
// Internal to this layer.

#include "frame/frame.h"

namespace rushes::media {

enum class Axis : uint8_t { kX, kY };

// Output sample i stands at (scale * i + offset) / 4 in source samples.
struct QuarterSteps {
  int scale = 4;
  int offset = 0;
  bool identity() const { return scale == 4 && offset == 0; }
};

// From chroma subsampled by 2^from to 2^to, from >= to. Centered: a sample stands amid the luma
// samples that share it; otherwise on the first of them.
QuarterSteps subsampling_steps(int from, int to, bool centered);

// A grey frame of the plane, `length` samples long on the axis. Four-tap Catmull-Rom; the edge
// sample is repeated outside.
frame::FrameBuffer resample_plane(const frame::PlaneView& from, int depth, Axis axis, int length,
                                  QuarterSteps steps);

}  // namespace rushes::media
