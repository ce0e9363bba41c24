#pragma once

// What ways to cut share. Internal to this layer.

#include <vector>

#include "base/bytes.h"
#include "mp4/cut.h"

namespace rushes::mp4 {

// Seconds of the recording.
struct Window {
  Rational from, to;
};

// kInvalidArgument: there is nothing in this range.
base::Result<Window> window_of(const Recording& recording, const Wanted& wanted);

// Of all tracks, where the picture is shown in `picture`: with it, but what lies before its first
// frame and after its last is kept, as far as it was wanted.
base::Result<Window> around(const Recording& recording, const Wanted& wanted,
                            const Window& picture);

// Samples `first` to `end`, from 0 on; `shown` is the time of the recording that becomes 0.
Track part_of(const Track& track, size_t first, size_t end, const Window& shown);

// Of a picture that part_of() made.
int64_t frames_shown(const Track& part);

// Where what is shown last before `to` ends: when the next picture is shown, or with the track.
Rational picture_end(const Track& track, const Rational& to);

// All tracks but the picture, in what is shown of the recording, but none beyond its own end. A
// timecode counts from what it was, and marks of chapters move along.
base::Status cut_others(const Recording& recording, const Window& shown,
                        const std::vector<const base::ByteSource*>& sources, Movie& out);

}  // namespace rushes::mp4
