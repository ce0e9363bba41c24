#pragma once

// A part of a recording without encoding it again.

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "mp4/recording.h"

namespace rushes::mp4 {

// Seconds since the recording began; from its beginning, and to its end, where nothing is said.
struct Wanted {
  std::optional<Rational> from, to;
};

struct Cut {
  Movie movie;  // its samples lie where they lay, but for those of Movie::own
  // What it came to: from a keyframe, the last one not after what was wanted; to the end of the
  // frame that is shown last before it. Without a picture, as wanted.
  Rational from, to;
  int64_t frames = 0;  // of the picture
};

// `sources` are the chapters. What has to be decoded and not to be seen (frames after the last one
// that others need, the packet of sound before the first) is hidden by edit lists. A timecode
// counts from what it was at `from`. kInvalidArgument: there is nothing in this range.
base::Result<Cut> cut(const Recording& recording, const Wanted& wanted,
                      const std::vector<const base::ByteSource*>& sources);

}  // namespace rushes::mp4
