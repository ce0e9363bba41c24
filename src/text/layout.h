#pragma once

// Text into placed glyphs: shaping, bidirectional order, wrapping, alignment. Unscaled pixels, the
// origin is the top left corner of the block. For this layer's own files.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/program.h"
#include "text/font_set.h"
#include "text/owned.h"
#include "text/sprite.h"

namespace rushes::text {

struct PlacedGlyph {
  std::shared_ptr<PangoFont> font;
  PangoGlyph glyph = 0;
  double x = 0, y = 0;   // origin on the baseline
  double advance = 0;    // what the glyph takes up of the line
  size_t byte = 0;       // start of its cluster in the block's text
  double size = 0;       // of the font
  bool unknown = false;  // no font has it: drawn as an empty frame
};

struct TextBlock {
  struct Line {
    double x = 0, width = 0, baseline = 0;
    bool right_to_left = false;
  };
  std::string text;  // what was laid out
  std::vector<PlacedGlyph> glyphs;
  std::vector<Line> lines;
  double width = 0, height = 0;  // widest line; lines times their distance
  double ascent = 0, descent = 0;
  std::vector<char32_t> missing;  // ascending
};

struct BlockOptions {
  double width = -1;  // wrap here; negative: only where the text says
  schema::Align align = schema::Align::kLeft;
  bool break_words = true;                 // where a word alone is too wide
  std::optional<bool> right_to_left = {};  // base direction; else from the text
};

TextBlock lay_out(const FontSet& fonts, std::string_view text, const schema::TextStyle& style,
                  const BlockOptions& options);

// Line ends made \n; tabs made spaces; controls, ill-formed bytes and spaces at line ends removed.
std::string clean_text(std::string_view text);

// kInvalidArgument when a number is no number or out of all proportion (programs are checked when
// they are compiled; this keeps arithmetic here within its bounds).
base::Status check_style(const schema::TextStyle& style, const Box& box);

// All lengths times `factor`.
schema::TextStyle scaled(schema::TextStyle style, double factor);

// Families that the set lacks; a weight or slant that the family lacks.
std::vector<std::string> style_warnings(const FontSet& fonts, const schema::TextStyle& style);

}  // namespace rushes::text
