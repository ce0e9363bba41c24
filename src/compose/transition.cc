#include "compose/transition.h"

#include <algorithm>
#include <cmath>

#include "compose/box.h"
#include "kernels/color.h"
#include "kernels/resample.h"

namespace rushes::compose {
namespace {

using schema::Direction;
using schema::TransitionKind;

void move_side(Side& side, double x, double y) {
  for (Layer& layer : side.layers) layer = moved(layer, x, y, 1, 0, 0);
}

// Where the edge of the canvas moves in, another picture covers it: the one below goes on for two
// samples, so that what is behind both does not shine through their soft edges.
void extend_side(Side& side, Direction direction, const Scene& scene) {
  const double x = direction == Direction::kLeft ? 1 : direction == Direction::kRight ? -1 : 0;
  const double y = direction == Direction::kUp ? 1 : direction == Direction::kDown ? -1 : 0;
  for (Layer& layer : side.layers) {
    if (layer.shape.radius > 0 || !covers_canvas(layer.shape, scene.width, scene.height)) continue;
    layer.shape = {scene.width / 2.0 + x, scene.height / 2.0 + y, scene.width / 2.0 + std::fabs(x),
                   scene.height / 2.0 + std::fabs(y)};
  }
}

void grow_side(Side& side, double scale, const Scene& scene) {
  for (Layer& layer : side.layers) {
    layer = moved(layer, 0, 0, scale, scene.width / 2.0, scene.height / 2.0);
  }
}

struct Step {
  double x = 0, y = 0;
};
Step step_of(Direction direction, const Scene& scene) {
  switch (direction) {
    case Direction::kLeft: return {-static_cast<double>(scene.width), 0};
    case Direction::kRight: return {static_cast<double>(scene.width), 0};
    case Direction::kUp: return {0, -static_cast<double>(scene.height)};
    case Direction::kDown: return {0, static_cast<double>(scene.height)};
  }
  return {};
}

Tint tint(const schema::Color& color, double amount) {
  return {to_yuv(color), static_cast<int>(std::clamp(amount, 0.0, 1.0) * 16384 + 0.5)};
}

// Through a colour: `turn` is where the pictures change.
void through_color(const schema::Transition& transition, double p, double turn, Side before,
                   Side after, Scene& scene) {
  if (p < turn) {
    scene.groups.push_back({.first = std::move(before), .tint = tint(transition.color, p / turn)});
    return;
  }
  const double left = (1 - p) / (1 - turn);
  const double amount = transition.kind == TransitionKind::kFlash ? left * left : left;
  scene.groups.push_back({.first = std::move(after), .tint = tint(transition.color, amount)});
}

MixKind mix_kind(TransitionKind kind) {
  switch (kind) {
    case TransitionKind::kWipe: return MixKind::kWipe;
    case TransitionKind::kCircle: return MixKind::kCircle;
    case TransitionKind::kLuma: return MixKind::kLuma;
    default: return MixKind::kWeight;
  }
}

}  // namespace

void add_transition(const schema::Transition& transition, double progress, Side before, Side after,
                    frame::Frame luma, Scene& scene) {
  const double p = std::clamp(progress, 0.0, 1.0);
  switch (transition.kind) {
    case TransitionKind::kDip:
      through_color(transition, p, 0.5, std::move(before), std::move(after), scene);
      return;
    case TransitionKind::kFlash:
      through_color(transition, p, 0.25, std::move(before), std::move(after), scene);
      return;
    case TransitionKind::kSlide:
    case TransitionKind::kPush: {
      // Easings that overshoot are let through here: the pictures swing.
      const Step s = step_of(transition.direction, scene);
      if (transition.kind == TransitionKind::kPush) {
        extend_side(before, transition.direction, scene);
        move_side(before, s.x * progress, s.y * progress);
      }
      move_side(after, s.x * (progress - 1), s.y * (progress - 1));
      scene.groups.push_back({.first = std::move(before)});
      scene.groups.push_back({.first = std::move(after)});
      return;
    }
    case TransitionKind::kZoom:
      grow_side(before, 1 + p, scene);
      grow_side(after, 1.15 - 0.15 * p, scene);
      break;
    case TransitionKind::kFade:
    case TransitionKind::kWipe:
    case TransitionKind::kCircle:
    case TransitionKind::kLuma: break;
  }
  scene.groups.push_back({.first = std::move(before),
                          .second = std::move(after),
                          .mix = Mix{mix_kind(transition.kind), p, transition.direction,
                                     transition.softness, std::move(luma)}});
}

frame::Frame luma_plane(const frame::Frame& picture, int width, int height) {
  const frame::Frame working = kernels::to_working(picture, false);
  const frame::PlaneView y = working.plane(0);
  frame::FrameBuffer out(kLumaPlane, width, height);
  kernels::ResampleScratch scratch;
  kernels::resample(
      y, out.plane(0), kernels::make_axis(y.width, width, 0, static_cast<double>(y.width) / width),
      kernels::make_axis(y.height, height, 0, static_cast<double>(y.height) / height), scratch);
  // Limited range back to full.
  for (int row = 0; row < height; ++row) {
    uint8_t* p = out.plane(0).row(row);
    for (int x = 0; x < width; ++x) {
      p[x] = static_cast<uint8_t>(std::clamp(((p[x] - 16) * 255 + 109) / 219, 0, 255));
    }
  }
  return std::move(out).freeze();
}

}  // namespace rushes::compose
