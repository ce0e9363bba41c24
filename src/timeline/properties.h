#pragma once

// From values as written to values as drawn: lengths in pixels, curves, colours, placement.

#include <functional>
#include <optional>

#include "schema/program.h"
#include "timeline/context.h"

namespace rushes::timeline {

// Pixels; a percentage is of `whole`.
double pixels(const Node& node, double whole, double fallback = 0);
// 0 to 1.
double fraction(const Node& node, double fallback = 0);
schema::Color color(const Node& node, schema::Color fallback);
schema::Easing easing(const Node& node);
double gain(const Node& node, double fallback = 1);  // a factor

// A constant, {"keyframes": ...} or {"from": ..., "to": ...} over `duration`. `value_of` makes a
// number of one value. Keys out of order are errors and keys after `duration` warnings, which are
// only given if `report`.
schema::Curve curve(Context& context, const Node& node, const Rational& duration, double fallback,
                    const std::function<double(const Node&)>& value_of, bool report = true);

std::optional<schema::Border> border(const Context& context, const Node& node);
std::optional<schema::Shadow> shadow(const Context& context, const Node& node);
schema::GradientContent gradient(Context& context, const Node& node);

// Everything visual of a clip but what depends on the source's shape.
struct Shape {
  double source_aspect = 0;  // width / height of the source after crop; 0: it has none
  bool is_text = false;      // placed within margins
  bool has_picture = false;  // crop, zoom, motion
  const char* default_place = "center";
  double margin_x = 0, margin_y = 0;  // by default, in pixels
};
struct Placed {
  schema::Visual visual;
  double place_x = 0.5, place_y = 0.5;  // as the place name says
  bool has_place = true;
};
Placed place(Context& context, const Node& clip, const Rational& duration, const Shape& shape);

}  // namespace rushes::timeline
