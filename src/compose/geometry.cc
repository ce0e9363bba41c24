#include "compose/geometry.h"

#include <algorithm>
#include <cmath>

#include "base/exact_math.h"
#include "timeline/curve.h"

namespace rushes::compose {
namespace {

using base::Rational;
using schema::Curve;
using schema::Fit;
using schema::Visual;

// What is within a billionth of a whole number is that number: percentages and ratios that meet the
// pixel grid stay on it, and are copied instead of filtered.
double snapped(double x) {
  const double whole = std::floor(x + 0.5);
  return std::fabs(x - whole) < 1e-9 ? whole : x;
}

constexpr double kSmallest = 1e-4;  // of scales and sizes: what is smaller is not seen

}  // namespace

Placement place(const Visual& v, const Rational& t, double canvas_scale) {
  Placement p;
  p.x = timeline::evaluate(v.x, t) * canvas_scale;
  p.y = timeline::evaluate(v.y, t) * canvas_scale;
  p.anchor_x = v.anchor_x * v.box_width;
  p.anchor_y = v.anchor_y * v.box_height;
  p.scale = std::max(kSmallest, timeline::evaluate(v.scale, t)) * canvas_scale;
  p.opacity = std::clamp(timeline::evaluate(v.opacity, t), 0.0, 1.0);
  double degrees = timeline::evaluate(v.rotation, t);
  degrees = degrees - 360.0 * std::floor(degrees / 360.0);
  if (degrees == 0) return p;
  if (degrees == 90 || degrees == 180 || degrees == 270) {
    p.cos = degrees == 180 ? -1 : 0;
    p.sin = degrees == 90 ? 1 : degrees == 270 ? -1 : 0;
    return p;
  }
  p.cos = base::exact_cos(degrees * (base::kPi / 180));
  p.sin = base::exact_sin(degrees * (base::kPi / 180));
  return p;
}

Fitted fit_picture(const Visual& v, Fit fit, const Rational& t, double source_width,
                   double source_height) {
  const double cx = timeline::evaluate(v.crop_x, t) * source_width;
  const double cy = timeline::evaluate(v.crop_y, t) * source_height;
  const double cw = std::max(kSmallest, timeline::evaluate(v.crop_width, t)) * source_width;
  const double ch = std::max(kSmallest, timeline::evaluate(v.crop_height, t)) * source_height;
  const double kx = v.box_width / cw;
  const double ky = v.box_height / ch;
  double sx = kx;
  double sy = ky;
  if (fit == Fit::kCover) sx = sy = std::max(kx, ky);
  if (fit == Fit::kContain || fit == Fit::kBlur) sx = sy = std::min(kx, ky);

  const double zoom = std::max(kSmallest, timeline::evaluate(v.zoom, t));
  const double fx = timeline::evaluate(v.focus_x, t) * v.box_width;
  const double fy = timeline::evaluate(v.focus_y, t) * v.box_height;

  Fitted out;
  out.per_box_x = 1 / (sx * zoom);
  out.per_box_y = 1 / (sy * zoom);
  // Unzoomed, the crop's centre lies at the box's centre; zooming keeps the focus in place.
  const double centre_x = fx + (v.box_width / 2 - fx) * zoom;
  const double centre_y = fy + (v.box_height / 2 - fy) * zoom;
  out.origin_x = snapped(cx + cw / 2 - centre_x * out.per_box_x);
  out.origin_y = snapped(cy + ch / 2 - centre_y * out.per_box_y);

  const double left = std::max(0.0, snapped(centre_x - cw / 2 * sx * zoom));
  const double top = std::max(0.0, snapped(centre_y - ch / 2 * sy * zoom));
  const double right = std::min(v.box_width, snapped(centre_x + cw / 2 * sx * zoom));
  const double bottom = std::min(v.box_height, snapped(centre_y + ch / 2 * sy * zoom));
  out.visible = {left, top, std::max(0.0, right - left), std::max(0.0, bottom - top)};
  return out;
}

Shape shape_of(const Placement& p, const Rect& rect, double radius) {
  const double bx = (rect.x + rect.width / 2 - p.anchor_x) * p.scale;
  const double by = (rect.y + rect.height / 2 - p.anchor_y) * p.scale;
  Shape s;
  s.cos = p.cos;
  s.sin = p.sin;
  s.cx = snapped(2 * (p.x + bx * p.cos - by * p.sin)) / 2;
  s.cy = snapped(2 * (p.y + bx * p.sin + by * p.cos)) / 2;
  s.half_w = snapped(rect.width * p.scale) / 2;
  s.half_h = snapped(rect.height * p.scale) / 2;
  s.radius = std::clamp(radius * p.scale, 0.0, std::min(s.half_w, s.half_h));
  return s;
}

kernels::Affine map_of(const Placement& p, const Fitted& f) {
  // box = anchor + R^-1 (canvas - (x, y)) / scale
  const double kx = f.per_box_x / p.scale;
  const double ky = f.per_box_y / p.scale;
  kernels::Affine m{};
  m.xx = snapped(kx * p.cos);
  m.xy = kx * p.sin;
  m.x0 = snapped(f.origin_x + f.per_box_x * p.anchor_x - (m.xx * p.x + m.xy * p.y));
  m.yx = -ky * p.sin;
  m.yy = snapped(ky * p.cos);
  m.y0 = snapped(f.origin_y + f.per_box_y * p.anchor_y - (m.yx * p.x + m.yy * p.y));
  return m;
}

double largest_scale(const Visual& v, Fit fit, const Rational& duration, double source_width,
                     double source_height) {
  double largest = 0;
  const auto look = [&](const Rational& t) {
    const Fitted f = fit_picture(v, fit, t, source_width, source_height);
    const double scale = std::max(kSmallest, timeline::evaluate(v.scale, t));
    largest = std::max(largest, scale / std::min(f.per_box_x, f.per_box_y));
  };
  bool moves = false;
  for (const Curve* c : {&v.scale, &v.zoom, &v.crop_width, &v.crop_height}) {
    if (c->constant()) continue;
    moves = true;
    for (const schema::Key& key : c->keys) {
      if (key.time <= duration) look(key.time);
    }
  }
  const int steps = moves ? 256 : 0;
  for (int i = 0; i <= steps; ++i) look(duration * Rational(i, std::max(1, steps)));
  return moves ? largest * 1.01 : largest;
}

}  // namespace rushes::compose
