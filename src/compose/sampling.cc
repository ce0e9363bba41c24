#include "compose/sampling.h"

namespace rushes::compose {

Grid grid_x(const frame::Format& format, int plane) {
  if ((plane != 1 && plane != 2) || format.chroma_shift_x() == 0) return {};
  return {2, format.site == frame::ChromaSite::kCenter ? 0 : 0.5};
}

Grid grid_y(const frame::Format& format, int plane) {
  if ((plane != 1 && plane != 2) || format.chroma_shift_y() == 0) return {};
  return {2, format.site == frame::ChromaSite::kTopLeft ? 0.5 : 0};
}

void fill_plane_axis(kernels::FilterAxis& axis, const AxisPart& from, const AxisPart& to,
                     double step, double origin, kernels::Kernel kernel) {
  const double axis_step = step * to.grid.factor / from.grid.factor;
  const double axis_origin =
      (step * (to.grid.factor * to.start - to.grid.offset) + origin + from.grid.offset) /
      from.grid.factor;
  kernels::make_axis(axis, from.count, to.count, axis_origin, axis_step, kernel);
}

kernels::Affine plane_map(const kernels::Affine& m, Grid from_x, Grid from_y, int start_x,
                          int start_y, Grid to_x, Grid to_y) {
  const double x = to_x.factor * start_x - to_x.offset;
  const double y = to_y.factor * start_y - to_y.offset;
  return {m.xx * to_x.factor / from_x.factor,
          m.xy * to_y.factor / from_x.factor,
          (m.xx * x + m.xy * y + m.x0 + from_x.offset) / from_x.factor,
          m.yx * to_x.factor / from_y.factor,
          m.yy * to_y.factor / from_y.factor,
          (m.yx * x + m.yy * y + m.y0 + from_y.offset) / from_y.factor};
}

}  // namespace rushes::compose
