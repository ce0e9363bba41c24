#include "text/code_points.h"

#include <glib.h>

#include <algorithm>
#include <iterator>

namespace rushes::text {
namespace {

struct Range {
  char32_t first, last;
};

// Emoji_Presentation of Unicode 15 below the emoji blocks.
constexpr Range kEmojiSigns[] = {
    {0x231A, 0x231B}, {0x23E9, 0x23EC}, {0x23F0, 0x23F0}, {0x23F3, 0x23F3}, {0x25FD, 0x25FE},
    {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267F, 0x267F}, {0x2693, 0x2693}, {0x26A1, 0x26A1},
    {0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x26C4, 0x26C5}, {0x26CE, 0x26CE}, {0x26D4, 0x26D4},
    {0x26EA, 0x26EA}, {0x26F2, 0x26F3}, {0x26F5, 0x26F5}, {0x26FA, 0x26FA}, {0x26FD, 0x26FD},
    {0x2705, 0x2705}, {0x270A, 0x270B}, {0x2728, 0x2728}, {0x274C, 0x274C}, {0x274E, 0x274E},
    {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797}, {0x27B0, 0x27B0}, {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55},
};

constexpr char32_t kBad = 0xFFFD;

}  // namespace

std::u32string decode_utf8(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  size_t i = 0;
  while (i < utf8.size()) {
    const gunichar c =
        g_utf8_get_char_validated(utf8.data() + i, static_cast<gssize>(utf8.size() - i));
    if (c == static_cast<gunichar>(-1) || c == static_cast<gunichar>(-2) || c == 0) {
      out.push_back(kBad);
      ++i;
      continue;
    }
    out.push_back(static_cast<char32_t>(c));
    i += static_cast<size_t>(g_unichar_to_utf8(c, nullptr));
  }
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  char bytes[6];
  const int n = g_unichar_to_utf8(g_unichar_validate(c) ? c : kBad, bytes);
  out.append(bytes, static_cast<size_t>(n));
}

std::string to_upper(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (const char32_t c : decode_utf8(utf8)) {
    if (c == 0xDF) {
      out += "SS";
    } else {
      append_utf8(out, g_unichar_toupper(c));
    }
  }
  return out;
}

Direction direction_of(std::string_view utf8) {
  for (const char32_t c : decode_utf8(utf8)) {
    if (!g_unichar_isalpha(c)) continue;
    switch (g_unichar_get_script(c)) {
      case G_UNICODE_SCRIPT_ARABIC:
      case G_UNICODE_SCRIPT_HEBREW:
      case G_UNICODE_SCRIPT_SYRIAC:
      case G_UNICODE_SCRIPT_THAANA:
      case G_UNICODE_SCRIPT_NKO:
      case G_UNICODE_SCRIPT_MANDAIC:
      case G_UNICODE_SCRIPT_SAMARITAN:
      case G_UNICODE_SCRIPT_ADLAM: return Direction::kRightToLeft;
      default: return Direction::kLeftToRight;
    }
  }
  return Direction::kNeutral;
}

bool needs_glyph(char32_t c) {
  if (c == 0xFE0F || c == 0x20E3) return true;
  if ((c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0000 && c <= 0xE0FFF)) return false;
  if (c == 0x034F || c == 0x061C || c == 0x00AD) return false;
  switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR: return c == ' ';
    default: return true;
  }
}

std::vector<char32_t> code_points(std::string_view utf8) {
  const std::u32string all = decode_utf8(utf8);
  std::vector<char32_t> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), needs_glyph);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool is_default_emoji(char32_t c) {
  if (c >= 0x1F000) {
    return c == 0x1F004 || c == 0x1F0CF || c == 0x1F18E || (c >= 0x1F191 && c <= 0x1F19A) ||
           (c >= 0x1F1E6 && c <= 0x1F1FF) || (c >= 0x1F201 && c <= 0x1F251) ||
           (c >= 0x1F300 && c <= 0x1F64F) || (c >= 0x1F680 && c <= 0x1F6FF) ||
           (c >= 0x1F7E0 && c <= 0x1F7F0) || (c >= 0x1F900 && c <= 0x1FAFF);
  }
  return std::any_of(std::begin(kEmojiSigns), std::end(kEmojiSigns),
                     [c](const Range& r) { return r.first <= c && c <= r.last; });
}

bool is_cursive(char32_t c) {
  switch (g_unichar_get_script(c)) {
    case G_UNICODE_SCRIPT_ARABIC:
    case G_UNICODE_SCRIPT_SYRIAC:
    case G_UNICODE_SCRIPT_MONGOLIAN:
    case G_UNICODE_SCRIPT_NKO:
    case G_UNICODE_SCRIPT_MANDAIC:
    case G_UNICODE_SCRIPT_PHAGS_PA:
    case G_UNICODE_SCRIPT_DEVANAGARI:
    case G_UNICODE_SCRIPT_BENGALI:
    case G_UNICODE_SCRIPT_GURMUKHI: return true;
    default: return false;
  }
}

bool is_unspaced(char32_t c) {
  if ((c >= 0x3000 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFF65)) return true;
  switch (g_unichar_get_script(c)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_BOPOMOFO:
    case G_UNICODE_SCRIPT_THAI:
    case G_UNICODE_SCRIPT_LAO:
    case G_UNICODE_SCRIPT_KHMER:
    case G_UNICODE_SCRIPT_MYANMAR: return true;
    default: return false;
  }
}

}  // namespace rushes::text
