#pragma once

// A recording and a preset as a timeline: a clip for each chapter. Pure.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"

namespace rushes::app {

struct RecordedChapter {
  std::string path;     // absolute
  nlohmann::json info;  // what the probe task says of it
};

// A time in the recording: seconds since it began, a number of frames, or seconds since 1970 by the
// clock of the camera.
struct RecordedTime {
  std::optional<base::Rational> seconds;
  int64_t frame = 0;
  std::optional<base::Rational> clock = {};
};

struct TranscodeSpan {
  std::optional<RecordedTime> from, to;  // the picture that is shown at `to` is left out
};

struct TranscodeTimeline {
  nlohmann::json document;  // paths are variables: no text of theirs means anything
  std::vector<std::string> warnings;
  base::Rational begins;   // seconds of the recording that come before
  base::Rational seconds;  // that are rendered
  base::Rational missed;   // seconds by which the recording ends before what was asked for
  int64_t frames = 0;      // of the recording, by its length and rate
};

// By the clock, a span that begins before the recording does begins with it. Errors
// (kInvalidArgument, kUnsupported): a chapter without a picture, chapters that differ, a span that
// holds nothing, a clock where the recording does not say when it was made.
base::Result<TranscodeTimeline> transcode_timeline(const nlohmann::json& preset,
                                                   const std::vector<RecordedChapter>& chapters,
                                                   const TranscodeSpan& span);

}  // namespace rushes::app
