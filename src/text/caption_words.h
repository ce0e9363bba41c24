#pragma once

// Cues into words with times. For this layer's own files.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/program.h"

namespace rushes::text {

struct CaptionWord {
  std::string text;
  base::Rational start, end;
  bool space_before = false;  // within a line
  bool line_before = false;   // the author broke the line here
};

struct CaptionCue {
  base::Rational start, end;
  std::vector<CaptionWord> words;
  bool timed = false;  // the words' times were given, not spread
};

struct CueList {
  std::vector<CaptionCue> cues;  // by start, none overlaps the next
  std::vector<std::string> warnings;
};

// Spaces between words are those of the cue's text where it holds the same words; otherwise words
// stand apart unless their script is written without spaces. Words without times share the cue's
// time by length. Cues that start together become one; one that overlaps the next ends there.
base::Result<CueList> caption_words(const schema::CaptionsContent& content);

// Starts of grapheme clusters (what a reader takes for one letter), in bytes, without 0; the last
// is text.size().
std::vector<size_t> letters_of(std::string_view text);

}  // namespace rushes::text
