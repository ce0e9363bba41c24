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

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "schema/program.h"
#include "text/font_set.h"
#include "text/sprite.h"

namespace rushes::text {

struct AssScript {
  schema::Script script;  // begins at 0 where none of its lines begins before
  std::vector<std::string> warnings;
};
// The script is any text encoding that subtitles.h detects. Comments, sections that libass does not
// know and lines that are never seen are left out. kCorrupt: no script; kResource: larger than 16
// MiB, or more than 100000 lines.
base::Result<AssScript> parse_ass(std::string_view bytes);

// What a script asks of fonts.
struct AssNeeds {
  std::vector<std::string> families;  // of styles and \fn tags, in order of appearance
  std::vector<char32_t> code_points;
};
base::Result<AssNeeds> ass_needs(const schema::Script& script);

class AssRenderer {
 public:
  // `box` is the frame.
  static base::Result<AssRenderer> open(FontSet& fonts, schema::Script script, const Box& box);
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
