#include "compose/canvas.h"

#include <algorithm>
#include <cmath>

namespace rushes::compose {
namespace {

int format_plane(const frame::Frame& picture, int canvas_plane) {
  return canvas_plane == 3 ? picture.format().color_planes() : canvas_plane;
}

Grid canvas_grid_x(int plane) { return grid_x(frame::kWorking, plane); }
Grid canvas_grid_y(int plane) { return grid_y(frame::kWorking, plane); }

int shift_of(int plane) { return plane == 1 || plane == 2 ? 1 : 0; }

}  // namespace

Region region_of(const Shape& s, int width, int height) {
  const double ex = s.half_w * std::fabs(s.cos) + s.half_h * std::fabs(s.sin);
  const double ey = s.half_w * std::fabs(s.sin) + s.half_h * std::fabs(s.cos);
  if (!(s.half_w > 0 && s.half_h > 0)) return {};
  // One sample for soft edges, two for the chroma filter, one for evenness.
  constexpr double kMargin = 3;
  const auto low = [](double v, int limit) {
    return static_cast<int>(std::clamp(std::floor(v - kMargin), 0.0, static_cast<double>(limit))) &
           ~1;
  };
  const auto high = [](double v, int limit) {
    const int up =
        static_cast<int>(std::clamp(std::ceil(v + kMargin), 0.0, static_cast<double>(limit)));
    return std::min(limit, (up + 1) & ~1);
  };
  return {low(s.cx - ex, width), low(s.cy - ey, height), high(s.cx + ex, width),
          high(s.cy + ey, height)};
}

Region united(const Region& a, const Region& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.x0, b.x0), std::min(a.y0, b.y0), std::max(a.x1, b.x1), std::max(a.y1, b.y1)};
}

Region region_of(const Side& side, int width, int height) {
  Region all;
  for (const Layer& layer : side.layers) {
    all = united(all, region_of(layer.shape, width, height));
  }
  return all;
}

frame::MutablePlaneView part_of(const frame::MutablePlaneView& plane, const Region& r, int shift) {
  if (plane.data == nullptr) return {};
  return {plane.row(r.y0 >> shift) + (r.x0 >> shift), plane.stride, r.width() >> shift,
          r.height() >> shift};
}

Canvas Canvas::part(const Region& region) const {
  return {
      {part_of(color[0], region, 0), part_of(color[1], region, 1), part_of(color[2], region, 1)},
      part_of(alpha, region, 0)};
}

CanvasBuffer::CanvasBuffer(int width, int height)
    : planes_{frame::PlaneBuffer(width, height), frame::PlaneBuffer(width / 2, height / 2),
              frame::PlaneBuffer(width / 2, height / 2), frame::PlaneBuffer(width, height)},
      canvas_{{planes_[0].view(), planes_[1].view(), planes_[2].view()}, planes_[3].view()} {}

kernels::WipeDirection wipe_direction(schema::Direction direction) {
  switch (direction) {
    case schema::Direction::kLeft: return kernels::WipeDirection::kLeft;
    case schema::Direction::kRight: return kernels::WipeDirection::kRight;
    case schema::Direction::kUp: return kernels::WipeDirection::kUp;
    case schema::Direction::kDown: return kernels::WipeDirection::kDown;
  }
  return kernels::WipeDirection::kLeft;
}

const frame::PlaneView& source_plane(const frame::Frame& picture, int canvas_plane) {
  return picture.plane(format_plane(picture, canvas_plane));
}

void make_plane_axes(PlaneAxes& axes, const Layer& layer, int plane, const Region& region) {
  const int from = format_plane(layer.picture, plane);
  const frame::PlaneView& source = layer.picture.plane(from);
  const frame::Format& format = layer.picture.format();
  const kernels::Affine& map = layer.map;
  const int shift = shift_of(plane);
  fill_plane_axis(axes.x, {grid_x(format, from), 0, source.width},
                  {canvas_grid_x(plane), region.x0 >> shift, region.width() >> shift}, map.xx,
                  map.x0, layer.kernel);
  fill_plane_axis(axes.y, {grid_y(format, from), 0, source.height},
                  {canvas_grid_y(plane), region.y0 >> shift, region.height() >> shift}, map.yy,
                  map.y0, layer.kernel);
}

kernels::Affine make_plane_map(const frame::Frame& picture, int plane, const kernels::Affine& map,
                               const Region& region) {
  const int from = format_plane(picture, plane);
  const int shift = shift_of(plane);
  return plane_map(map, grid_x(picture.format(), from), grid_y(picture.format(), from),
                   region.x0 >> shift, region.y0 >> shift, canvas_grid_x(plane),
                   canvas_grid_y(plane));
}

}  // namespace rushes::compose
