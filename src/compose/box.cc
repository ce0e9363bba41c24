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

void rounded(frame::MutablePlaneView mask, const Rect& r, double radius) {
  kernels::rounded_box(mask, {.center_x = r.x + r.width / 2,
                              .center_y = r.y + r.height / 2,
                              .half_width = r.width / 2,
                              .half_height = r.height / 2,
                              .radius = radius,
                              .cos = 1,
                              .sin = 0});
}

void cut_out(frame::MutablePlaneView mask, const Rect& hole, double radius) {
  const frame::PlaneBuffer inside(mask.width, mask.height);
  rounded(inside.view(), hole, radius);
  kernels::blend_color(mask, 0, inside.view(), 255);
}

// Alpha of a picture, blurred, in one colour; the blur is in its own samples.
ShadowPicture alpha_shadow(const frame::Frame& picture, double sigma, const schema::Color& color) {
  const int margin = (static_cast<int>(std::ceil(sigma * 3)) + 3) & ~1;
  const int w = (picture.width() + 2 * margin + 1) & ~1;
  const int h = (picture.height() + 2 * margin + 1) & ~1;
  if (static_cast<double>(w) * h > kMaxShadowPixels) return {};
  const frame::PlaneBuffer mask(w, h);
  kernels::fill(mask.view(), 0);
  for (int y = 0; y < picture.height(); ++y) {
    std::copy_n(picture.alpha().row(y), picture.width(), mask.view().row(y + margin) + margin);
  }
  if (sigma > 0) {
    kernels::BlurScratch scratch;
    kernels::blur(mask.view(), sigma, scratch);
  }
  return {colored(mask.view(), to_yuv(color)), static_cast<double>(margin)};
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

// A picture of as many samples as the rectangle of the box has pixels.
Layer layer_at(const Placement& place, const Rect& area, const frame::Frame& picture,
               uint8_t opacity) {
  return {.picture = picture,
          .map = map_of(place, {.origin_x = -area.x, .origin_y = -area.y}),
          .shape = shape_of(place, area, 0),
          .opacity = opacity};
}

// As many samples as the picture has here, in place of those of the program.
Fitted in_samples(Fitted fitted, const frame::Frame& picture, double width, double height) {
  const double kx = picture.width() / width;
  const double ky = picture.height() / height;
  fitted.origin_x *= kx;
  fitted.per_box_x *= kx;
  fitted.origin_y *= ky;
  fitted.per_box_y *= ky;
  return fitted;
}

Layer picture_layer(const Placement& place, const Fitted& fitted, const frame::Frame& picture,
                    double width, double height, const Shape& shape) {
  Layer layer{.picture = picture,
              .map = map_of(place, in_samples(fitted, picture, width, height)),
              .shape = shape};
  reduce_turned(layer);
  return layer;
}

}  // namespace

ShadowPicture make_shadow(double width, double height, double radius, const schema::Shadow& shadow,
                          bool hollow) {
  const double sigma = std::max(0.0, shadow.blur / 2);
  const int margin = static_cast<int>(std::ceil(sigma * 3)) + 2;
  const int w = (static_cast<int>(std::ceil(width)) + 2 * margin + 1) & ~1;
  const int h = (static_cast<int>(std::ceil(height)) + 2 * margin + 1) & ~1;
  if (static_cast<double>(w) * h > kMaxShadowPixels) return {};
  frame::PlaneBuffer mask(w, h);
  const auto edge = static_cast<double>(margin);
  rounded(mask.view(), {edge, edge, width, height}, radius);
  if (sigma > 0) {
    kernels::BlurScratch scratch;
    kernels::blur(mask.view(), sigma, scratch);
  }
  if (hollow) {
    cut_out(mask.view(), {margin - shadow.x, margin - shadow.y, width, height}, radius);
  }
  return {colored(mask.view(), to_yuv(shadow.color)), static_cast<double>(margin)};
}

void BoxPainter::shadow_of_box(const Placement& place, const Rect& rect, bool opaque, Side& side) {
  if (!visual_.shadow || rect.width <= 0 || rect.height <= 0) return;
  const schema::Shadow& s = *visual_.shadow;
  if (!shadow_.frame || shadow_width_ != rect.width || shadow_height_ != rect.height) {
    shadow_ = make_shadow(rect.width, rect.height, visual_.radius, s, !opaque);
    shadow_width_ = rect.width;
    shadow_height_ = rect.height;
  }
  if (!shadow_.frame) return;
  const Rect area{rect.x + s.x - shadow_.margin, rect.y + s.y - shadow_.margin,
                  static_cast<double>(shadow_.frame.width()),
                  static_cast<double>(shadow_.frame.height())};
  side.layers.push_back(layer_at(place, area, shadow_.frame, s.color.a));
}

