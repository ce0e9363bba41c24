#pragma once

// Planes to draw on, and rectangles of them.

#include <array>

#include "compose/sampling.h"
#include "compose/scene.h"
#include "frame/frame.h"
#include "kernels/mask.h"

namespace rushes::compose {

// Luma rectangle [x0, x1) x [y0, y1), even on every side.
struct Region {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool empty() const { return x0 >= x1 || y0 >= y1; }
  int width() const { return x1 - x0; }
  int height() const { return y1 - y0; }
};

// The part of a canvas on which the shape can have any effect, chroma filters included.
Region region_of(const Shape& shape, int width, int height);
Region united(const Region& a, const Region& b);
Region region_of(const Side& side, int width, int height);

// 4:2:0 planes of working colours; with alpha, premultiplied. The view does not own.
struct Canvas {
  std::array<frame::MutablePlaneView, 3> color;
  frame::MutablePlaneView alpha;  // data is null on an opaque canvas
  bool has_alpha() const { return alpha.data != nullptr; }
  Canvas part(const Region& region) const;
  Canvas opaque() const { return {color, {}}; }
};

// Luma plane: shift 0; chroma: shift 1.
frame::MutablePlaneView part_of(const frame::MutablePlaneView& plane, const Region& region,
                                int shift);

// Canvas-sized planes that own their samples.
class CanvasBuffer {
 public:
  CanvasBuffer(int width, int height);
  const Canvas& canvas() const { return canvas_; }

 private:
  std::array<frame::PlaneBuffer, 4> planes_;
  Canvas canvas_;
};

// Which samples of plane `plane` of the layer's picture make the samples of canvas plane `plane`
// (3: alpha) within `region`, for a separable map.
struct PlaneAxes {
  kernels::FilterAxis x, y;
};
void make_plane_axes(PlaneAxes& axes, const Layer& layer, int plane, const Region& region);
// The same for any map.
kernels::Affine make_plane_map(const frame::Frame& picture, int plane, const kernels::Affine& map,
                               const Region& region);
kernels::WipeDirection wipe_direction(schema::Direction direction);
// The picture's plane that goes to canvas plane 0, 1, 2 or 3 (alpha).
const frame::PlaneView& source_plane(const frame::Frame& picture, int canvas_plane);

}  // namespace rushes::compose
