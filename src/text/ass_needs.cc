#include <algorithm>
#include <map>
#include <set>

#include "text/code_points.h"
#include "text/font_pattern.h"
#include "text/subtitle_text.h"
#include "text/subtitles.h"

namespace rushes::text {
namespace {

struct Columns {
  size_t count, first, second;  // how many; of Name and Fontname, or of Style and Text
};

std::vector<std::string_view> fields_of(std::string_view line, size_t most) {
  std::vector<std::string_view> out;
  while (out.size() + 1 < most) {
    const size_t comma = line.find(',');
    if (comma == std::string_view::npos) break;
    out.push_back(trim(line.substr(0, comma)));
    line.remove_prefix(comma + 1);
  }
  out.push_back(trim(line));
  return out;
}

Columns columns_of(std::string_view format, std::string_view first, std::string_view second,
                   Columns otherwise) {
  const auto names = fields_of(format, 64);
  const auto find = [&](std::string_view name) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (lower_ascii(std::string(names[i])) == name) return i;
    }
    return names.size();
  };
  const Columns c{names.size(), find(first), find(second)};
  return c.first < c.count && c.second < c.count ? c : otherwise;
}

class Collector {
 public:
  void line(std::string_view line) {
    if (line.starts_with('[')) {
      section_ = lower_ascii(std::string(line));
      return;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string key = lower_ascii(std::string(trim(line.substr(0, colon))));
    const std::string_view value = trim(line.substr(colon + 1));
    if (section_.find("styles") != std::string::npos) {
      if (key == "format") style_columns_ = columns_of(value, "name", "fontname", {23, 0, 1});
      if (key == "style") style(value);
    } else if (section_ == "[events]") {
      if (key == "format") event_columns_ = columns_of(value, "style", "text", {10, 3, 9});
      if (key == "dialogue") dialogue(value);
    }
  }

  AssNeeds take() && {
    AssNeeds out;
    for (const std::string& name : order_) {
      const auto it = styles_.find(name);
      if (it != styles_.end()) add_family(it->second, out);
    }
    for (const std::string& family : tagged_) add_family(family, out);
    if (out.families.empty()) add_family("sans-serif", out);
    out.code_points.assign(code_points_.begin(), code_points_.end());
    return out;
  }

 private:
  static void add_family(std::string family, AssNeeds& out) {
    if (family.starts_with('@')) family.erase(0, 1);  // set vertically
    const auto same = [&](const std::string& f) { return lower_ascii(f) == lower_ascii(family); };
    if (!family.empty() && std::none_of(out.families.begin(), out.families.end(), same)) {
      out.families.push_back(std::move(family));
    }
  }

  void style(std::string_view value) {
    const auto fields = fields_of(value, style_columns_.count);
    if (std::max(style_columns_.first, style_columns_.second) >= fields.size()) return;
    styles_[style_name(fields[style_columns_.first])] = std::string(fields[style_columns_.second]);
  }

  // A star before the name is an old way to write it.
  static std::string style_name(std::string_view name) {
    while (name.starts_with('*')) name.remove_prefix(1);
    return std::string(name);
  }

  void use_style(const std::string& name) {
    const std::string known = styles_.contains(name) ? name : "Default";
    if (used_.insert(known).second) order_.push_back(known);
  }

  void dialogue(std::string_view value) {
    const auto fields = fields_of(value, event_columns_.count);
    if (std::max(event_columns_.first, event_columns_.second) >= fields.size()) return;
    use_style(style_name(fields[event_columns_.first]));
    text(fields[event_columns_.second]);
  }

  void text(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
      const size_t open = text.find('{');
      const size_t close = open == std::string_view::npos ? open : text.find('}', open);
      if (close == std::string_view::npos) {
        plain += text;
        break;
      }
      plain += text.substr(0, open);
      tags(text.substr(open, close - open));
      text.remove_prefix(close + 1);
    }
    for (size_t i = 0; i + 1 < plain.size(); ++i) {
      if (plain[i] == '\\' && (plain[i + 1] == 'N' || plain[i + 1] == 'n' || plain[i + 1] == 'h')) {
        plain[i] = plain[i + 1] = ' ';
      }
    }
    if (code_points_.size() > 20000) return;
    for (const char32_t c : code_points(plain)) code_points_.insert(c);
  }

  void tags(std::string_view block) {
    const auto argument = [](std::string_view rest) {
      return std::string(trim(rest.substr(0, rest.find_first_of("\\})"))));
    };
    for (size_t at = block.find('\\'); at != std::string_view::npos;
         at = block.find('\\', at + 1)) {
      const std::string_view tag = block.substr(at + 1);
      if (tag.starts_with("fn") && tagged_.size() < 1000) {
        const std::string family = argument(tag.substr(2));
        if (!family.empty() && tagged_set_.insert(family).second) tagged_.push_back(family);
      } else if (tag.starts_with('r') && !tag.starts_with("rnd")) {
        const std::string name = argument(tag.substr(1));
        if (styles_.contains(name)) use_style(name);
      }
    }
  }

  std::string section_;
  Columns style_columns_{23, 0, 1}, event_columns_{10, 3, 9};
  std::map<std::string, std::string> styles_;
  std::set<std::string> used_, tagged_set_;
  std::vector<std::string> order_, tagged_;
  std::set<char32_t> code_points_;
};

}  // namespace

base::Result<AssNeeds> ass_needs(std::string_view bytes) {
  ASSIGN_OR_RETURN(DecodedText decoded, decode_text(bytes));
  const Lines lines(decoded.utf8);
  Collector collector;
  for (size_t i = 0; i < lines.size(); ++i) collector.line(trim(lines[i]));
  AssNeeds needs = std::move(collector).take();
  needs.warnings = std::move(decoded.warnings);
  return needs;
}

}  // namespace rushes::text
