#pragma once

// What one output frame is made of, as numbers and shared pictures: no clip, no time, no curve is
// left. Two equal scenes are the same picture, so a scene that equals the one before is not drawn.
//
// Coordinates are canvas pixels, x right and y down, sample i covering [i, i + 1).

#include <cstdint>
#include <optional>
#include <vector>

#include "frame/frame.h"
#include "kernels/affine.h"
#include "kernels/resample.h"
#include "schema/program.h"

namespace rushes::compose {

// A colour in output code values (BT.709, limited range).
struct Yuv {
  uint8_t y = 16, u = 128, v = 128;
  friend bool operator==(const Yuv&, const Yuv&) = default;
};
Yuv to_yuv(const schema::Color& color);

// A rounded rectangle that may be turned: only what lies inside is drawn, with soft edges.
struct Shape {
  double cx = 0, cy = 0;  // centre
  double half_w = 0, half_h = 0;
  double radius = 0;
  double cos = 1, sin = 0;  // of its rotation, clockwise
  friend bool operator==(const Shape&, const Shape&) = default;
};

struct Layer {
  // Working colours (BT.709, limited, 8 bits) in any chroma layout, premultiplied where it has
  // alpha. Empty: `color` is drawn.
  frame::Frame picture;
  Yuv color;
  kernels::Affine map{1, 0, 0,
                      0, 1, 0};  // canvas position -> position in picture, both in luma samples
  Shape shape;
  uint8_t opacity = 255;
  kernels::Kernel kernel = kernels::Kernel::kCatmullRom;  // where the map does not turn
  friend bool operator==(const Layer&, const Layer&);
};

enum class MixKind : uint8_t { kWeight, kWipe, kCircle, kLuma };

// How two groups become one.
struct Mix {
  MixKind kind = MixKind::kWeight;
  double progress = 0;  // eased; 0: only the first, 1: only the second
  schema::Direction direction = schema::Direction::kLeft;  // kWipe
  double softness = 0;                                     // kWipe, kCircle, kLuma
  frame::Frame luma;                                       // kLuma: its plane 0 is canvas-sized
  friend bool operator==(const Mix&, const Mix&);
};

// A colour laid over a group as far as the group covers the canvas.
struct Tint {
  Yuv color;
  int weight = 0;  // of 16384
  friend bool operator==(const Tint&, const Tint&) = default;
};

// Layers drawn one over the other, then seen through one opacity.
struct Side {
  std::vector<Layer> layers;
  uint8_t opacity = 255;
  friend bool operator==(const Side&, const Side&) = default;
};

// One step of drawing: a side, or two sides mixed; perhaps tinted; laid over what is below.
struct Group {
  Side first;
  Side second;  // with `mix`
  std::optional<Mix> mix;
  std::optional<Tint> tint;
  friend bool operator==(const Group&, const Group&) = default;
};

struct Scene {
  int width = 0, height = 0;  // even
  Yuv background;
  std::vector<Group> groups;  // bottom first
};

// True if the layer hides all that is below it.
bool hides_canvas(const Layer& layer, int width, int height);
// True if the shape reaches over every sample of the canvas.
bool covers_canvas(const Shape& shape, int width, int height);

// Moves and scales what a layer draws: canvas point p goes to centre + (p - centre) * scale + move.
Layer moved(const Layer& layer, double move_x, double move_y, double scale, double centre_x,
            double centre_y);

}  // namespace rushes::compose
