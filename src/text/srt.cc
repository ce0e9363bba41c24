#include <algorithm>

#include "text/subtitle_text.h"
#include "text/subtitles.h"

namespace rushes::text {
namespace {

bool is_number(std::string_view line) {
  line = trim(line);
  return !line.empty() && line.size() <= 12 &&
         std::all_of(line.begin(), line.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_timing(std::string_view line) { return line.find("-->") != std::string_view::npos; }

// "<i>", "</font>", "{\an8}"; "<3" and "{sic}" are text.
std::string strip_markup(std::string_view text, size_t line, Notes& notes) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const bool tag = text[i] == '<' && i + 1 < text.size() &&
                     (text[i + 1] == '/' || (text[i + 1] >= 'a' && text[i + 1] <= 'z') ||
                      (text[i + 1] >= 'A' && text[i + 1] <= 'Z'));
    const bool code = text[i] == '{' && i + 1 < text.size() && text[i + 1] == '\\';
    const size_t end = tag ? text.find('>', i) : code ? text.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[i++];
      continue;
    }
    notes.add(tag ? "tags such as <i> are left out" : "codes such as {\\an8} are left out", line);
    i = end + 1;
  }
  return out;
}

}  // namespace

base::Result<Subtitles> parse_srt(std::string_view bytes) {
  ASSIGN_OR_RETURN(DecodedText decoded, decode_text(bytes));
  const Lines lines(decoded.utf8);
  Notes notes;
  std::vector<schema::Cue> cues;
  const auto starts_cue = [&](size_t i) {
    return is_timing(lines[i]) ||
           (is_number(lines[i]) && i + 1 < lines.size() && is_timing(lines[i + 1]));
  };
  size_t i = 0;
  while (i < lines.size()) {
    if (trim(lines[i]).empty()) {
      ++i;
      continue;
    }
    if (is_number(lines[i]) && i + 1 < lines.size()) ++i;
    const size_t timing_line = i + 1;
    ASSIGN_OR_RETURN(const Timing timing, parse_timing(lines[i], timing_line, cues.size(), notes));

    schema::Cue cue{timing.start, timing.end, {}, {}};
    size_t size = 0;
    bool blank = false;
    for (++i; i < lines.size() && !starts_cue(i); ++i) {
      if (trim(lines[i]).empty()) {
        blank = true;
        continue;
      }
      if (blank) {
        // A counter announces a cue; anything else is text with an empty line in it.
        if (is_number(lines[i])) break;
        notes.add("an empty line within a cue is left out", i + 1);
        blank = false;
      }
      size += lines[i].size();
      if (size > kMaxCueBytes) return at_line(i + 1, "the cue is longer than 16 KiB");
      if (!cue.text.empty()) cue.text += '\n';
      cue.text += decode_entities(strip_markup(trim(lines[i]), i + 1, notes));
    }
    if (admit(cue, timing_line, notes)) cues.push_back(std::move(cue));
  }
  return finish(std::move(cues), std::move(decoded.warnings), notes);
}

}  // namespace rushes::text
