#pragma once

// Glyphs with colours of their own: pictures (CBDT, sbix) and layers (COLR version 0). For this
// layer's own files.

#include <map>
#include <optional>
#include <vector>

#include "text/layout.h"
#include "text/owned.h"

namespace rushes::text {

// A picture glyph, or none. x, y: top left corner relative to the glyph's origin, pixels.
struct GlyphPicture {
  SurfaceOwned surface;
  double x = 0, y = 0, width = 0, height = 0;
};

struct GlyphLayer {
  hb_codepoint_t glyph = 0;
  std::optional<schema::Color> color;  // none: the text's own
};

class ColorGlyphs {
 public:
  enum class Kind { kOutline, kPicture, kLayers };
  Kind kind(const PlacedGlyph& glyph);
  // nullopt: an empty glyph (a space), or one whose picture is damaged.
  std::optional<GlyphPicture> picture(const PlacedGlyph& glyph);
  std::vector<GlyphLayer> layers(const PlacedGlyph& glyph);

 private:
  struct Face {
    std::shared_ptr<PangoFont> font;
    bool pictures = false, layered = false;
    HbFont units;  // scaled to the units of the em
    double em = 1000;
  };
  const Face& face(const PlacedGlyph& glyph);
  std::map<PangoFont*, Face> faces_;
};

}  // namespace rushes::text
