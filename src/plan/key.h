#pragma once

// Names for what is rendered: everything that can change the bytes, and nothing else.

#include <optional>
#include <string>

#include "plan/slice.h"

namespace rushes::plan {

// 32 hex digits. `crf`: the quality that takes the place of the program's bit rate (rate.h).
// `numeric_class` is what the engine says of itself: its build, the libraries it is
// linked with, its encoder's fixed settings.
std::string video_key(const Slice& slice, const std::string& numeric_class,
                      std::optional<double> crf = {});
// Of sound_slice(), for the sound of frames [first, end).
std::string audio_key(const Slice& sound, const Segment& range, const std::string& numeric_class);

// What the keys are made of: the slice without what only messages need.
std::string key_text(const schema::Program& slice);

}  // namespace rushes::plan
