// A script into what does not change over its time, and its lines.

#include <algorithm>

#include "schema/limits.h"
#include "schema/script.h"
#include "text/ass.h"
#include "text/ass_track.h"
#include "text/font_pattern.h"
#include "text/subtitles.h"

namespace rushes::text {
namespace {

constexpr int64_t kMaxMilliseconds = schema::kMaxSeconds * 1000;

// Where a line that is split by the sections that libass knows belongs.
enum class Section : uint8_t { kNone, kInfo, kStyles, kEvents, kFonts };

Section section_of(std::string_view line) {
  const std::string name = lower_ascii(std::string(line));
  if (name.starts_with("[script info]")) return Section::kInfo;
  if (name.starts_with("[v4 styles]") || name.starts_with("[v4+ styles]")) return Section::kStyles;
  if (name.starts_with("[events]")) return Section::kEvents;
  if (name.starts_with("[fonts]")) return Section::kFonts;
  return Section::kNone;
}

struct Parts {
  std::string header;  // without lines that are shown
  std::string all;     // with them
  bool fonts = false;  // there were embedded ones
};

// What editors keep for themselves (comments, sections of their own) is left out: it changes with
// every save.
Parts parts_of(std::string_view text) {
  Parts parts;
  Section section = Section::kNone;
  const auto add = [&](std::string_view line, bool shown) {
    parts.all.append(line).append("\n");
    if (!shown) parts.header.append(line).append("\n");
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (line.starts_with('[')) {
      section = section_of(line);
      parts.fonts = parts.fonts || section == Section::kFonts;
      if (section != Section::kNone && section != Section::kFonts) add(line, false);
    } else if (section == Section::kEvents) {
      const std::string key = lower_ascii(std::string(line.substr(0, line.find(':'))));
      if (key == "format" || key == "dialogue") add(line, key == "dialogue");
    } else if (section == Section::kInfo || section == Section::kStyles) {
      if (!line.empty() && !line.starts_with(';') && !line.starts_with("!:")) add(line, false);
    }
  }
  return parts;
}

// Numbers with commas between them, in parentheses: how many. 0 if it is something else.
size_t arguments(std::string_view text) {
  if (!text.starts_with('(')) return 0;
  const size_t end = text.find_first_not_of("0123456789.,- ", 1);
  if (end == std::string_view::npos || text[end] != ')') return 0;
  size_t count = 0;
  bool empty = true;
  for (const char c : text.substr(1, end)) {
    const bool ends = c == ',' || c == ')';
    if (ends && !empty) ++count;
    empty = ends || (empty && c == ' ');
  }
  return count;
}

// In a block of tags, outside of other tags' parentheses.
bool places(std::string_view block) {
  int depth = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    depth += (block[i] == '(') - (block[i] == ')');
    if (block[i] != '\\' || depth != 0) continue;
    const std::string_view tag = block.substr(i + 1);
    if (tag.starts_with("pos") && arguments(tag.substr(3)) == 2) return true;
    if (!tag.starts_with("move")) continue;
    const size_t n = arguments(tag.substr(4));
    if (n == 4 || n == 6) return true;
  }
  return false;
}

// A line with a place of its own pushes no other line aside. One that is not known to have it only
// takes longer to be drawn.
bool is_placed(std::string_view text) {
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open)) {
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) return false;
    const bool escaped = open > 0 && text[open - 1] == '\\';
    if (!escaped && places(text.substr(open, close - open))) return true;
    open = escaped ? open + 1 : close;
  }
  return false;
}

std::string string_of(const char* text) { return text != nullptr ? text : ""; }

schema::ScriptLine line_of(const ASS_Event& event) {
  return {.start_ms = event.Start,
          .end_ms = event.Start + event.Duration,
          .layer = event.Layer,
          .style = event.Style,
          .margin_left = event.MarginL,
          .margin_right = event.MarginR,
          .margin_vertical = event.MarginV,
          .placed = is_placed(string_of(event.Text)),
          .effect = string_of(event.Effect),
          .text = string_of(event.Text)};
}

base::Status check(const ASS_Track& track) {
  if (track.n_events > static_cast<int>(schema::kMaxScriptLines)) {
    return base::resource("more than 100000 lines in a script");
  }
  const auto possible = [](int side) { return side >= 0 && side <= kMaxBitmapSide; };
  if (!possible(track.PlayResX) || !possible(track.PlayResY)) {
    return base::invalid_argument("PlayResX or PlayResY is out of range (1 to 16384)");
  }
  return {};
}

}  // namespace

base::Result<AssScript> parse_ass(std::string_view bytes) {
  ASSIGN_OR_RETURN(DecodedText decoded, decode_text(bytes));
  const Parts parts = parts_of(decoded.utf8);
  ASSIGN_OR_RETURN(const auto library, AssLibrary::open());
  ASSIGN_OR_RETURN(const AssTrack track, read_track(*library, parts.all));
  ASSIGN_OR_RETURN(const AssTrack styles, read_track(*library, parts.header));
  if (styles->n_styles != track->n_styles || styles->n_events != 0) {
    return base::corrupt("not an .ass script: its styles cannot be told from its lines");
  }
  RETURN_IF_ERROR(check(*track));
  AssScript out{.script = {.header = parts.header, .lines = {}, .begin = 0},
                .warnings = std::move(decoded.warnings)};
  if (parts.fonts) out.warnings.emplace_back("fonts embedded in the script are not used");
  bool far = false;
  for (int i = 0; i < track->n_events; ++i) {
    const ASS_Event& event = track->events[i];
    if (event.Duration <= 0 || event.Start > kMaxMilliseconds) continue;  // never seen
    const bool good =
        event.Start >= -kMaxMilliseconds && event.Duration <= schema::kMaxScriptMilliseconds / 2;
    far = far || !good;
    if (good) out.script.lines.push_back(line_of(event));
  }
  if (far) out.warnings.emplace_back("lines with times that are out of range are left out");
  if (out.script.lines.empty()) {
    out.warnings.emplace_back("the script has no Dialogue lines: nothing is shown");
  }
  for (std::string& m : library->take_messages()) out.warnings.push_back(std::move(m));
  schema::shift(out.script, 0);
  return out;
}

}  // namespace rushes::text
