#include "text/caption_words.h"

#include <pango/pango.h>

#include <algorithm>

#include "text/code_points.h"
#include "text/layout.h"

namespace rushes::text {
namespace {

using base::Rational;

constexpr size_t kMaxWords = 200000;
constexpr size_t kMaxCaptionCues = 100000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

std::string_view strip(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

std::vector<PangoLogAttr> log_attributes(std::string_view text) {
  const auto length = static_cast<int>(text.size());
  std::vector<PangoLogAttr> attributes(static_cast<size_t>(g_utf8_strlen(text.data(), length)) + 1);
  pango_get_log_attrs(text.data(), length, -1, pango_language_from_string("en"), attributes.data(),
                      static_cast<int>(attributes.size()));
  return attributes;
}

// Where a line may break inside a run of letters without spaces (Chinese, Thai).
std::vector<std::string> split_unspaced(std::string_view text) {
  const std::u32string all = decode_utf8(text);
  if (std::none_of(all.begin(), all.end(), is_unspaced)) return {std::string(text)};
  const auto attributes = log_attributes(text);
  std::vector<std::string> out(1);
  for (size_t i = 0; i < all.size(); ++i) {
    if (attributes[i].is_line_break && !out.back().empty()) out.emplace_back();
    append_utf8(out.back(), all[i]);
  }
  return out;
}

std::vector<CaptionWord> words_of_text(std::string_view text) {
  std::vector<CaptionWord> out;
  bool space = false, line = false;
  for (size_t i = 0; i < text.size();) {
    if (is_space(text[i])) {
      space = true;
      line = line || text[i] == '\n';
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && !is_space(text[end])) ++end;
    bool first = true;
    for (std::string& part : split_unspaced(text.substr(i, end - i))) {
      out.push_back(
          {std::move(part), {}, {}, first && space && !out.empty(), first && line && !out.empty()});
      first = false;
    }
    space = line = false;
    i = end;
  }
  return out;
}

void spread(std::vector<CaptionWord>& words, const Rational& start, const Rational& end) {
  int64_t total = 0, done = 0;
  const auto weight = [](const CaptionWord& w) {
    return static_cast<int64_t>(letters_of(w.text).size()) + 1;
  };
  for (const CaptionWord& w : words) total += weight(w);
  for (CaptionWord& w : words) {
    w.start = start + (end - start) * Rational(done, total);
    done += weight(w);
    w.end = start + (end - start) * Rational(done, total);
  }
}

// Spaces and line breaks as the cue's text has them. False: it does not hold these words.
bool separators_from_text(std::string_view text, std::vector<CaptionWord>& words) {
  size_t at = 0;
  for (CaptionWord& w : words) {
    const size_t found = text.find(w.text, at);
    if (found == std::string_view::npos) return false;
    const std::string_view between = text.substr(at, found - at);
    if (!strip(between).empty()) return false;
    w.space_before = !between.empty();
    w.line_before = between.find('\n') != std::string_view::npos;
    at = found + w.text.size();
  }
  return strip(text.substr(at)).empty();
}

bool only_closing_punctuation(const std::u32string& text) {
  static constexpr std::u32string_view kClosing = U".,;:!?%)]}\u2026\u00BB\u201D\u2019\u3002\u3001";
  return std::all_of(text.begin(), text.end(),
                     [](char32_t c) { return kClosing.find(c) != std::u32string_view::npos; });
}

void separators_by_script(const std::vector<schema::Word>& given, std::vector<CaptionWord>& words) {
  const bool spaces_given = std::any_of(given.begin(), given.end(), [](const schema::Word& w) {
    return !w.text.empty() && (is_space(w.text.front()) || is_space(w.text.back()));
  });
  for (size_t i = 0; i < words.size(); ++i) {
    words[i].line_before = false;
    if (i == 0) {
      words[i].space_before = false;
      continue;
    }
    if (spaces_given) continue;  // noted when the word was read
    const std::u32string before = decode_utf8(words[i - 1].text), here = decode_utf8(words[i].text);
    words[i].space_before = !(is_unspaced(before.back()) && is_unspaced(here.front())) &&
                            !only_closing_punctuation(here);
  }
}

std::vector<CaptionWord> words_of_words(const schema::Cue& cue) {
  std::vector<CaptionWord> out;
  bool space_after = false;
  for (const schema::Word& w : cue.words) {
    const std::string text = clean_text(strip(w.text));
    if (text.empty()) continue;
    CaptionWord word{text, w.start, w.end, space_after || is_space(w.text.front()), false};
    space_after = is_space(w.text.back());
    if (!out.empty()) word.start = std::max(word.start, out.back().start);
    word.end = std::max(word.end, word.start);
    out.push_back(std::move(word));
  }
  if (!separators_from_text(clean_text(cue.text), out)) separators_by_script(cue.words, out);
  return out;
}

std::string text_of(const schema::Cue& cue) {
  if (!cue.text.empty()) return cue.text;
  std::string out;
  for (const schema::Word& w : cue.words)
    out += (out.empty() ? "" : " ") + std::string(strip(w.text));
  return out;
}

// Sorted, merged where they start together, cut where they overlap.
std::vector<schema::Cue> untangle(std::vector<schema::Cue> cues,
                                  std::vector<std::string>& warnings) {
  std::stable_sort(cues.begin(), cues.end(),
                   [](const schema::Cue& a, const schema::Cue& b) { return a.start < b.start; });
  std::vector<schema::Cue> out;
  size_t merged = 0, cut = 0;
  for (schema::Cue& cue : cues) {
    if (cue.end <= cue.start) continue;
    if (!out.empty() && out.back().start == cue.start) {
      schema::Cue& last = out.back();
      last.text = text_of(last) + "\n" + text_of(cue);
      last.words.clear();
      last.end = std::max(last.end, cue.end);
      ++merged;
      continue;
    }
    if (!out.empty() && out.back().end > cue.start) {
      out.back().end = cue.start;
      ++cut;
    }
    out.push_back(std::move(cue));
  }
  if (merged > 0) {
    warnings.push_back("captions that start together are shown as one (" + std::to_string(merged) +
                       ")");
  }
  if (cut > 0) {
    warnings.push_back("captions that overlap the next end where that starts (" +
                       std::to_string(cut) + ")");
  }
  return out;
}

}  // namespace

std::vector<size_t> letters_of(std::string_view text) {
  std::vector<size_t> out;
  const auto attributes = log_attributes(text);
  size_t byte = 0;
  for (size_t i = 0; byte < text.size() && i + 1 < attributes.size(); ++i) {
    if (i > 0 && attributes[i].is_cursor_position) out.push_back(byte);
    byte = static_cast<size_t>(g_utf8_next_char(text.data() + byte) - text.data());
  }
  out.push_back(text.size());
  return out;
}

base::Result<CueList> caption_words(const schema::CaptionsContent& content) {
  if (content.cues.size() > kMaxCaptionCues) return base::resource("more than 100000 captions");
  CueList out;
  size_t count = 0;
  std::vector<schema::Cue> cues = content.cues;
  for (schema::Cue& cue : cues) {
    if (cue.words.empty() || cue.end > cue.start) continue;
    cue.start = cue.words.front().start;
    cue.end = cue.words.back().end;
  }
  for (const schema::Cue& cue : untangle(std::move(cues), out.warnings)) {
    CaptionCue c{cue.start, cue.end, {}, !cue.words.empty()};
    if (c.timed) {
      c.words = words_of_words(cue);
      // What an overlap has cut off.
      for (CaptionWord& w : c.words) {
        w.start = std::min(w.start, c.end);
        w.end = std::min(w.end, c.end);
      }
    } else {
      c.words = words_of_text(clean_text(cue.text));
      if (!c.words.empty()) spread(c.words, c.start, c.end);
    }
    if (c.words.empty()) continue;
    count += c.words.size();
    if (count > kMaxWords) return base::resource("more than 200000 words in one captions clip");
    if (content.uppercase) {
      for (CaptionWord& w : c.words) w.text = to_upper(w.text);
    }
    out.cues.push_back(std::move(c));
  }
  return out;
}

}  // namespace rushes::text
