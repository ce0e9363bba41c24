#include "schema/script.h"

#include <algorithm>

namespace rushes::schema {

std::vector<Stretch> stretches(const std::vector<ScriptLine>& lines) {
  std::vector<Stretch> spans;
  for (const ScriptLine& line : lines) {
    if (!line.placed) spans.push_back({line.start_ms, line.end_ms});
  }
  std::ranges::sort(spans, {}, &Stretch::start_ms);
  std::vector<Stretch> out;
  for (const Stretch& s : spans) {
    if (!out.empty() && s.start_ms < out.back().end_ms) {
      out.back().end_ms = std::max(out.back().end_ms, s.end_ms);
    } else {
      out.push_back(s);
    }
  }
  return out;
}

void shift(Script& script, const Rational& by) {
  const Rational start = script.begin + by;
  int64_t first = (start * 1000).floor();
  for (const ScriptLine& line : script.lines) first = std::min(first, line.start_ms);
  for (ScriptLine& line : script.lines) {
    line.start_ms -= first;
    line.end_ms -= first;
  }
  script.begin = start - Rational(first, 1000);
}

}  // namespace rushes::schema