void BoxPainter::shadow_of_picture(const Placement& place, const Fitted& fitted,
                                   const frame::Frame& picture, Side& side) {
  const schema::Shadow& s = *visual_.shadow;
  // Blur is in box pixels; a picture that is zoomed keeps the shadow that it has at first.
  const double per_box = std::sqrt(fitted.per_box_x * fitted.per_box_y);
  if (!(shadow_source_ == picture)) {
    shadow_ = alpha_shadow(picture, std::max(0.0, s.blur / 2) * per_box, s.color);
    shadow_source_ = picture;
  }
  if (!shadow_.frame) return;
  Fitted cast = fitted;
  cast.origin_x += shadow_.margin - s.x * fitted.per_box_x;
  cast.origin_y += shadow_.margin - s.y * fitted.per_box_y;
  const double reach_x = shadow_.margin / fitted.per_box_x;
  const double reach_y = shadow_.margin / fitted.per_box_y;
  const Rect& v = fitted.visible;
  const Rect area{v.x + s.x - reach_x, v.y + s.y - reach_y, v.width + 2 * reach_x,
                  v.height + 2 * reach_y};
  Layer layer{.picture = shadow_.frame,
              .map = map_of(place, cast),
              .shape = shape_of(place, area, 0),
              .opacity = s.color.a};
  reduce_turned(layer);
  side.layers.push_back(std::move(layer));
}

void BoxPainter::shadow_and_border(const Placement& place, const Rect& rect, bool opaque,
                                   Side& side) {
  shadow_of_box(place, rect, opaque, side);
  if (!visual_.border || visual_.border->width <= 0) return;
  const schema::Border& b = *visual_.border;
  if (opaque) {
    // A whole box, that what stands inside covers: no seam.
    side.layers.push_back({.color = to_yuv(b.color),
                           .shape = shape_of(place, rect, visual_.radius),
                           .opacity = b.color.a});
    return;
  }
  if (rect.width <= 0 || rect.height <= 0) return;
  if (rect.width * rect.height > kMaxShadowPixels) {
    // Far larger than any canvas: its corners are nowhere to be seen.
    const Rect in = inside_border(rect);
    for (const Rect& strip : {Rect{rect.x, rect.y, rect.width, in.y - rect.y},
                              Rect{rect.x, in.y + in.height, rect.width, in.y - rect.y},
                              Rect{rect.x, in.y, in.x - rect.x, in.height},
                              Rect{in.x + in.width, in.y, in.x - rect.x, in.height}}) {
      side.layers.push_back(
          {.color = to_yuv(b.color), .shape = shape_of(place, strip, 0), .opacity = b.color.a});
    }
    return;
  }
  constexpr double kMargin = 2;
  if (!ring_ || ring_width_ != rect.width || ring_height_ != rect.height) {
    const auto even = [](double length) { return (static_cast<int>(std::ceil(length)) + 5) & ~1; };
    const frame::PlaneBuffer mask(even(rect.width), even(rect.height));
    const Rect outer{kMargin, kMargin, rect.width, rect.height};
    rounded(mask.view(), outer, visual_.radius);
    cut_out(mask.view(), inside_border(outer), inner_radius());
    ring_ = colored(mask.view(), to_yuv(b.color));
    ring_width_ = rect.width;
    ring_height_ = rect.height;
  }
  const Rect area{rect.x - kMargin, rect.y - kMargin, static_cast<double>(ring_.width()),
                  static_cast<double>(ring_.height())};
  side.layers.push_back(layer_at(place, area, ring_, b.color.a));
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
    shadow_and_border(place, behind.visible, !picture.format().alpha, side);
    const Rect inner = inside_border(behind.visible);
    side.layers.push_back(
        picture_layer(place, behind, backdrop, width, height, shape_of(place, inner, radius)));
    seen = intersection(fitted.visible, inner);
    radius = 0;
  } else if (visual_.shadow && picture.format().alpha && !visual_.border && visual_.radius == 0) {
    // A logo, say: its own outline casts the shadow.
    shadow_of_picture(place, in_samples(fitted, picture, width, height), picture, side);
  } else {
    shadow_and_border(place, fitted.visible, !picture.format().alpha, side);
  }
  side.layers.push_back(
      picture_layer(place, fitted, picture, width, height, shape_of(place, seen, radius)));
}

void BoxPainter::fill(const Placement& place, const schema::Color& color, Side& side) {
  const Rect whole{0, 0, visual_.box_width, visual_.box_height};
  shadow_and_border(place, whole, color.a == 255, side);
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
