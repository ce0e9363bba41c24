#pragma once

// Placed glyphs and boxes into a bitmap. For this layer's own files.

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "schema/program.h"
#include "text/layout.h"
#include "text/sprite.h"

namespace rushes::text {

struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

// What to paint, from back to front: panel, shadow, outline, fill. Unscaled pixels.
struct Ink {
  struct Panel {
    Rect rect;
    double radius = 0;
    schema::Color color;
  };
  std::optional<Panel> panel;
  std::span<const PlacedGlyph> glyphs;
  double x = 0, y = 0;  // where the glyphs' origin stands in the box
  const schema::TextStyle* style = nullptr;
  Rect gradient;  // in the box: what style->gradient spans
  bool shadow = true, letters = true;
};

// A sprite at rest with exactly the pixels that have ink; none if there are none. kResource when
// it would be larger than a bitmap may be.
base::Result<std::optional<Sprite>> paint(const Ink& ink, double scale);

}  // namespace rushes::text
