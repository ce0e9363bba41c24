#pragma once

// What the tests of this layer share: the fonts they need (packages fonts-dejavu-core,
// fonts-noto-color-emoji, fonts-droid-fallback) and ways to look at pixels.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "text/font_set.h"
#include "text/sprite.h"

namespace rushes::text::testing {

inline const std::string kDejaVu = "/usr/share/fonts/truetype/dejavu/";
inline const std::string kEmoji = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
inline const std::string kCjk = "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf";

inline FontSet fonts() {
  auto set = FontSet::open({{kDejaVu + "DejaVuSans.ttf", 0, "DejaVu Sans"},
                            {kDejaVu + "DejaVuSans-Bold.ttf", 0, "DejaVu Sans"},
                            {kEmoji, 0, "Noto Color Emoji"},
                            {kCjk, 0, "Droid Sans Fallback"}});
  if (!set.ok()) throw std::runtime_error(set.error().message);
  return std::move(set).value();
}

inline uint32_t alpha_of(uint32_t pixel) { return pixel >> 24; }

// The sprite's place in the box, in pixels.
struct Area {
  int left, top, right, bottom;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};
inline Area area_of(const Sprite& s) {
  return {static_cast<int>(s.x), static_cast<int>(s.y), static_cast<int>(s.x) + s.bitmap->width,
          static_cast<int>(s.y) + s.bitmap->height};
}

// Of the pixels that `wanted` takes, in the box; width() is negative if there are none.
template <class Wanted>
Area area_where(const Sprite& s, Wanted wanted) {
  Area a{1 << 30, 1 << 30, -(1 << 30), -(1 << 30)};
  for (int y = 0; y < s.bitmap->height; ++y) {
    for (int x = 0; x < s.bitmap->width; ++x) {
      if (!wanted(s.bitmap->pixels[static_cast<size_t>(y) * static_cast<size_t>(s.bitmap->width) +
                                   static_cast<size_t>(x)])) {
        continue;
      }
      const int px = x + static_cast<int>(s.x), py = y + static_cast<int>(s.y);
      a = {std::min(a.left, px), std::min(a.top, py), std::max(a.right, px + 1),
           std::max(a.bottom, py + 1)};
    }
  }
  return a;
}

template <class Wanted>
int count_where(const Sprite& s, Wanted wanted) {
  return static_cast<int>(std::count_if(s.bitmap->pixels.begin(), s.bitmap->pixels.end(), wanted));
}

inline bool any_contains(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& t) { return t.find(part) != std::string::npos; });
}

}  // namespace rushes::text::testing
