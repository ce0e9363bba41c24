#include <algorithm>

#include "text/code_points.h"
#include "text/subtitle_text.h"
#include "text/subtitles.h"

namespace rushes::text {
namespace {

using base::Rational;

struct Piece {  // text between two inline times
  Rational start;
  std::string text;
};

// Tags out, entities in, inline times as cuts.
std::vector<Piece> split_at_times(std::string_view text, const schema::Cue& cue, size_t line,
                                  Notes& notes) {
  std::vector<Piece> pieces{{cue.start, {}}};
  size_t plain = 0;
  const auto flush = [&](size_t end) {
    pieces.back().text += decode_entities(text.substr(plain, end - plain));
  };
  for (size_t i = 0; i < text.size();) {
    const size_t end = text[i] == '<' ? text.find('>', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      ++i;
      continue;
    }
    flush(i);
    const std::string_view tag = text.substr(i + 1, end - i - 1);
    if (!tag.empty() && tag[0] >= '0' && tag[0] <= '9') {
      const auto t = parse_timestamp(tag);
      if (t && *t >= pieces.back().start && *t < cue.end) {
        pieces.push_back({*t, {}});
      } else {
        notes.add("an inline time out of order is left out", line);
      }
    } else {
      notes.add("tags such as <v> and <c> are left out", line);
    }
    i = plain = end + 1;
  }
  flush(text.size());
  return pieces;
}

// The words of a piece share its time by their length.
void add_words(const std::string& text, const Rational& start, const Rational& end,
               std::vector<schema::Word>& words) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text + " ") {
    if (c != ' ' && c != '\t' && c != '\n') {
      part += c;
    } else if (!part.empty()) {
      parts.push_back(std::move(part));
      part.clear();
    }
  }
  int64_t total = 0;
  for (const std::string& p : parts) total += static_cast<int64_t>(decode_utf8(p).size()) + 1;
  int64_t done = 0;
  for (std::string& p : parts) {
    const int64_t next = done + static_cast<int64_t>(decode_utf8(p).size()) + 1;
    words.push_back({std::move(p), start + (end - start) * Rational(done, total),
                     start + (end - start) * Rational(next, total)});
    done = next;
  }
}

void fill(schema::Cue& cue, const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) cue.text += piece.text;
  if (pieces.size() == 1) return;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Rational end = i + 1 < pieces.size() ? pieces[i + 1].start : cue.end;
    if (end > pieces[i].start) add_words(pieces[i].text, pieces[i].start, end, cue.words);
  }
}

}  // namespace

base::Result<Subtitles> parse_vtt(std::string_view bytes) {
  ASSIGN_OR_RETURN(DecodedText decoded, decode_text(bytes));
  const Lines lines(decoded.utf8);
  const std::string_view head = lines[0];
  if (!head.starts_with("WEBVTT") || (head.size() > 6 && head[6] != ' ' && head[6] != '\t')) {
    return at_line(1, "a WebVTT file starts with WEBVTT");
  }
  Notes notes;
  std::vector<schema::Cue> cues;
  const auto blank = [&](size_t i) { return trim(lines[i]).empty(); };
  const auto skip_block = [&](size_t& i) {
    while (i < lines.size() && !blank(i)) ++i;
  };
  const auto is_timing = [&](size_t i) { return lines[i].find("-->") != std::string_view::npos; };
  size_t i = 0;
  skip_block(i);
  while (i < lines.size()) {
    if (blank(i)) {
      ++i;
      continue;
    }
    const std::string_view first = trim(lines[i]);
    const auto is_block = [first](std::string_view name) {
      return first == name || first.starts_with(std::string(name) + " ");
    };
    if (!is_timing(i) && (is_block("NOTE") || is_block("STYLE") || is_block("REGION"))) {
      if (!first.starts_with("NOTE")) notes.add("styles and regions are left out", i + 1);
      skip_block(i);
      continue;
    }
    // A name may stand before the timing.
    if (!is_timing(i) && i + 1 < lines.size() && !blank(i + 1)) ++i;
    const size_t timing_line = i + 1;
    ASSIGN_OR_RETURN(const Timing timing, parse_timing(lines[i], timing_line, cues.size(), notes));

    std::string text;
    for (++i; i < lines.size() && !blank(i) && !is_timing(i); ++i) {
      if (!text.empty()) text += '\n';
      text += trim(lines[i]);
      if (text.size() > kMaxCueBytes) return at_line(i + 1, "the cue is longer than 16 KiB");
    }
    schema::Cue cue{timing.start, timing.end, {}, {}};
    fill(cue, split_at_times(text, cue, timing_line, notes));
    if (admit(cue, timing_line, notes)) {
      for (schema::Word& word : cue.words) {
        word.start = std::max(word.start, cue.start);
        word.end = std::max(word.end, word.start);
      }
      cues.push_back(std::move(cue));
    }
  }
  return finish(std::move(cues), std::move(decoded.warnings), notes);
}

}  // namespace rushes::text
