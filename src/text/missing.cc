#include "text/missing.h"

#include <algorithm>
#include <cstdio>

#include "text/code_points.h"

namespace rushes::text {

std::string missing_warning(const std::vector<char32_t>& missing) {
  if (missing.empty()) return {};
  std::string out = "no font has";
  constexpr size_t kShown = 8;
  for (size_t i = 0; i < std::min(missing.size(), kShown); ++i) {
    char code[16];
    std::snprintf(code, sizeof code, " U+%04X", static_cast<unsigned>(missing[i]));
    out += code;
    out += " (";
    append_utf8(out, missing[i]);
    out += ")";
  }
  if (missing.size() > kShown) {
    out += " and " + std::to_string(missing.size() - kShown) + " more";
  }
  return out + ": an empty frame is drawn in its place";
}

}  // namespace rushes::text
