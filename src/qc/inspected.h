#pragma once

// What the engine's task "inspect" says of a rendered file.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"

namespace rushes::qc {

using base::Rational;

struct TimeFault {
  int64_t frame = 0;
  Rational at, step;
};

struct TrackTiming {
  int64_t packets = 0;
  Rational first, length;
  int64_t gap_count = 0, double_count = 0;
  std::vector<TimeFault> gaps, doubles;  // the first of them
  int64_t untimed = 0, damaged = 0;
  uint64_t bytes = 0;
  std::vector<uint64_t> bytes_of_second;
  int64_t keyframes = 0, least_key_distance = 0, most_key_distance = 0;
};

struct InspectedVideo {
  std::string codec, profile, pixel_format;
  int width = 0, height = 0;  // upright, square pixels
  int rotation = 0;
  std::string sample_aspect, frame_rate;
  std::string matrix, range, primaries, transfer;  // empty: not tagged
  TrackTiming timing;
};

struct InspectedAudio {
  std::string codec, profile, layout;
  int sample_rate = 0, channels = 0;
  TrackTiming timing;
};

struct Inspected {
  std::string container;
  std::optional<InspectedVideo> video;
  std::optional<InspectedAudio> audio;
};

// kInternal: it is not what the engine writes.
base::Result<Inspected> inspected_from_json(const nlohmann::json& result);

}  // namespace rushes::qc
