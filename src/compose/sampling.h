#pragma once

// Where the samples of a plane lie, and which samples of one plane make those of another.

#include "frame/frame.h"
#include "kernels/affine.h"
#include "kernels/resample.h"

namespace rushes::compose {

// Along one axis, position c in a plane (sample i covers [i, i + 1)) is luma position
// factor * c - offset.
struct Grid {
  double factor = 1;
  double offset = 0;
};
Grid grid_x(const frame::Format& format, int plane);
Grid grid_y(const frame::Format& format, int plane);

// Samples [start, start + count) along one axis of a plane.
struct AxisPart {
  Grid grid;
  int start = 0;
  int count = 0;
};

// The filter that makes `to` from all samples of `from`, where luma position X of the target is
// luma position step * X + origin of the source.
void fill_plane_axis(kernels::FilterAxis& axis, const AxisPart& from, const AxisPart& to,
                     double step, double origin,
                     kernels::Kernel kernel = kernels::Kernel::kCatmullRom);

// The same for any affine map between luma positions.
kernels::Affine plane_map(const kernels::Affine& luma, Grid from_x, Grid from_y, int start_x,
                          int start_y, Grid to_x, Grid to_y);

// True if the map neither turns nor mirrors, so rows and columns can be filtered apart.
inline bool is_separable(const kernels::Affine& m) {
  return m.xy == 0 && m.yx == 0 && m.xx > 0 && m.yy > 0;
}

}  // namespace rushes::compose
