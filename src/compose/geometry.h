#pragma once

// From a clip's visual properties at one moment to where its pixels come from. Pure arithmetic on
// doubles with + - * / only, so every machine places every pixel alike.

#include "base/rational.h"
#include "compose/scene.h"
#include "schema/program.h"

namespace rushes::compose {

// Where the clip's box stands on the canvas; `canvas_scale` canvas pixels are one output pixel.
struct Placement {
  double x = 0, y = 0;                // of the anchor
  double anchor_x = 0, anchor_y = 0;  // in box pixels
  double scale = 1, cos = 1, sin = 0;
  double opacity = 1;
};
Placement place(const schema::Visual& visual, const base::Rational& clip_time,
                double canvas_scale = 1);

// A rectangle in box pixels, or in source pixels.
struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

// How a source picture lies in its box: source = origin + box * per_box, per axis; `visible` is the
// part of the box that it fills.
struct Fitted {
  double origin_x = 0, origin_y = 0;
  double per_box_x = 1, per_box_y = 1;  // source pixels for one box pixel
  Rect visible;
};
Fitted fit_picture(const schema::Visual& visual, schema::Fit fit, const base::Rational& clip_time,
                   double source_width, double source_height);

// The shape that `rect` of the box has on the canvas.
Shape shape_of(const Placement& place, const Rect& rect, double radius);

// Canvas position -> source position.
kernels::Affine map_of(const Placement& place, const Fitted& fitted);

// The largest number of output pixels that one source pixel covers in the first `duration` of the
// clip, along its wider axis: how much resolution of the source can be seen. Sampled at every key
// and at 256 moments, with 1 % to spare where something moves.
double largest_scale(const schema::Visual& visual, schema::Fit fit, const base::Rational& duration,
                     double source_width, double source_height);

}  // namespace rushes::compose
