#include "text/painter.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "text/ink.h"
#include "text/layout.h"
#include "text/missing.h"

namespace rushes::text {
namespace {

struct Room {
  double width = -1, height = -1;  // for the text alone; negative: no limit
};

// What is left of the box inside the padding of its background.
Room room_in(const Box& box, const schema::TextStyle& style) {
  Room room{box.width > 0 ? box.width : -1, box.height > 0 ? box.height : -1};
  if (style.background) {
    if (room.width > 0) room.width = std::max(room.width - 2 * style.background->padding_x, 1.0);
    if (room.height > 0) room.height = std::max(room.height - 2 * style.background->padding_y, 1.0);
  }
  return room;
}

TextBlock lay_out_in(const FontSet& fonts, const schema::TextContent& content,
                     const schema::TextStyle& style, const Room& room, bool break_words) {
  const bool wraps = content.wrap && room.width > 0;
  return lay_out(fonts, content.text, style,
                 {.width = wraps ? room.width : -1,
                  .align = content.align,
                  .break_words = break_words,
                  .right_to_left = std::nullopt});
}

bool fits(const TextBlock& block, const Room& room, double outline) {
  constexpr double kSlack = 0.01;
  return (room.width < 0 || block.width + 2 * outline <= room.width + kSlack) &&
         (room.height < 0 || block.height <= room.height + kSlack);
}

// The largest size in quarter pixels at which no word breaks and nothing leaves the box.
schema::TextStyle fit(const FontSet& fonts, const schema::TextContent& content, const Box& box) {
  const schema::TextStyle& wanted = content.style;
  const auto style_at = [&](double size) { return scaled(wanted, size / wanted.size); };
  const auto fits_at = [&](double size) {
    const schema::TextStyle style = style_at(size);
    const Room room = room_in(box, style);
    return fits(lay_out_in(fonts, content, style, room, false), room, style.outline_width);
  };
  const double least = std::clamp(content.min_size, 1.0, wanted.size);
  if (fits_at(wanted.size)) return wanted;
  int low = 0, high = static_cast<int>(std::ceil((wanted.size - least) * 4));
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (fits_at(least + middle / 4.0) ? low : high) = middle;
  }
  return style_at(least + low / 4.0);
}

std::string overflow_warning(const TextBlock& block, const Room& room) {
  char text[160];
  std::snprintf(text, sizeof text,
                "text overflows its box: it takes %.0fx%.0f pixels, the box has %.0fx%.0f",
                block.width, block.height, room.width < 0 ? block.width : room.width,
                room.height < 0 ? block.height : room.height);
  return text;
}

base::Status check(const schema::TextContent& content, const Box& box) {
  if (content.text.size() > kMaxTextBytes) {
    return base::resource("a text of " + std::to_string(content.text.size()) +
                          " bytes; the limit is " + std::to_string(kMaxTextBytes));
  }
  if (!(content.min_size > 0)) return base::invalid_argument("min_size must be above 0");
  return check_style(content.style, box);
}

}  // namespace

base::Result<Painted> paint_text(FontSet& fonts, const schema::TextContent& content,
                                 const Box& box) {
  RETURN_IF_ERROR(check(content, box));
  const schema::TextStyle style = content.fit_box ? fit(fonts, content, box) : content.style;
  const Room room = room_in(box, style);
  const TextBlock block = lay_out_in(fonts, content, style, room, true);

  Painted out;
  out.font_size = style.size;
  out.lines = static_cast<int>(block.lines.size());
  out.warnings = style_warnings(fonts, style);
  if (!block.missing.empty()) out.warnings.push_back(missing_warning(block.missing));
  if (!fits(block, room, 0)) out.warnings.push_back(overflow_warning(block, room));
  if (block.text.empty()) return out;

  const double pad_x = style.background ? style.background->padding_x : 0;
  const double pad_y = style.background ? style.background->padding_y : 0;
  // Unwrapped lines are aligned among themselves: their block is then aligned in the box.
  const double laid = content.wrap && room.width > 0 ? room.width : block.width;
  const double spare_x = std::max(box.width, 0.0) - 2 * pad_x - laid;
  const double spare_y = std::max(box.height, 0.0) - 2 * pad_y - block.height;
  const double fraction_x = content.align == schema::Align::kCenter  ? 0.5
                            : content.align == schema::Align::kRight ? 1
                                                                     : 0;
  const double fraction_y = content.valign == schema::VerticalAlign::kMiddle   ? 0.5
                            : content.valign == schema::VerticalAlign::kBottom ? 1
                                                                               : 0;
  Ink ink;
  ink.x = pad_x + spare_x * fraction_x;
  ink.y = pad_y + spare_y * fraction_y;
  ink.glyphs = block.glyphs;
  ink.style = &style;
  double left = 1e30, right = -1e30;
  for (const TextBlock::Line& line : block.lines) {
    left = std::min(left, line.x);
    right = std::max(right, line.x + line.width);
  }
  ink.gradient = {ink.x + left, ink.y, right - left, block.height};
  if (style.background && style.background->color.a > 0) {
    ink.panel = {
        {ink.x + left - pad_x, ink.y - pad_y, right - left + 2 * pad_x, block.height + 2 * pad_y},
        style.background->radius,
        style.background->color};
  }
  ASSIGN_OR_RETURN(out.sprite, paint(ink, box.scale));
  return out;
}

}  // namespace rushes::text
