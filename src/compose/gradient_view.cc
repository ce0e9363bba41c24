// Linear and radial gradients. Painted once, dithered, since eight bits show bands.

#include <algorithm>
#include <cmath>

#include "base/exact_math.h"
#include "compose/box.h"
#include "compose/picture_views.h"

namespace rushes::compose {
namespace {

using base::Rational;
using base::Result;

struct Rgba {
  double r, g, b, a;  // premultiplied, 0 to 255
};

Rgba premultiplied(const schema::Color& c) {
  const double a = c.a / 255.0;
  return {c.r * a, c.g * a, c.b * a, static_cast<double>(c.a)};
}

Rgba color_at(const std::vector<schema::GradientContent::Stop>& stops, double at) {
  size_t i = 0;
  while (i < stops.size() && stops[i].offset <= at) ++i;
  if (i == 0) return premultiplied(stops.front().color);
  if (i == stops.size()) return premultiplied(stops.back().color);
  const double span = stops[i].offset - stops[i - 1].offset;
  const double w = span > 0 ? (at - stops[i - 1].offset) / span : 1;
  const Rgba a = premultiplied(stops[i - 1].color);
  const Rgba b = premultiplied(stops[i].color);
  return {a.r + (b.r - a.r) * w, a.g + (b.g - a.g) * w, a.b + (b.b - a.b) * w,
          a.a + (b.a - a.a) * w};
}

// 8 x 8 ordered dither, 0 to 63/64.
double threshold(int x, int y) {
  int v = 0;
  for (int bit = 0; bit < 3; ++bit) {
    const int xb = (x >> bit) & 1;
    const int yb = (y >> bit) & 1;
    v = v << 2 | ((xb ^ yb) << 1) | yb;
  }
  return v / 64.0;
}

uint8_t dithered(double value, int x, int y) {
  return static_cast<uint8_t>(std::clamp(std::floor(value + threshold(x, y)), 0.0, 255.0));
}

class Field {
 public:
  Field(const schema::GradientContent& g, double width, double height)
      : gradient_(g), half_w_(width / 2), half_h_(height / 2) {
    const double radians = g.angle * (base::kPi / 180);
    dx_ = base::exact_sin(radians);
    dy_ = -base::exact_cos(radians);
    // As in CSS: the line is as long as it takes for the corners to have the end colours.
    const double length = std::fabs(width * dx_) + std::fabs(height * dy_);
    per_length_ = length > 0 ? 1 / length : 0;
    per_radius_ = 1 / std::sqrt(half_w_ * half_w_ + half_h_ * half_h_);
  }
  Rgba at(double x, double y) const {
    const double u = x - half_w_;
    const double v = y - half_h_;
    const double place = gradient_.radial ? std::sqrt(u * u + v * v) * per_radius_
                                          : 0.5 + (u * dx_ + v * dy_) * per_length_;
    return color_at(gradient_.stops, place);
  }

 private:
  const schema::GradientContent& gradient_;
  double half_w_, half_h_, dx_ = 0, dy_ = 0, per_length_ = 0, per_radius_ = 0;
};

frame::Frame paint(const schema::GradientContent& g, int width, int height) {
  frame::Format format = frame::kWorking;
  format.alpha = std::any_of(g.stops.begin(), g.stops.end(),
                             [](const auto& stop) { return stop.color.a != 255; });
  format.premultiplied = format.alpha;
  frame::FrameBuffer out(format, width, height);
  const Field field(g, width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Rgba c = field.at(x + 0.5, y + 0.5);
      const double luma = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
      out.plane(0).row(y)[x] = dithered(16 * (c.a / 255) + luma * (219.0 / 255), x, y);
      if (format.alpha) out.alpha().row(y)[x] = dithered(c.a, x, y);
    }
  }
  for (int y = 0; y < out.plane(1).height; ++y) {
    for (int x = 0; x < out.plane(1).width; ++x) {
      const Rgba c = field.at(2 * x + 0.5, 2 * y + 1);
      const double luma = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
      const double cb = (c.b - luma) / 1.8556 * (224.0 / 255);
      const double cr = (c.r - luma) / 1.5748 * (224.0 / 255);
      out.plane(1).row(y)[x] = dithered(128 + cb, x, y);
      out.plane(2).row(y)[x] = dithered(128 + cr, x, y);
    }
  }
  return std::move(out).freeze();
}

class GradientView final : public ClipView {
 public:
  GradientView(const schema::Clip& clip, double canvas_scale, frame::Frame picture)
      : clip_(clip), canvas_scale_(canvas_scale), picture_(std::move(picture)), box_(clip.visual) {}

  Result<Side> at(const Rational& t) override {
    const schema::Visual& v = clip_.visual;
    const Placement p = place(v, t, canvas_scale_);
    Side side{.opacity = opacity_of(p)};
    box_.show(p, t, v.box_width, v.box_height, picture_, {}, side);
    return side;
  }

 private:
  const schema::Clip& clip_;
  double canvas_scale_;
  frame::Frame picture_;
  BoxPainter box_;
};

}  // namespace

OpenedView open_gradient(const schema::Clip& clip, const schema::GradientContent& content,
                         const ClipContext& context) {
  const auto size = [](double box, int canvas) {
    return std::clamp(static_cast<int>(std::ceil(box)), 2, 2 * canvas);
  };
  const schema::Visual& v = clip.visual;
  return std::unique_ptr<ClipView>(
      std::make_unique<GradientView>(clip, context.canvas_scale(),
                                     paint(content, size(v.box_width, context.program.width),
                                           size(v.box_height, context.program.height))));
}

}  // namespace rushes::compose
