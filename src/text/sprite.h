#pragma once

// A picture that the compositor places.

#include <memory>
#include <optional>

#include "frame/frame.h"

namespace rushes::text {

// In pixels of the sprite's bitmap. A pixel that the rectangle covers in part counts in part.
struct ClipRect {
  double left = 0, top = 0, right = 0, bottom = 0;
  friend bool operator==(const ClipRect&, const ClipRect&) = default;
};

// What does not change keeps its bitmap (the same pointer) and its numbers, so both together are
// a key for caches. Sprites of a list are drawn in order, later ones over earlier ones. A sprite at
// rest (scale 1) stands at whole pixels: it can be blended without resampling.
struct Sprite {
  std::shared_ptr<const frame::Bitmap> bitmap;  // never null, never empty
  double x = 0, y = 0;                          // top left corner within the box, scaled pixels
  double scale = 1;                             // about the centre of the bitmap
  double opacity = 1;                           // 0 to 1
  std::optional<ClipRect> clip;
  friend bool operator==(const Sprite&, const Sprite&) = default;
};

// The box that text is laid out in, in output pixels. Bitmaps are painted at `scale` (a preview:
// 0.5); the layout, line breaks included, does not depend on it. Sprites may reach out of the box.
struct Box {
  double width = 0, height = 0;
  double scale = 1;
};

// No bitmap of this layer is larger.
inline constexpr int kMaxBitmapSide = 16384;
inline constexpr long kMaxBitmapPixels = 64L << 20;

}  // namespace rushes::text
