#pragma once

// A part of a recording whose picture was encoded anew, all of it, as a file of its own. What else
// the recording holds is copied.

#include <vector>

#include "base/bytes.h"
#include "mp4/cut.h"

namespace rushes::mp4 {

// Frames of the picture as they are shown, counted from 0.
struct ShownFrames {
  int64_t first = 0, end = 0;
  int64_t count = 0;          // that the recording has
  Rational from, to;          // when the first begins, and the last ends
  Rational all_from, all_to;  // where what is beside the picture does

  int64_t frames() const { return end - first; }
};

// From the frame that is shown at `wanted.from` to the last that begins before `wanted.to`.
// kInvalidArgument: there is no picture, or none in this range.
base::Result<ShownFrames> frames_in(const Recording& recording, const Wanted& wanted);

struct Encoded {
  const Movie& movie;  // a picture of those frames and nothing else, of one rate, upright
  uint16_t source;     // its number among `sources`
};

// What the recording says of its picture stays, but for its size, format and rotation. Sound and
// data go with the picture as in a cut to the frame. kInternal: it has another number of frames.
base::Result<Cut> exact_cut(const Recording& recording, const ShownFrames& shown,
                            const Encoded& encoded,
                            const std::vector<const base::ByteSource*>& sources);

}  // namespace rushes::mp4
