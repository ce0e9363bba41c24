#include "timeline/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "schema/formats.h"
#include "timeline/curve.h"

namespace rushes::timeline {

using schema::Curve;
using schema::Key;
using schema::Visual;

double pixels(const Node& node, double whole, double fallback) {
  if (node.is_number()) return node.number();
  const auto percent = schema::parse_percent(node.text("0%"));
  if (!node.is_string() || !percent.ok()) return fallback;
  return static_cast<double>(percent->num()) * whole / static_cast<double>(percent->den());
}

double fraction(const Node& node, double fallback) { return pixels(node, 1, fallback); }

schema::Color color(const Node& node, schema::Color fallback) {
  if (!node.is_string()) return fallback;
  const auto parsed = schema::parse_color(node.text());
  return parsed.ok() ? *parsed : fallback;
}

schema::Easing easing(const Node& node) {
  const auto parsed = schema::parse_easing(node.text("linear"));
  return parsed.ok() ? *parsed : schema::Easing{};
}

double gain(const Node& node, double fallback) {
  if (!node.is_string()) return node.number(fallback);
  const auto parsed = schema::parse_gain(node.text());
  return parsed.ok() ? *parsed : fallback;
}

Curve curve(Context& context, const Node& node, const Rational& duration, double fallback,
            const std::function<double(const Node&)>& value_of, bool report) {
  if (!node) return Curve(fallback);
  if (!node.is_object()) return Curve(value_of(node));
  Curve out;
  if (const Node from = node["from"]) {
    out.keys = {{Rational(0), value_of(from), {}},
                {duration, value_of(node["to"]), easing(node["easing"])}};
    return out;
  }
  const Node keyframes = node["keyframes"];
  for (size_t i = 0; i < keyframes.size(); ++i) {
    const Node key = keyframes[i];
    const Node time = key["time"];
    if (!out.keys.empty() && time.time() <= out.keys.back().time) {
      if (report) {
        context.error(
            136, time,
            fmt::format("keyframes must stand in the order of their times (is {}, after {})",
                        shown(time.time()), shown(out.keys.back().time)));
      }
      continue;
    }
    if (report && time.time() > duration) {
      context.warning(182, time,
                      fmt::format("the keyframe at {} is never reached: the clip lasts {}",
                                  shown(time.time()), shown(duration)));
    }
    out.keys.push_back({time.time(), value_of(key["value"]), easing(key["easing"])});
  }
  if (out.keys.empty()) return Curve(fallback);
  return out;
}

std::optional<schema::Border> border(const Context& context, const Node& node) {
  if (!node) return std::nullopt;
  return schema::Border{pixels(node["width"], context.shorter_side()), color(node["color"], {})};
}

std::optional<schema::Shadow> shadow(const Context& context, const Node& node) {
  if (!node) return std::nullopt;
  const double side = context.shorter_side();
  schema::Shadow out;
  out.x = pixels(node["x"], side);
  out.y = pixels(node["y"], side);
  out.blur = pixels(node["blur"], side);
  out.color = color(node["color"], out.color);
  return out;
}

schema::GradientContent gradient(Context& context, const Node& node) {
  schema::GradientContent out;
  out.radial = node["type"].text() == "radial";
  out.angle = node["angle"].number(out.angle);
  const Node colors = node["colors"];
  double last = 0;
  for (size_t i = 0; i < colors.size(); ++i) {
    const Node stop = colors[i];
    double offset =
        static_cast<double>(i) / static_cast<double>(std::max<size_t>(colors.size() - 1, 1));
    if (stop.is_object()) offset = fraction(stop["offset"]);
    if (offset < last || offset > 1) {
      context.error(
          136, stop.is_object() ? stop["offset"] : stop,
          fmt::format("offsets must rise from 0 to 1 (is {:g}, after {:g})", offset, last));
      offset = last;
    }
    last = offset;
    out.stops.push_back({offset, color(stop.is_object() ? stop["color"] : stop, {})});
  }
  return out;
}

namespace {

struct Point {
  double x = 0, y = 0;
};

// Of "top-left" and the like, in fractions of the frame.
Point place_point(std::string_view name) {
  Point p{0.5, 0.5};
  if (name.starts_with("top")) p.y = 0;
  if (name.starts_with("bottom")) p.y = 1;
  if (name.ends_with("left")) p.x = 0;
  if (name.ends_with("right")) p.x = 1;
  return p;
}

Point margin_of(const Context& context, const Node& node, const Shape& shape) {
  if (!node) return {shape.margin_x, shape.margin_y};
  if (node.is_array())
    return {pixels(node[size_t{0}], context.width), pixels(node[1], context.height)};
  const double both = pixels(node, context.shorter_side());
  return {both, both};
}

Point box_of(Context& context, const Node& node, const Shape& shape, Point area) {
  if (!node) return area;
  Point box;
  if (node.is_array()) {
    box = {pixels(node[size_t{0}], context.width), pixels(node[1], context.height)};
  } else {
    box.x = pixels(node, context.width);
    box.y = shape.is_text ? area.y : shape.source_aspect > 0 ? box.x / shape.source_aspect : box.x;
  }
  if (!(box.x > 0) || !(box.y > 0)) context.error(113, node, "must be > 0");
  return box;
}

// Fractions given as "120%" pass the schema, since it cannot count.
void check_fractions(Context& context, const Node& node, const Curve& curve) {
  for (const Key& key : curve.keys) {
    if (key.value >= 0 && key.value <= 1) continue;
    return context.error(113, node,
                         fmt::format("must be from 0% to 100% (is {:g}%)", key.value * 100));
  }
}

void check_crop(Context& context, const Node& node, const Visual& v) {
  for (const auto* curve : {&v.crop_x, &v.crop_y, &v.crop_width, &v.crop_height}) {
    for (const Key& key : curve->keys) {
      const double x = evaluate(v.crop_x, key.time);
      const double y = evaluate(v.crop_y, key.time);
      const double w = evaluate(v.crop_width, key.time);
      const double h = evaluate(v.crop_height, key.time);
      constexpr double kRounding = 1e-9;
      if (w > 0 && h > 0 && x + w <= 1 + kRounding && y + h <= 1 + kRounding) continue;
      return context.error(
          141, node,
          fmt::format(
              "the rectangle must lie within the picture, x + width and y + height at most 1 "
              "(is x {:g}, y {:g}, width {:g}, height {:g})",
              x, y, w, h));
    }
  }
}

void read_crop(Context& context, const Node& clip, const Rational& duration, Visual& v) {
  const Node crop = clip["crop"];
  const auto part = [&](const char* key, double fallback) {
    const Node node = crop[key];
    Curve c = curve(context, node, duration, fallback, [](const Node& n) { return fraction(n); });
    if (node) check_fractions(context, node, c);
    return c;
  };
  v.crop_x = part("x", 0);
  v.crop_y = part("y", 0);
  v.crop_width = part("width", 1);
  v.crop_height = part("height", 1);
  if (crop) check_crop(context, crop, v);
}

void read_zoom(Context& context, const Node& clip, const Rational& duration, Visual& v) {
  v.zoom = curve(context, clip["zoom"], duration, 1, [](const Node& n) { return n.number(1); });
  const Node focus = clip["focus"];
  v.focus_x =
      curve(context, focus, duration, 0.5, [](const Node& n) { return fraction(n[size_t{0}]); });
  v.focus_y = curve(
      context, focus, duration, 0.5, [](const Node& n) { return fraction(n[1]); }, false);
  if (focus) {
    check_fractions(context, focus, v.focus_x);
    check_fractions(context, focus, v.focus_y);
  }
}

void read_motion(Context& context, const Node& clip, const Rational& duration, Visual& v) {
  const Node motion = clip["motion"];
  if (!motion) return;
  for (const char* other : {"crop", "zoom", "focus"}) {
    if (const Node node = clip[other]) {
      context.error(139, node, fmt::format("\"{}\" and \"motion\" exclude each other", other));
    }
  }
  const schema::Easing way = easing(motion["easing"]);
  const auto between = [&](double from, double to) {
    Curve out;
    out.keys = {{Rational(0), from, {}}, {duration, to, way}};
    return out;
  };
  if (const Node zoom = motion["zoom"]) {
    v.zoom = between(zoom[size_t{0}].number(1), zoom[1].number(1));
    if (const Node focus = motion["focus"]) {
      v.focus_x = fraction(focus[size_t{0}]);
      v.focus_y = fraction(focus[1]);
      check_fractions(context, focus, v.focus_x);
      check_fractions(context, focus, v.focus_y);
    }
    return;
  }
  const Node from = motion["from"];
  const Node to = motion["to"];
  const auto part = [&](const char* key) {
    Curve out = between(fraction(from[key]), fraction(to[key]));
    check_fractions(context, motion, out);
    return out;
  };
  v.crop_x = part("x");
  v.crop_y = part("y");
  v.crop_width = part("width");
  v.crop_height = part("height");
  check_crop(context, motion, v);
}

void read_opacity(Context& context, const Node& clip, const Rational& duration, Visual& v) {
  const Node opacity = clip["opacity"];
  v.opacity = curve(context, opacity, duration, 1, [](const Node& n) { return n.number(1); });
  const Rational in = clip["fade_in"].time();
  const Rational out = clip["fade_out"].time();
  if (in == 0 && out == 0) return;
  const Node fade = clip[in > 0 ? "fade_in" : "fade_out"];
  if (!v.opacity.constant()) {
    context.error(139, fade, "fades and keyframed \"opacity\" exclude each other");
    return;
  }
  if (in + out > duration) {
    context.error(136, fade,
                  fmt::format("the fades together last {}, the clip only {}", shown(in + out),
                              shown(duration)));
    return;
  }
  const double full = v.opacity.keys.front().value;
  std::vector<Key> keys;
  if (in > 0) keys.push_back({Rational(0), 0, {}});
  keys.push_back({in, full, {}});
  if (out > 0) {
    if (duration - out > in) keys.push_back({duration - out, full, {}});
    keys.push_back({duration, 0, {}});
  }
  v.opacity.keys = std::move(keys);
}

void read_position(Context& context, const Node& clip, const Rational& duration, const Shape& shape,
                   Placed& out) {
  Visual& v = out.visual;
  const Point margin = margin_of(context, clip["margin"], shape);
  const Point area{context.width - 2 * margin.x, context.height - 2 * margin.y};
  if (!(area.x > 0) || !(area.y > 0)) {
    context.error(113, clip["margin"], "must leave room between the margins");
  }
  const bool whole_frame = !shape.is_text;
  const Point box = box_of(
      context, clip["size"], shape,
      whole_frame ? Point{static_cast<double>(context.width), static_cast<double>(context.height)}
                  : area);
  v.box_width = box.x;
  v.box_height = box.y;

  const Node position = clip["position"];
  const auto at_place = [&](std::string_view name) {
    const Point p = place_point(name);
    out.place_x = v.anchor_x = p.x;
    out.place_y = v.anchor_y = p.y;
    v.x = margin.x + p.x * area.x;
    v.y = margin.y + p.y * area.y;
  };
  if (!position || position.is_string()) {
    at_place(position.text(shape.default_place));
  } else {
    out.has_place = false;
    v.x = curve(context, position, duration, 0,
                [&](const Node& n) { return pixels(n[size_t{0}], context.width); });
    v.y = curve(
        context, position, duration, 0, [&](const Node& n) { return pixels(n[1], context.height); },
        false);
  }
  const Node anchor = clip["anchor"];
  if (anchor.is_string()) {
    const Point p = place_point(anchor.text());
    v.anchor_x = p.x;
    v.anchor_y = p.y;
  } else if (anchor) {
    v.anchor_x = fraction(anchor[size_t{0}]);
    v.anchor_y = fraction(anchor[1]);
    check_fractions(context, anchor, v.anchor_x);
    check_fractions(context, anchor, v.anchor_y);
  }
  if (anchor && !out.has_place) {
    // Text stands at the side of its box that was pinned.
    const auto first = [](const schema::Curve& c) { return c.keys.front().value; };
    out.has_place = true;
    out.place_x = first(v.anchor_x);
    out.place_y = first(v.anchor_y);
  }
}

schema::Fit fit_of(std::string_view name) {
  if (name == "contain") return schema::Fit::kContain;
  if (name == "fill") return schema::Fit::kFill;
  if (name == "blur") return schema::Fit::kBlur;
  return schema::Fit::kCover;
}

}  // namespace

Placed place(Context& context, const Node& clip, const Rational& duration, const Shape& given) {
  Placed out;
  Visual& v = out.visual;
  Shape shape = given;
  if (shape.has_picture) {
    read_crop(context, clip, duration, v);
    read_zoom(context, clip, duration, v);
    // A width alone is as high as what is left of the picture at first.
    const double w = v.crop_width.keys.front().value;
    const double h = v.crop_height.keys.front().value;
    if (w > 0 && h > 0) shape.source_aspect *= w / h;
    read_motion(context, clip, duration, v);
    v.fit = fit_of(clip["fit"].text("cover"));
  }
  read_position(context, clip, duration, shape, out);
  const auto number = [](const Node& n) { return n.number(); };
  v.scale = curve(context, clip["scale"], duration, 1, number);
  v.rotation = curve(context, clip["rotation"], duration, 0, number);
  read_opacity(context, clip, duration, v);
  v.radius = pixels(clip["radius"], std::min(v.box_width, v.box_height));
  v.border = border(context, clip["border"]);
  v.shadow = shadow(context, clip["shadow"]);
  return out;
}

}  // namespace rushes::timeline
