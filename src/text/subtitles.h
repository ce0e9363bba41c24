#pragma once

// Subtitle files into cues. Pure functions of bytes: no fonts, no files, no clock.
//
// Encoding: UTF-8 with or without a byte order mark; UTF-16 by its mark or its zeros; anything else
// is read as Windows-1252 (warning). Line ends: LF, CRLF, CR.
// Times: a line that should be a timing and is none is an error with its line number. A cue that
// ends before it starts is an error; one that ends as it starts is dropped (warning). Negative
// times are cut at 0, and a cue wholly before 0 is dropped (warning). Cues are returned by start;
// those that overlap are left as they are (CaptionRenderer resolves them).
// Mark-up is removed (<i>, {\an8}, positions: one warning each kind); entities become characters.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/program.h"

namespace rushes::text {

inline constexpr size_t kMaxSubtitleBytes = 16 << 20;
inline constexpr size_t kMaxCues = 100000;
inline constexpr size_t kMaxCueBytes = 16 << 10;

struct Subtitles {
  std::vector<schema::Cue> cues;
  std::vector<std::string> warnings;
};

base::Result<Subtitles> parse_srt(std::string_view bytes);
// Inline times (<00:00:01.000>) become words with times.
base::Result<Subtitles> parse_vtt(std::string_view bytes);

struct DecodedText {
  std::string utf8;  // LF line ends, no mark, no NUL
  std::vector<std::string> warnings;
};
base::Result<DecodedText> decode_text(std::string_view bytes);

}  // namespace rushes::text
