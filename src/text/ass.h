#pragma once

// .ass and .ssa scripts drawn by libass with their whole styling, from the fonts of a FontSet
// alone.
//
// Embedded fonts are ignored (warning); nothing is read or written. A glyph that the style's font
// lacks is taken from any other font of the set, in its order; coloured glyphs (emoji) libass
// cannot draw (warning). Colours are sRGB as written: the "YCbCr Matrix" header, which asks players
// to bend colours as an old filter did, does not apply to a picture that is composed in sRGB.
//
// at(t) depends on t alone: where lines push each other aside, it replays what came before.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "text/font_set.h"
#include "text/sprite.h"

namespace rushes::text {

inline constexpr size_t kMaxScriptBytes = 16 << 20;
inline constexpr int kMaxScriptEvents = 100000;

class AssRenderer {
 public:
  // The script is any text encoding that subtitles.h detects; `box` is the frame.
  static base::Result<AssRenderer> open(FontSet& fonts, std::span<const std::byte> script,
                                        const Box& box);
  AssRenderer(AssRenderer&&) noexcept;
  AssRenderer& operator=(AssRenderer&&) noexcept;
  ~AssRenderer();

  // t: since the start of the clip. One sprite per band of ink; the same pointers as the call
  // before while nothing changes.
  base::Result<std::vector<Sprite>> at(const base::Rational& t);

  // New ones since the last call: fonts that were substituted, glyphs that are missing.
  std::vector<std::string> take_warnings();

 private:
  struct Impl;
  explicit AssRenderer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::text
