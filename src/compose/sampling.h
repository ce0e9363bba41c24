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

// The filter that makes samples [start, start + outputs) of a plane on grid `to` from a plane of
// `source_size` samples on grid `from`, where luma position X of the target is luma position
// step * X + origin of the source.
void fill_plane_axis(kernels::FilterAxis& axis, int source_size, Grid from, int start, int outputs,
                     Grid to, double step, double origin);

// The same for any affine map between luma positions.
kernels::Affine plane_map(const kernels::Affine& luma, Grid from_x, Grid from_y, int start_x,
                          int start_y, Grid to_x, Grid to_y);

// True if the map neither turns nor mirrors, so rows and columns can be filtered apart.
inline bool is_separable(const kernels::Affine& m) {
  return m.xy == 0 && m.yx == 0 && m.xx > 0 && m.yy > 0;
}

}  // namespace rushes::compose
