#pragma once

// Where a sound stands in the output, in whole output frames. Everything about it is counted from
// its own first frame, so a timeline shifted by whole frames sounds the same, shifted.

#include <cstdint>

#include "base/rational.h"
#include "schema/program.h"

namespace rushes::audio {

struct Placement {
  int64_t first = 0;     // round(start * rate); may be negative
  int64_t clip_end = 0;  // round((start + duration) * rate): what fade_out counts back from
  int64_t end = 0;       // <= clip_end: earlier where the part of the source is over before
};

Placement place(const schema::Sound& sound, int sample_rate);

}  // namespace rushes::audio
