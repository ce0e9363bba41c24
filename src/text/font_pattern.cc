#include "text/font_pattern.h"

#include <algorithm>

namespace rushes::text {

bool FontFace::covers(char32_t c) const {
  auto it = std::upper_bound(coverage.begin(), coverage.end(), c,
                             [](char32_t value, const CodeRange& r) { return value < r.first; });
  return it != coverage.begin() && c <= std::prev(it)->last;
}

std::vector<std::string> strings_of(const FcPattern* pattern, const char* object) {
  std::vector<std::string> out;
  FcChar8* text = nullptr;
  for (int i = 0; i < 64 && FcPatternGetString(pattern, object, i, &text) == FcResultMatch; ++i) {
    out.emplace_back(reinterpret_cast<const char*>(text));
  }
  return out;
}

int int_of(const FcPattern* pattern, const char* object, int otherwise) {
  int value = 0;
  return FcPatternGetInteger(pattern, object, 0, &value) == FcResultMatch ? value : otherwise;
}

bool bool_of(const FcPattern* pattern, const char* object, bool otherwise) {
  FcBool value = FcFalse;
  return FcPatternGetBool(pattern, object, 0, &value) == FcResultMatch ? value == FcTrue
                                                                       : otherwise;
}

int weight_of(const FcPattern* pattern) {
  double weight = FC_WEIGHT_REGULAR;
  if (FcPatternGetDouble(pattern, FC_WEIGHT, 0, &weight) != FcResultMatch) return 400;
  const double value = FcWeightToOpenTypeDouble(weight);
  return static_cast<int>(std::clamp(value, 100.0, 1000.0) + 0.5);
}

std::vector<CodeRange> coverage_of(const FcCharSet* set) {
  std::vector<CodeRange> out;
  FcChar32 map[FC_CHARSET_MAP_SIZE];
  FcChar32 next = 0;
  for (FcChar32 base = FcCharSetFirstPage(set, map, &next); base != FC_CHARSET_DONE;
       base = FcCharSetNextPage(set, map, &next)) {
    for (FcChar32 i = 0; i < FC_CHARSET_MAP_SIZE * 32; ++i) {
      if ((map[i / 32] >> (i % 32) & 1) == 0) continue;
      const char32_t c = base + i;
      if (!out.empty() && out.back().last + 1 == c) {
        out.back().last = c;
      } else {
        out.push_back({c, c});
      }
    }
  }
  return out;
}

FontFace face_of(const FcPattern* pattern, bool with_coverage) {
  FontFace face;
  const auto files = strings_of(pattern, FC_FILE);
  if (!files.empty()) face.file.path = files.front();
  // The high half numbers named instances of a variable font.
  face.file.index = int_of(pattern, FC_INDEX, 0) & 0xFFFF;
  face.families = strings_of(pattern, FC_FAMILY);
  if (!face.families.empty()) face.file.family = face.families.front();
  const auto styles = strings_of(pattern, FC_STYLE);
  if (!styles.empty()) face.style = styles.front();
  face.weight = weight_of(pattern);
  face.italic = int_of(pattern, FC_SLANT, FC_SLANT_ROMAN) != FC_SLANT_ROMAN;
  double width = FC_WIDTH_NORMAL;
  if (FcPatternGetDouble(pattern, FC_WIDTH, 0, &width) == FcResultMatch) {
    face.normal_width = width > 95 && width < 105;
  }
  face.color = bool_of(pattern, FC_COLOR, false);
  FcCharSet* set = nullptr;
  if (with_coverage && FcPatternGetCharSet(pattern, FC_CHARSET, 0, &set) == FcResultMatch) {
    face.coverage = coverage_of(set);
  }
  return face;
}

std::string lower_ascii(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace rushes::text
