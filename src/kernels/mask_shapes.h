#pragma once

// What one sample of a mask is: shared by the plain loops and those that skip what is all in or
// out.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/mask.h"

namespace rushes::kernels {

inline uint8_t to_code(double coverage) {
  return static_cast<uint8_t>(255 * std::clamp(coverage, 0.0, 1.0) + 0.5);
}

class BoxShape {
 public:
  explicit BoxShape(const RoundedBox& box)
      : box_(box), empty_(!(box.half_width > 0 && box.half_height > 0)) {
    const double smaller = std::min(box.half_width, box.half_height);
    radius_ = std::clamp(box.radius, 0.0, empty_ ? 0.0 : smaller);
    if (radius_ < 0.5) radius_ = 0;
  }

  bool empty() const { return empty_; }
  const RoundedBox& box() const { return box_; }
  double radius() const { return radius_; }

  // A place as seen from the centre, along the box's own axes.
  double along(double dx, double dy) const { return box_.cos * dx + box_.sin * dy; }
  double across(double dx, double dy) const { return box_.cos * dy - box_.sin * dx; }

  uint8_t code(int x, int y) const {
    if (empty_) return 0;
    const double dx = x + 0.5 - box_.center_x;
    const double dy = y + 0.5 - box_.center_y;
    const double u = std::abs(along(dx, dy));
    const double v = std::abs(across(dx, dy));
    const double corner_u = u - (box_.half_width - radius_);
    const double corner_v = v - (box_.half_height - radius_);
    if (radius_ > 0 && corner_u > 0 && corner_v > 0) {
      return to_code(radius_ + 0.5 - std::sqrt(corner_u * corner_u + corner_v * corner_v));
    }
    return to_code(overlap(u, box_.half_width) * overlap(v, box_.half_height));
  }

 private:
  // How much of [t - 0.5, t + 0.5] lies within [-half, half].
  static double overlap(double t, double half) {
    return std::clamp(half - t + 0.5, 0.0, 1.0) - std::clamp(-half - t + 0.5, 0.0, 1.0);
  }

  RoundedBox box_;
  bool empty_;
  double radius_;
};

// A soft edge that passes places from 0 to `way` while progress goes from 0 to 1.
class Ramp {
 public:
  Ramp(double way, const WipeOptions& o) {
    const double soft = std::max(1.0, std::clamp(o.softness, 0.0, 1.0) * way);
    edge_ = std::clamp(o.progress, 0.0, 1.0) * (way + soft);
    full_ = edge_ - soft;
    per_sample_ = 1 / soft;
  }
  double edge() const { return edge_; }  // nothing from here on
  double full() const { return full_; }  // everything up to here
  uint8_t code(double place) const { return to_code((edge_ - place) * per_sample_); }

 private:
  double edge_, full_, per_sample_;
};

class CircleShape {
 public:
  CircleShape(int width, int height, double x, double y, const WipeOptions& options)
      : x_(x), y_(y), ramp_(farthest(width, height, x, y), options) {}
  const Ramp& ramp() const { return ramp_; }
  uint8_t code(int x, int y) const {
    const double dx = x + 0.5 - x_;
    const double dy = y + 0.5 - y_;
    return ramp_.code(std::sqrt(dx * dx + dy * dy));
  }

 private:
  static double farthest(int width, int height, double x, double y) {
    const double dx = std::max(std::abs(x), std::abs(width - x));
    const double dy = std::max(std::abs(y), std::abs(height - y));
    return std::sqrt(dx * dx + dy * dy);
  }
  double x_, y_;
  Ramp ramp_;
};

// code(g) = (start - g * slope + 128) >> 8, clamped.
struct LumaRamp {
  int32_t start, slope;
  explicit LumaRamp(const WipeOptions& o) {
    const double soft = std::max(1.0, 255 * std::clamp(o.softness, 0.0, 1.0));
    slope = static_cast<int32_t>(255 * 256 / soft + 0.5);
    start = static_cast<int32_t>(std::clamp(o.progress, 0.0, 1.0) * 255 * (slope + 256) + 0.5);
  }
};

// One box filter of the three: sum over 2 * radius + 1 samples, times factor, over 1 << 24.
struct BoxFilter {
  int radius;
  uint32_t factor;
};
struct BlurPlan {
  BoxFilter boxes[3];
  bool nothing;
};
BlurPlan make_blur_plan(double sigma);

}  // namespace rushes::kernels
