#pragma once

// A text clip as one bitmap.

#include <string>
#include <vector>

#include "base/result.h"
#include "schema/program.h"
#include "text/font_set.h"
#include "text/sprite.h"

namespace rushes::text {

// More characters than this in one text are refused.
inline constexpr size_t kMaxTextBytes = 64 << 10;

struct Painted {
  std::optional<Sprite> sprite;  // none when there is nothing to see
  double font_size = 0;          // what fit_box chose; else the style's
  int lines = 0;
  std::vector<std::string> warnings;  // missing glyphs, text that overflows the box, weights
};

// fit_box shrinks outline, spacing, shadow and padding with the letters, and breaks no word.
// Families are those that FontFinder resolved: a generic name here is one that is not found.
// Lines stand line_height * size apart whatever fonts they mix. The bitmap holds all ink, also what
// leaves the box: nothing is ever cut. The same arguments give the same bytes.
base::Result<Painted> paint_text(FontSet& fonts, const schema::TextContent& content,
                                 const Box& box);

}  // namespace rushes::text
