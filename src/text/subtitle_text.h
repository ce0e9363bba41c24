#pragma once

// What SRT and WebVTT share. For this layer's own files.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/subtitles.h"

namespace rushes::text {

// Lines of a text with LF ends, numbered from 1 in messages.
class Lines {
 public:
  explicit Lines(std::string_view text);
  size_t size() const { return lines_.size(); }
  std::string_view operator[](size_t i) const { return lines_[i]; }  // without spaces at its end

 private:
  std::vector<std::string_view> lines_;
};

// One warning for each kind, with the first line and how many there were.
class Notes {
 public:
  void add(const std::string& kind, size_t line);
  void append_to(std::vector<std::string>& warnings) const;

 private:
  struct Seen {
    size_t first_line = 0, count = 0;
  };
  std::map<std::string, Seen> seen_;
};

base::Error at_line(size_t line, const std::string& message);

// "-01:02:03,456", "02:03.4"; minutes and seconds below 60.
std::optional<base::Rational> parse_timestamp(std::string_view text);

struct Timing {
  base::Rational start, end;
  std::string_view settings;  // what follows
};
// "a --> b", the line `number` of the file, with `cues` before it. The error says what is wrong.
base::Result<Timing> parse_timing(std::string_view line, size_t number, size_t cues, Notes& notes);

// "&amp;" and the like into characters; what is no entity stays.
std::string decode_entities(std::string_view text);

// Applies the rules of times in subtitles.h; false: drop the cue.
bool admit(schema::Cue& cue, size_t line, Notes& notes);

// Sorts, checks counts and hands over.
base::Result<Subtitles> finish(std::vector<schema::Cue> cues, std::vector<std::string> warnings,
                               const Notes& notes);

std::string_view trim(std::string_view text);

}  // namespace rushes::text
