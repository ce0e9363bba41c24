#include "output_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/uri.h"
#include "numbers.h"

namespace rushes::app {
namespace {

base::Error wrong(const std::string& text, const std::string& why) {
  return usage_error("output \"" + base::shown_uri(text) + "\": " + why);
}

}  // namespace

bool is_template(const std::string& text) { return text.find_first_of("{}") != std::string::npos; }

std::string without_fields(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return out;
}

Fields recording_fields(const std::string& first_chapter, size_t number,
                        const std::string& recorded) {
  const std::filesystem::path first = base::shown_uri(first_chapter);
  return {{"name", first.stem()},
          {"folder", first.parent_path().filename()},
          {"number", std::to_string(number)},
          {"date", recorded.substr(0, recorded.find('T'))}};
}

base::Result<std::string> fill_template(const std::string& text, const Fields& fields) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      out += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      out += text[++i];
      continue;
    }
    const size_t end = c == '{' ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      return wrong(text, fmt::format("\"{}\" stands alone; write {}{} for a brace", c, c, c));
    }
    const std::string field = text.substr(i + 1, end - i - 1);
    const auto found = fields.find(field);
    if (found == fields.end()) {
      std::string known;
      for (const auto& [name, value] : fields) known += (known.empty() ? "{" : ", {") + name + "}";
      return wrong(text, "there is no {" + field + "}; there is " + known +
                             ", and what --field name=value gives");
    }
    std::string value = found->second;
    std::ranges::replace(value, '/', '_');
    if (value.empty() || value == "." || value == "..") {
      return unusable(wrong(text, "{" + field + "} is \"" + value + "\" of this recording"));
    }
    out += value;
    i = end;
  }
  return out;
}

}  // namespace rushes::app
