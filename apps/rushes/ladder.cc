#include "ladder.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "numbers.h"
#include "schema/limits.h"
#include "schema/schemas.h"

namespace rushes::app {
namespace {

using nlohmann::json;

base::Result<std::vector<int>> parse_lines(const std::string& text) {
  std::vector<int> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    std::string_view word(text.data() + at, comma - at);
    if (word.ends_with('p')) word.remove_suffix(1);
    int lines = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), lines);
    const bool whole = error == std::errc() && end == word.data() + word.size();
    if (!whole || lines < schema::kMinSide || lines > schema::kMaxSide ||
        std::ranges::find(out, lines) != out.end()) {
      return usage_error("--ladder wants the lines of each size, as 1080,720,480 (is \"" + text +
                         "\")");
    }
    out.push_back(lines);
    at = comma + 1;
  }
  if (out.size() > schema::kMaxRenditions) {
    return usage_error("--ladder takes at most " + std::to_string(schema::kMaxRenditions) +
                       " sizes");
  }
  return out;
}

std::vector<int> usual_lines() {
  std::vector<int> out;
  const json usual = json::parse(schema::preset_text(kLadderPreset));
  for (const json& rendition : usual.at("renditions")) out.push_back(rendition.at("lines"));
  return out;
}

}  // namespace

bool is_ladder(const Preset& preset) { return preset.document.contains("renditions"); }

base::Status set_ladder(Preset& preset, const std::string& wanted) {
  json& document = preset.document;
  if (wanted == kUsualLadder && is_ladder(preset)) return {};
  std::vector<int> lines;
  if (wanted == kUsualLadder) {
    lines = usual_lines();
    const int most = document.value("lines", schema::kMaxSide);
    std::erase_if(lines, [most](int l) { return l > most; });
    if (lines.empty()) lines = {most};
  } else {
    ASSIGN_OR_RETURN(lines, parse_lines(wanted));
  }
  json renditions = json::array();
  for (const int l : lines) {
    json rendition = {{"lines", l}};
    for (const json& known : document.value("renditions", json::array())) {
      if (known.is_object() && known.value("lines", json()) == l) rendition = known;
    }
    renditions.push_back(std::move(rendition));
  }
  document["renditions"] = std::move(renditions);
  // What is wanted larger than the preset has it.
  if (document.contains("lines") && document["lines"] < *std::ranges::max_element(lines)) {
    document["lines"] = *std::ranges::max_element(lines);
  }
  return {};
}

}  // namespace rushes::app
