#include <algorithm>
#include <set>

#include "text/ass.h"
#include "text/ass_track.h"
#include "text/code_points.h"
#include "text/font_pattern.h"
#include "text/subtitle_text.h"

namespace rushes::text {
namespace {

class Collector {
 public:
  explicit Collector(const ASS_Track& track) : track_(track) {}

  void line(const schema::ScriptLine& line) {
    use_style(line.style);
    text(line.text);
  }

  AssNeeds take() && {
    AssNeeds out;
    for (const int style : styles_) {
      const char* family = track_.styles[style].FontName;
      if (family != nullptr) add_family(family, out);
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

  void use_style(int style) {
    const bool known = style >= 0 && style < track_.n_styles;
    if (known && used_.insert(style).second) styles_.push_back(style);
  }

  void use_style(const std::string& name) {
    for (int i = track_.n_styles - 1; i >= 0; --i) {
      if (track_.styles[i].Name != nullptr && name == track_.styles[i].Name) return use_style(i);
    }
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
        use_style(argument(tag.substr(1)));
      }
    }
  }

  const ASS_Track& track_;
  std::set<int> used_;
  std::vector<int> styles_;
  std::set<std::string> tagged_set_;
  std::vector<std::string> tagged_;
  std::set<char32_t> code_points_;
};

}  // namespace

base::Result<AssNeeds> ass_needs(const schema::Script& script) {
  ASSIGN_OR_RETURN(const auto library, AssLibrary::open());
  ASSIGN_OR_RETURN(const AssTrack header, read_track(*library, script.header));
  Collector collector(*header);
  for (const schema::ScriptLine& line : script.lines) collector.line(line);
  return std::move(collector).take();
}

}  // namespace rushes::text
