#include "timeline/words.h"

#include <fmt/format.h>

#include "schema/json_text.h"
#include "schema/validate.h"
#include "timeline/seconds.h"

namespace rushes::timeline {
namespace {

using base::Rational;
using schema::Cue;
using schema::Value;
using schema::Word;

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

class WordReader {
 public:
  WordReader(std::string_view file, WordList& out) : file_(file), out_(out) {}

  void read(const Value& list, std::string_view pointer) {
    const bool words = !list.items.empty() && list.items.front().find("word") != nullptr;
    if (words) {
      Cue cue;
      for (size_t i = 0; i < list.items.size(); ++i) {
        const std::string here = schema::child(pointer, i);
        if (list.items[i].find("word") == nullptr) return mixed(list.items[i], here);
        add_word(list.items[i], here, cue);
      }
      if (cue.words.empty()) return;
      cue.start = cue.words.front().start;
      out_.cues.push_back(std::move(cue));
      return;
    }
    for (size_t i = 0; i < list.items.size(); ++i) {
      const std::string here = schema::child(pointer, i);
      if (list.items[i].find("text") == nullptr) return mixed(list.items[i], here);
      add_line(list.items[i], here);
    }
  }

 private:
  void report(const Value& value, std::string_view pointer, std::string message) {
    if (out_.diagnostics.size() >= 100) return;
    out_.diagnostics.push_back({.number = 153,
                                .file = std::string(file_),
                                .place = value.place,
                                .pointer = std::string(pointer),
                                .message = std::move(message)});
  }

  void mixed(const Value& value, std::string_view pointer) {
    report(value, pointer, "a list holds words or lines, not both");
  }

  // False if the times make no sense, which is then reported.
  bool times(const Value& value, const std::string& pointer, const Rational& not_before,
             Rational& start, Rational& end) {
    start = seconds(value.find("start"));
    end = seconds(value.find("end"));
    if (end < start) {
      report(*value.find("end"), pointer + "/end", "must not be before \"start\"");
      return false;
    }
    if (start < not_before) {
      report(*value.find("start"), pointer + "/start",
             "must not be before the start of the one before");
      return false;
    }
    return true;
  }

  void add_word(const Value& value, const std::string& pointer, Cue& cue) {
    Word word{.text = trimmed(value.find("word")->text)};
    const Rational last = cue.words.empty() ? Rational(0) : cue.words.back().start;
    if (!times(value, pointer, last, word.start, word.end) || word.text.empty()) return;
    if (!cue.text.empty()) cue.text += ' ';
    cue.text += word.text;
    cue.end = std::max(cue.end, word.end);
    cue.words.push_back(std::move(word));
  }

  void add_line(const Value& value, const std::string& pointer) {
    Cue cue;
    const Rational last = out_.cues.empty() ? Rational(0) : out_.cues.back().start;
    if (!times(value, pointer, last, cue.start, cue.end)) return;
    const Rational end = cue.end;
    if (const Value* words = value.find("words")) {
      for (size_t i = 0; i < words->items.size(); ++i) {
        add_word(words->items[i], schema::child(pointer + "/words", i), cue);
      }
    }
    cue.end = end;
    cue.text = trimmed(value.find("text")->text);
    if (!cue.text.empty()) out_.cues.push_back(std::move(cue));
  }

  std::string_view file_;
  WordList& out_;
};

// What transcribers wrap it in: {"words": [...]} or {"segments": [{"text": ..., "words": ...},
// ...]}.
const Value& list_in(const Value& root) {
  for (const char* key : {"words", "segments"}) {
    if (const Value* list = root.find(key); list != nullptr && list->is_array()) return *list;
  }
  return root;
}

}  // namespace

WordList parse_words(std::string_view text, std::string_view file) {
  schema::ParsedJson json = schema::parse_json(text, file);
  WordList out;
  out.diagnostics = std::move(json.diagnostics);
  if (!out.ok() || !json.value) return out;
  const Value& list = list_in(*json.value);
  out.diagnostics = schema::validate(list, *schema::builtin_schema("timeline"), file, "word_list");
  if (out.ok()) WordReader(file, out).read(list, "");
  return out;
}

WordList words_of(const Value& list, std::string_view file, std::string_view pointer) {
  WordList out;
  WordReader(file, out).read(list, pointer);
  return out;
}

}  // namespace rushes::timeline
