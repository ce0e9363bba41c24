#pragma once

// Font files as both sides of the jail speak of them.

#include <string>
#include <vector>

namespace rushes::text {

// One face of one font file: what a program lists and what FontSet opens.
struct FontFile {
  std::string path;
  int index = 0;       // of the face within the file (collections)
  std::string family;  // first family name in the file
  friend bool operator==(const FontFile&, const FontFile&) = default;
};

struct CodeRange {
  char32_t first = 0, last = 0;  // both included
  friend bool operator==(const CodeRange&, const CodeRange&) = default;
};

// What is known of a face.
struct FontFace {
  FontFile file;
  std::vector<std::string> families;  // every name it answers to; the first is file.family
  std::string style;                  // "Bold Oblique"
  int weight = 400;                   // 100 to 1000; of a variable font its default
  bool italic = false;
  bool normal_width = true;         // neither condensed nor expanded
  bool color = false;               // has coloured glyphs
  std::vector<CodeRange> coverage;  // ascending, disjoint
  bool covers(char32_t c) const;
};

// A font file larger than this is refused.
inline constexpr long kMaxFontBytes = 64L << 20;

}  // namespace rushes::text
