#include "compose/box.h"

#include <algorithm>
#include <cmath>

#include "compose/sampling.h"
#include "kernels/blend.h"
#include "kernels/color.h"
#include "kernels/mask.h"

namespace rushes::compose {
namespace {

constexpr double kMaxShadowPixels = 8192.0 * 8192.0;

// Alpha in `mask`, one colour throughout.
frame::Frame colored(const frame::PlaneView& mask, Yuv color) {
  frame::Format format = frame::kWorking;
  format.alpha = true;
  format.premultiplied = true;
  frame::FrameBuffer out(format, mask.width, mask.height);
  frame::PlaneBuffer chroma_mask(out.plane(1).width, out.plane(1).height);
  kernels::alpha_to_chroma(mask, chroma_mask.view());
  kernels::fill(out.alpha(), 0);
  kernels::blend_color(out.alpha(), 255, mask, 255);
  const uint8_t values[3] = {color.y, color.u, color.v};
  for (int i = 0; i < 3; ++i) {
    kernels::fill(out.plane(i), i == 0 ? 0 : 128);
    kernels::blend_color(out.plane(i), values[i], i == 0 ? mask : chroma_mask.view(), 255);
  }
  return std::move(out).freeze();
}

Rect intersection(const Rect& a, const Rect& b) {
  const double left = std::max(a.x, b.x);
  const double top = std::max(a.y, b.y);
  return {left, top, std::max(0.0, std::min(a.x + a.width, b.x + b.width) - left),
          std::max(0.0, std::min(a.y + a.height, b.y + b.height) - top)};
}

// What is turned is sampled by a small kernel, so it is brought near its size first.
void reduce_turned(Layer& layer) {
  const kernels::Affine m = layer.map;
  const double kx = std::sqrt(m.xx * m.xx + m.xy * m.xy);
  const double ky = std::sqrt(m.yx * m.yx + m.yy * m.yy);
  if (is_separable(m) || std::max(kx, ky) <= 1.25) return;
  const frame::Frame& p = layer.picture;
  const frame::Frame small = reduced(p, static_cast<int>(std::ceil(p.width() / std::max(1.0, kx))),
                                     static_cast<int>(std::ceil(p.height() / std::max(1.0, ky))));
  const double rx = static_cast<double>(small.width()) / p.width();
  const double ry = static_cast<double>(small.height()) / p.height();
  layer.map = {m.xx * rx, m.xy * rx, m.x0 * rx, m.yx * ry, m.yy * ry, m.y0 * ry};
  layer.picture = small;
}

Layer picture_layer(const Placement& place, Fitted fitted, const frame::Frame& picture,
                    double width, double height, const Shape& shape) {
  const double kx = picture.width() / width;
  const double ky = picture.height() / height;
  fitted.origin_x *= kx;
  fitted.per_box_x *= kx;
  fitted.origin_y *= ky;
  fitted.per_box_y *= ky;
  Layer layer{.picture = picture, .map = map_of(place, fitted), .shape = shape};
  reduce_turned(layer);
  return layer;
}

}  // namespace

ShadowPicture make_shadow(double width, double height, double radius,
                          const schema::Shadow& shadow) {
  const double sigma = std::max(0.0, shadow.blur / 2);
  const int margin = static_cast<int>(std::ceil(sigma * 3)) + 2;
  const int w = (static_cast<int>(std::ceil(width)) + 2 * margin + 1) & ~1;
  const int h = (static_cast<int>(std::ceil(height)) + 2 * margin + 1) & ~1;
  if (static_cast<double>(w) * h > kMaxShadowPixels) return {};
  frame::PlaneBuffer mask(w, h);
  kernels::rounded_box(mask.view(), {.center_x = margin + width / 2,
                                     .center_y = margin + height / 2,
                                     .half_width = width / 2,
                                     .half_height = height / 2,
                                     .radius = radius,
                                     .cos = 1,
                                     .sin = 0});
  if (sigma > 0) {
    kernels::BlurScratch scratch;
    kernels::blur(mask.view(), sigma, scratch);
  }
  return {colored(mask.view(), to_yuv(shadow.color)), static_cast<double>(margin)};
}

void BoxPainter::shadow_and_border(const Placement& place, const Rect& rect, Side& side) {
  if (visual_.shadow && rect.width > 0 && rect.height > 0) {
    const schema::Shadow& s = *visual_.shadow;
    if (!shadow_.frame || shadow_width_ != rect.width || shadow_height_ != rect.height) {
      shadow_ = make_shadow(rect.width, rect.height, visual_.radius, s);
      shadow_width_ = rect.width;
      shadow_height_ = rect.height;
    }
    if (shadow_.frame) {
      const double left = rect.x + s.x - shadow_.margin;
      const double top = rect.y + s.y - shadow_.margin;
      const Rect area{left, top, static_cast<double>(shadow_.frame.width()),
                      static_cast<double>(shadow_.frame.height())};
      side.layers.push_back({.picture = shadow_.frame,
                             .map = map_of(place, {.origin_x = -left, .origin_y = -top}),
                             .shape = shape_of(place, area, 0),
                             .opacity = s.color.a});
    }
  }
  if (visual_.border && visual_.border->width > 0) {
    const schema::Color& c = visual_.border->color;
    side.layers.push_back(
        {.color = to_yuv(c), .shape = shape_of(place, rect, visual_.radius), .opacity = c.a});
  }
}

Rect BoxPainter::inside_border(const Rect& rect) const {
  const double b = visual_.border ? visual_.border->width : 0;
  return {rect.x + b, rect.y + b, std::max(0.0, rect.width - 2 * b),
          std::max(0.0, rect.height - 2 * b)};
}

double BoxPainter::inner_radius() const {
  return std::max(0.0, visual_.radius - (visual_.border ? visual_.border->width : 0));
}

void BoxPainter::show(const Placement& place, const base::Rational& clip_time, double width,
                      double height, const frame::Frame& picture, const frame::Frame& backdrop,
                      Side& side) {
  const Fitted fitted = fit_picture(visual_, visual_.fit, clip_time, width, height);
  Rect seen = inside_border(fitted.visible);
  double radius = inner_radius();
  if (backdrop) {
    // Shadow, border and corners are the whole box's; the picture lies within.
    const Fitted behind = fit_picture(visual_, schema::Fit::kCover, clip_time, width, height);
    shadow_and_border(place, behind.visible, side);
    const Rect inner = inside_border(behind.visible);
    side.layers.push_back(
        picture_layer(place, behind, backdrop, width, height, shape_of(place, inner, radius)));
    seen = intersection(fitted.visible, inner);
    radius = 0;
  } else {
    shadow_and_border(place, fitted.visible, side);
  }
  side.layers.push_back(
      picture_layer(place, fitted, picture, width, height, shape_of(place, seen, radius)));
}

void BoxPainter::fill(const Placement& place, const schema::Color& color, Side& side) {
  const Rect whole{0, 0, visual_.box_width, visual_.box_height};
  shadow_and_border(place, whole, side);
  side.layers.push_back({.color = to_yuv(color),
                         .shape = shape_of(place, inside_border(whole), inner_radius()),
                         .opacity = color.a});
}

frame::Frame reduced(const frame::Frame& picture, int width, int height) {
  const int w = std::clamp(width, 1, picture.width());
  const int h = std::clamp(height, 1, picture.height());
  if (picture.width() * 8 <= w * 9 && picture.height() * 8 <= h * 9) return picture;
  const frame::Format& format = picture.format();
  // The filter reaches only so far.
  constexpr int kMostAtOnce = 32;
  if (picture.width() > w * kMostAtOnce || picture.height() > h * kMostAtOnce) {
    const auto once = [](int size, int wanted) {
      return std::max(wanted, (size + kMostAtOnce - 1) / kMostAtOnce);
    };
    return reduced(reduced(picture, once(picture.width(), w), once(picture.height(), h)), w, h);
  }
  frame::FrameBuffer out(format, w, h);
  kernels::ResampleScratch scratch;
  kernels::FilterAxis x;
  kernels::FilterAxis y;
  const double step_x = static_cast<double>(picture.width()) / w;
  const double step_y = static_cast<double>(picture.height()) / h;
  for (int i = 0; i < format.planes(); ++i) {
    const Grid gx = grid_x(format, i);
    const Grid gy = grid_y(format, i);
    const frame::PlaneView& from = picture.plane(i);
    const frame::MutablePlaneView to = out.plane(i);
    fill_plane_axis(x, {gx, 0, from.width}, {gx, 0, to.width}, step_x, 0);
    fill_plane_axis(y, {gy, 0, from.height}, {gy, 0, to.height}, step_y, 0);
    kernels::resample(from, to, x, y, scratch);
  }
  return std::move(out).freeze();
}

frame::Frame backdrop_of(const frame::Frame& picture) {
  constexpr int kLongSide = 96;
  const int longest = std::max(picture.width(), picture.height());
  const int w = std::max(2, picture.width() * kLongSide / longest);
  const int h = std::max(2, picture.height() * kLongSide / longest);
  const frame::Frame small = reduced(picture, w, h);
  frame::FrameBuffer out(small.format(), small.width(), small.height());
  kernels::BlurScratch scratch;
  for (int i = 0; i < small.format().planes(); ++i) {
    const double sigma = grid_x(small.format(), i).factor > 1 ? 1.5 : 3.0;
    kernels::copy(out.plane(i), small.plane(i));
    kernels::blur(out.plane(i), sigma, scratch);
  }
  return std::move(out).freeze();
}

}  // namespace rushes::compose
