#include "compose/scene.h"

#include <cmath>

#include "kernels/color.h"

namespace rushes::compose {
namespace {

bool same(const kernels::Affine& a, const kernels::Affine& b) {
  return a.xx == b.xx && a.xy == b.xy && a.x0 == b.x0 && a.yx == b.yx && a.yy == b.yy &&
         a.y0 == b.y0;
}

}  // namespace

bool operator==(const Layer& a, const Layer& b) {
  return a.picture == b.picture && a.color == b.color && same(a.map, b.map) && a.shape == b.shape &&
         a.opacity == b.opacity && a.kernel == b.kernel;
}

bool operator==(const Mix& a, const Mix& b) {
  return a.kind == b.kind && a.progress == b.progress && a.direction == b.direction &&
         a.softness == b.softness && a.luma == b.luma;
}

Yuv to_yuv(const schema::Color& color) {
  const auto c = kernels::rgb_to_working(color.r, color.g, color.b);
  return {c.y, c.u, c.v};
}

bool covers_canvas(const Shape& s, int width, int height) {
  // The four corners, in the shape's own axes, must lie half a sample inside its straight edges.
  if (s.radius > 0) {
    // A rounded shape covers when the rectangle without its corner arcs does.
    const double inset = s.radius * 0.29289321881345254;
    Shape inner = s;
    inner.radius = 0;
    inner.half_w -= inset;
    inner.half_h -= inset;
    return covers_canvas(inner, width, height);
  }
  const double slack = s.sin == 0 || s.cos == 0 ? 0 : 0.5;
  for (const double x : {0.0, static_cast<double>(width)}) {
    for (const double y : {0.0, static_cast<double>(height)}) {
      const double dx = x - s.cx;
      const double dy = y - s.cy;
      const double u = dx * s.cos + dy * s.sin;
      const double v = dy * s.cos - dx * s.sin;
      if (std::fabs(u) > s.half_w - slack + 1e-6 || std::fabs(v) > s.half_h - slack + 1e-6) {
        return false;
      }
    }
  }
  return true;
}

bool hides_canvas(const Layer& layer, int width, int height) {
  return layer.opacity == 255 && !(layer.picture && layer.picture.format().alpha) &&
         covers_canvas(layer.shape, width, height);
}

Layer moved(const Layer& layer, double move_x, double move_y, double scale, double centre_x,
            double centre_y) {
  Layer out = layer;
  const auto go = [&](double p, double centre, double move) {
    return centre + (p - centre) * scale + move;
  };
  out.shape.cx = go(layer.shape.cx, centre_x, move_x);
  out.shape.cy = go(layer.shape.cy, centre_y, move_y);
  out.shape.half_w *= scale;
  out.shape.half_h *= scale;
  out.shape.radius *= scale;
  // map(q) with q = centre + (p - move - centre) / scale
  const double k = 1 / scale;
  const double bx = centre_x - (centre_x + move_x) * k;
  const double by = centre_y - (centre_y + move_y) * k;
  const kernels::Affine& m = layer.map;
  out.map = {m.xx * k, m.xy * k, m.xx * bx + m.xy * by + m.x0,
             m.yx * k, m.yy * k, m.yx * bx + m.yy * by + m.y0};
  return out;
}

}  // namespace rushes::compose
