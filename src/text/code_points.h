#pragma once

// Code points of texts: what fonts have to cover.

#include <string>
#include <string_view>
#include <vector>

namespace rushes::text {

// Of valid UTF-8; ill-formed bytes become U+FFFD.
std::u32string decode_utf8(std::string_view utf8);
void append_utf8(std::string& out, char32_t c);

// Upper case without regard to the locale ("ß" becomes "SS").
std::string to_upper(std::string_view utf8);

// By the first letter that has a direction.
enum class Direction { kNeutral, kLeftToRight, kRightToLeft };
Direction direction_of(std::string_view utf8);

// Ascending, each once, without those that need no glyph of their own (controls, format
// characters, line breaks). Variation selector 16 and the keycap mark stay: they ask for emoji.
std::vector<char32_t> code_points(std::string_view utf8);

bool is_default_emoji(char32_t c);  // drawn in colour unless the text asks otherwise
bool needs_glyph(char32_t c);       // false for controls, joiners, selectors, line breaks
bool is_cursive(char32_t c);        // of a script whose letters join: never letter-spaced
bool is_unspaced(char32_t c);       // of a script written without spaces between words (CJK, Thai)

}  // namespace rushes::text
