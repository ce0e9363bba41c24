#pragma once

// Word and cue lists, as transcribers write them:
//   [{"word": "Hello", "start": 0.2, "end": 0.6}, ...]
//   [{"text": "Hello there", "start": 0.2, "end": 1.4, "words": [{"word": ...}, ...]}, ...]
// A file may hold the list as "words" or "segments" of an object, as Whisper writes it.

#include <string_view>
#include <vector>

#include "schema/diagnostic.h"
#include "schema/json_value.h"
#include "schema/program.h"

namespace rushes::timeline {

struct WordList {
  // A list of words is one cue that holds them all; it is grouped for show by the caption's limits.
  std::vector<schema::Cue> cues;
  std::vector<schema::Diagnostic> diagnostics;
  bool ok() const { return !schema::has_errors(diagnostics); }
};

// The content of a .json file of words.
WordList parse_words(std::string_view text, std::string_view file);

// The same from a part of a document.
WordList words_of(const schema::Value& list, std::string_view file, std::string_view pointer);

}  // namespace rushes::timeline
