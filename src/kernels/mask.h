#pragma once

// Coverage masks: 8-bit planes in which 0 is outside and 255 inside. Lengths are in samples of the
// plane, whose sample (i, j) has its centre at (i + 0.5, j + 0.5). Masks for 4:2:0 chroma come from
// the luma mask by alpha_to_chroma().

#include <cstdint>

#include "frame/frame.h"
#include "kernels/aligned_buffer.h"

namespace rushes::kernels {

// A rectangle about its centre, turned clockwise by the angle of (cos, sin).
struct RoundedBox {
  double center_x = 0, center_y = 0;
  double half_width = 0, half_height = 0;  // nothing is drawn unless both are > 0
  double radius = 0;                       // of the corners; at most the smaller half is used
  double cos = 1, sin = 0;
};

// Anti-aliased: upright straight edges cover exactly their fraction of a sample; corners and turned
// edges go by the distance of the sample's centre. All of dst is written. Values finite.
void rounded_box(frame::MutablePlaneView dst, const RoundedBox& box);

struct BlurScratch {
  AlignedBuffer strips;
};
// Three box filters across and three down, nearest to a Gaussian of this standard deviation that
// odd widths allow; edges repeat. sigma is clamped to 0..kMaxSigma; below 0.3 nothing is done.
// In place. The time does not depend on sigma.
inline constexpr double kMaxSigma = 1000;
void blur(frame::MutablePlaneView plane, double sigma, BlurScratch& scratch);

// Masks of transitions: 0 where the first picture shows, 255 where the second. progress 0..1 goes
// from all 0 to all 255 at any softness (0..1: the width of the soft edge as a fraction of the
// way).
enum class WipeDirection : uint8_t { kLeft, kRight, kUp, kDown };  // the way the edge travels
struct WipeOptions {
  double progress = 0;
  double softness = 0;
};
void wipe_mask(frame::MutablePlaneView dst, WipeDirection direction, const WipeOptions& options);
// A circle that grows about (center_x, center_y), in samples, until it covers the plane.
void circle_mask(frame::MutablePlaneView dst, double center_x, double center_y,
                 const WipeOptions& options);
// Dark places of `luma` (full range, 0..255, the size of dst) change first.
void luma_mask(frame::MutablePlaneView dst, frame::PlaneView luma, const WipeOptions& options);

namespace ref {
void rounded_box(frame::MutablePlaneView dst, const RoundedBox& box);
void blur(frame::MutablePlaneView plane, double sigma);
void circle_mask(frame::MutablePlaneView dst, double center_x, double center_y,
                 const WipeOptions& options);
void luma_mask(frame::MutablePlaneView dst, frame::PlaneView luma, const WipeOptions& options);
}  // namespace ref
}  // namespace rushes::kernels
