#include "text/layout.h"

#include <algorithm>

#include "text/code_points.h"
#include "text/font_set_impl.h"

namespace rushes::text {
namespace {

double px(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }

std::shared_ptr<PangoFont> shared_font(PangoFont* font) {
  return {static_cast<PangoFont*>(g_object_ref(font)), [](PangoFont* f) { g_object_unref(f); }};
}

// Letters that join must not be torn apart.
AttrListOwned spacing_attributes(std::string_view text, double letter_spacing) {
  AttrListOwned list(pango_attr_list_new());
  const int spacing = static_cast<int>(letter_spacing * PANGO_SCALE);
  if (spacing == 0) return list;
  const auto insert = [&](size_t from, size_t to) {
    if (from == to) return;
    PangoAttribute* a = pango_attr_letter_spacing_new(spacing);
    a->start_index = static_cast<guint>(from);
    a->end_index = static_cast<guint>(to);
    pango_attr_list_insert(list.get(), a);
  };
  size_t run = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  for (const char* p = begin; p < end; p = g_utf8_next_char(p)) {
    if (!is_cursive(g_utf8_get_char(p))) continue;
    insert(run, static_cast<size_t>(p - begin));
    run = static_cast<size_t>(g_utf8_next_char(p) - begin);
  }
  insert(run, text.size());
  return list;
}

LayoutOwned make_layout(const FontSet& fonts, const std::string& text,
                        const schema::TextStyle& style, const BlockOptions& options) {
  LayoutOwned layout(pango_layout_new(fonts.impl().context.get()));
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  const FontDescription font = describe_font(fonts, style, style.size);
  pango_layout_set_font_description(layout.get(), font.get());
  const AttrListOwned attributes = spacing_attributes(text, style.letter_spacing);
  pango_layout_set_attributes(layout.get(), attributes.get());
  pango_layout_set_wrap(layout.get(), options.break_words ? PANGO_WRAP_WORD_CHAR : PANGO_WRAP_WORD);
  pango_layout_set_auto_dir(layout.get(), !options.right_to_left.has_value());
  if (options.width >= 0) {
    // Widths come back rounded to 1/1024: what was measured once must fit again.
    pango_layout_set_width(layout.get(), static_cast<int>(options.width * PANGO_SCALE) + 2);
    pango_layout_set_justify(layout.get(), options.align == schema::Align::kJustify);
  }
  return layout;
}

double line_offset(const TextBlock::Line& line, schema::Align align, double room) {
  switch (align) {
    case schema::Align::kLeft: return 0;
    case schema::Align::kCenter: return (room - line.width) / 2;
    case schema::Align::kRight: return room - line.width;
    case schema::Align::kJustify: return line.right_to_left ? room - line.width : 0;
  }
  return 0;
}

void place_line(PangoLayoutLine* line, double x, double baseline, double size, TextBlock& block) {
  double pen = x;
  for (const GSList* l = line->runs; l != nullptr; l = l->next) {
    const auto* run = static_cast<const PangoGlyphItem*>(l->data);
    const auto font = shared_font(run->item->analysis.font);
    const double y = baseline - px(run->y_offset);
    for (int i = 0; i < run->glyphs->num_glyphs; ++i) {
      const PangoGlyphInfo& info = run->glyphs->glyphs[i];
      PlacedGlyph g{.font = font,
                    .glyph = info.glyph,
                    .x = pen + px(info.geometry.x_offset),
                    .y = y + px(info.geometry.y_offset),
                    .advance = px(info.geometry.width),
                    .byte = static_cast<size_t>(run->item->offset + run->glyphs->log_clusters[i]),
                    .size = size};
      pen += px(info.geometry.width);
      if (info.glyph == PANGO_GLYPH_EMPTY) continue;
      if (info.glyph & PANGO_GLYPH_UNKNOWN_FLAG) {
        const char32_t c = info.glyph & ~PANGO_GLYPH_UNKNOWN_FLAG;
        if (!needs_glyph(c) || c == 0xFE0F) continue;
        block.missing.push_back(c);
        g.unknown = true;
      }
      block.glyphs.push_back(std::move(g));
    }
  }
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const std::u32string all = decode_utf8(text);
  const auto end_line = [&out] {
    while (!out.empty() && out.back() == ' ') out.pop_back();
  };
  for (size_t i = 0; i < all.size(); ++i) {
    char32_t c = all[i];
    if (c == '\r') {
      if (i + 1 < all.size() && all[i + 1] == '\n') continue;
      c = '\n';
    }
    if (c == 0x2028 || c == 0x2029 || c == 0x85) c = '\n';
    if (c == '\t') c = ' ';
    if (c == '\n') {
      end_line();
      out += '\n';
    } else if (c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0)) {
      append_utf8(out, c);
    }
  }
  end_line();
  return out;
}

TextBlock lay_out(const FontSet& fonts, std::string_view text, const schema::TextStyle& style,
                  const BlockOptions& options) {
  TextBlock block;
  block.text = clean_text(text);
  PangoContext* context = fonts.impl().context.get();
  const bool rtl = options.right_to_left.value_or(false);
  pango_context_set_base_dir(context, rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
  const LayoutOwned layout = make_layout(fonts, block.text, style, options);

  const FontDescription description = describe_font(fonts, style, style.size);
  const GObjectOwned<PangoFont> font(pango_context_load_font(context, description.get()));
  if (font) {
    const MetricsOwned metrics(pango_font_get_metrics(font.get(), nullptr));
    block.ascent = px(pango_font_metrics_get_ascent(metrics.get()));
    block.descent = px(pango_font_metrics_get_descent(metrics.get()));
  }
  const double pitch = style.line_height * style.size;
  const double first = (pitch - block.ascent - block.descent) / 2 + block.ascent;

  const int count = pango_layout_get_line_count(layout.get());
  for (int i = 0; i < count; ++i) {
    PangoLayoutLine* line = pango_layout_get_line_readonly(layout.get(), i);
    PangoRectangle logical;
    pango_layout_line_get_extents(line, nullptr, &logical);
    block.lines.push_back({.width = px(logical.width),
                           .baseline = first + pitch * i,
                           .right_to_left = line->resolved_dir == PANGO_DIRECTION_RTL});
    block.width = std::max(block.width, block.lines.back().width);
  }
  block.height = pitch * count;
  const double room = options.width >= 0 ? options.width : block.width;
  for (int i = 0; i < count; ++i) {
    TextBlock::Line& line = block.lines[static_cast<size_t>(i)];
    line.x = line_offset(line, options.align, room);
    place_line(pango_layout_get_line_readonly(layout.get(), i), line.x, line.baseline, style.size,
               block);
  }
  std::sort(block.missing.begin(), block.missing.end());
  block.missing.erase(std::unique(block.missing.begin(), block.missing.end()), block.missing.end());
  return block;
}

base::Status check_style(const schema::TextStyle& style, const Box& box) {
  constexpr double kMost = kMaxBitmapSide;
  const auto within = [](double v, double least, double most) { return v >= least && v <= most; };
  bool good = within(style.letter_spacing, -kMost, kMost) && within(style.line_height, 0, 100) &&
              within(style.outline_width, 0, kMost);
  if (style.shadow) {
    good = good && within(style.shadow->x, -kMost, kMost) &&
           within(style.shadow->y, -kMost, kMost) && within(style.shadow->blur, 0, kMost);
  }
  if (style.background) {
    const auto& b = *style.background;
    good = good && within(b.padding_x, -kMost, kMost) && within(b.padding_y, -kMost, kMost) &&
           within(b.radius, 0, kMost);
  }
  if (style.gradient) {
    good = good && within(style.gradient->angle, -1e6, 1e6) && style.gradient->stops.size() <= 64;
    for (const auto& stop : style.gradient->stops) good = good && within(stop.offset, 0, 1);
  }
  if (!good) return base::invalid_argument("a number of the text style is out of range");
  if (!(style.size > 0 && style.size <= kMost)) {
    return base::invalid_argument("font size must be above 0 and at most 16384");
  }
  if (!within(box.width, 0, 4 * kMost) || !within(box.height, 0, 4 * kMost) ||
      !(box.scale > 0 && box.scale <= 64)) {
    return base::invalid_argument("the box of a text is out of range");
  }
  return {};
}

schema::TextStyle scaled(schema::TextStyle style, double factor) {
  style.size *= factor;
  style.letter_spacing *= factor;
  style.outline_width *= factor;
  if (style.shadow) {
    style.shadow->x *= factor;
    style.shadow->y *= factor;
    style.shadow->blur *= factor;
  }
  if (style.background) {
    style.background->padding_x *= factor;
    style.background->padding_y *= factor;
    style.background->radius *= factor;
  }
  return style;
}

std::vector<std::string> style_warnings(const FontSet& fonts, const schema::TextStyle& style) {
  std::vector<std::string> out;
  const FontDescription wanted = describe_font(fonts, style, 100);
  const GObjectOwned<PangoFont> font(
      pango_context_load_font(fonts.impl().context.get(), wanted.get()));
  if (!font) return out;
  const FontDescription got(pango_font_describe(font.get()));
  const std::string family = pango_font_description_get_family(got.get());
  if (!style.families.empty() && !fonts.has_family(style.families.front())) {
    out.push_back("font \"" + style.families.front() + "\" is not among the fonts; \"" + family +
                  "\" is used");
  }
  const int weight = static_cast<int>(pango_font_description_get_weight(got.get()));
  if (weight - style.weight >= 200 || style.weight - weight >= 200) {
    out.push_back("font \"" + family + "\" has no weight " + std::to_string(style.weight) + "; " +
                  std::to_string(weight) + " is used" +
                  (style.weight >= 700 && weight <= 500 ? ", made bolder" : ""));
  }
  return out;
}

}  // namespace rushes::text
