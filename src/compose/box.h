#pragma once

// What every clip with a box has in common: border, shadow, blurred backdrop, and the way from a
// picture's pixels to the canvas.

#include "compose/geometry.h"

namespace rushes::compose {

// A soft shadow in colour and alpha. `margin` pixels of it lie outside what casts it on every side.
struct ShadowPicture {
  frame::Frame frame;
  double margin = 0;
};
// Of a rounded box. With `hollow`, it has a hole where the box stands, as in CSS.
ShadowPicture make_shadow(double width, double height, double radius, const schema::Shadow& shadow,
                          bool hollow);

// Draws what stands in a clip's box; each call adds layers to `side`, bottom first.
class BoxPainter {
 public:
  explicit BoxPainter(const schema::Visual& visual) : visual_(visual) {}

  // A source picture that is `width` x `height` in the program, however many samples it has here,
  // with shadow and border. `backdrop`, if any, fills the box behind it.
  void show(const Placement& place, const base::Rational& clip_time, double width, double height,
            const frame::Frame& picture, const frame::Frame& backdrop, Side& side);
  // The whole box in one colour, with shadow and border.
  void fill(const Placement& place, const schema::Color& color, Side& side);

 private:
  // `opaque`: what stands in the rectangle hides all that is behind it.
  void shadow_and_border(const Placement& place, const Rect& rect, bool opaque, Side& side);
  void shadow_of_box(const Placement& place, const Rect& rect, bool opaque, Side& side);
  void shadow_of_picture(const Placement& place, const Fitted& fitted, const frame::Frame& picture,
                         Side& side);
  Rect inside_border(const Rect& rect) const;
  double inner_radius() const;

  const schema::Visual& visual_;
  // Made once, of a box of this size or of shadow_source_.
  ShadowPicture shadow_;
  double shadow_width_ = -1, shadow_height_ = -1;
  frame::Frame shadow_source_;
  // The border of a box of this size, where it must not fill the box.
  frame::Frame ring_;
  double ring_width_ = -1, ring_height_ = -1;
};

// A picture of at most `width` x `height` samples; the same handle where it is no larger by more
// than an eighth. Every plane is filtered on its own, chroma stays where it is sited.
frame::Frame reduced(const frame::Frame& picture, int width, int height);

// A small, blurred copy to stand behind a picture that does not fill its box.
frame::Frame backdrop_of(const frame::Frame& picture);

}  // namespace rushes::compose
