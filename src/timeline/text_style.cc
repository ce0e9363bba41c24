#include "timeline/text_style.h"

#include <fmt/format.h>

#include "timeline/properties.h"

namespace rushes::timeline {

using schema::TextStyle;

namespace {

constexpr double kDefaultPercent = 6;  // of the shorter side

// What `node` says, over what is in `style` already.
void apply(Context& context, const Node& node, TextStyle& style) {
  const double side = context.shorter_side();
  if (const Node font = node["font"]) style.families = font_families(font);
  style.weight = font_weight(node["weight"], style.weight);
  style.italic = node["italic"].boolean(style.italic);
  style.size = pixels(node["size"], side, style.size);
  style.color = color(node["color"], style.color);
  // A colour takes the place of the gradient of the style it is based on.
  if (node["color"]) style.gradient.reset();
  if (const Node fill = node["gradient"]) style.gradient = gradient(context, fill);
  style.letter_spacing = pixels(node["letter_spacing"], side, style.letter_spacing);
  style.line_height = node["line_height"].number(style.line_height);
  if (const Node outline = node["outline"]) {
    style.outline_width = pixels(outline["width"], side);
    style.outline_color = color(outline["color"], {0, 0, 0, 255});
  }
  if (const Node shade = node["shadow"]) style.shadow = shadow(context, shade);
  if (const Node box = node["background"]) style.background = text_background(context, box);
  if (!(style.size > 0)) context.error(113, node["size"], "must be > 0");
}

// Lays a named style over `style`.
void apply_named(Context& context, const Node& name, TextStyle& style) {
  if (const Node named = context.styles[name.text()]) return apply(context, named, style);
  std::vector<std::string_view> known;
  if (context.styles) {
    for (const schema::Member& member : context.styles->members) known.push_back(member.key);
  }
  context.error(142, name,
                fmt::format("there is no style \"{}\" in \"styles\"", name.text().substr(0, 60)),
                schema::did_you_mean(name.text(), known));
}

}  // namespace

TextStyle text_style(Context& context, const Node& node) {
  TextStyle style;
  style.families = {"sans-serif"};
  style.size = kDefaultPercent * context.shorter_side() / 100;
  if (node.is_string()) {
    apply_named(context, node, style);
  } else if (node) {
    if (const Node like = node["like"]) apply_named(context, like, style);
    apply(context, node, style);
  }
  return style;
}

std::vector<std::string> font_families(const Node& node) {
  if (node.is_string()) return {std::string(node.text())};
  std::vector<std::string> out;
  for (size_t i = 0; i < node.size(); ++i) out.emplace_back(node[i].text());
  return out;
}

int font_weight(const Node& node, int fallback) {
  if (node.is_string()) return node.text() == "bold" ? 700 : 400;
  return node.integer(fallback);
}

std::optional<TextStyle::Background> text_background(const Context& context, const Node& node) {
  if (!node) return std::nullopt;
  const double side = context.shorter_side();
  TextStyle::Background out;
  out.color = color(node["color"], out.color);
  const Node padding = node["padding"];
  out.padding_x = pixels(padding.is_array() ? padding[size_t{0}] : padding, side);
  out.padding_y = pixels(padding.is_array() ? padding[1] : padding, side);
  out.radius = pixels(node["radius"], side);
  return out;
}

}  // namespace rushes::timeline
