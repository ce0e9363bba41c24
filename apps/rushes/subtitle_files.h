#pragma once

// --subtitles: files that are offered beside a picture in HLS and DASH.

#include <string>
#include <vector>

#include "base/result.h"

namespace rushes::app {

struct SubtitleFile {
  std::string path;      // absolute
  std::string format;    // "srt" or "vtt"
  std::string language;  // "en" of game.en.srt; empty: the name does not say
  std::string hash;      // of what it holds
  std::string identity;  // of the file that was hashed
  std::string track() const { return language.empty() ? "subtitles" : "subtitles-" + language; }
};

// As named on the command line. kInvalidArgument: not such a file, or two of one language.
base::Result<std::vector<SubtitleFile>> subtitle_files(const std::vector<std::string>& names);

}  // namespace rushes::app
