#pragma once

// Names for what is rendered: everything that can change the bytes, and nothing else.

#include <optional>
#include <string>

#include "plan/hls.h"
#include "plan/slice.h"

namespace rushes::plan {

// What is found out for a segment by rendering it, beside what the program says.
struct Coding {
  std::optional<double> crf;  // in place of the program's bit rate (rate.h)
  std::optional<int> fill;    // of the decoder's buffer when the segment begins (buffer.h)
};

// 32 hex digits. `numeric_class` is what the engine says of itself: its build, the libraries it is
// linked with, its encoder's fixed settings.
std::string video_key(const Slice& slice, const std::string& numeric_class,
                      const Coding& coding = {});
// Of sound_slice(), for the sound of frames [first, end).
std::string audio_key(const Slice& sound, const Segment& range, const std::string& numeric_class);

// Of a stretch of the packets of the sound with that key, which is stored by itself.
std::string sound_piece_key(const std::string& audio_key, const SoundPiece& piece);

// What the keys are made of: the slice without what only messages need.
std::string key_text(const schema::Program& slice);

}  // namespace rushes::plan
