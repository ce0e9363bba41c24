#pragma once

// Where a program is cut into segments. Pure, and from the program alone: never from the number of
// workers or the machine.
//
// Places where a cut is cheap are looked for: hard cuts, where a keyframe costs nothing; where a
// transition has ended; in long clips every `target_frames`, counted in the source's
// own time, or rather at the keyframe of the source before that: whoever begins there decodes
// nothing in vain, and often the scene changes. A place becomes a boundary if no better one lies
// within half of target_frames, and nothing farther away has a say: what is inserted or changed
// moves the boundaries near it, and the others stay where they are within their clips. Gaps of more
// than one and a half times target_frames are filled, with the best place that is left or else
// evenly. Better: a hard cut before any other; then by a hash of what the clip shows, which gives
// every place an order of its own that no insertion disturbs.

#include <cstdint>
#include <optional>
#include <vector>

#include "schema/program.h"

namespace rushes::plan {

// Frames [first, end) of the program.
struct Segment {
  int64_t first = 0;
  int64_t end = 0;
  int64_t frames() const { return end - first; }
  friend bool operator==(const Segment&, const Segment&) = default;
};

// No segment is shorter, unless the range itself is: below, decoding times collide when joined.
inline constexpr int64_t kLeastFrames = 16;

struct CutOptions {
  int64_t first = 0;  // the range that is cut
  int64_t end = 0;
  // Length that segments should have; empty: that of default_segment().
  std::optional<base::Rational> seconds;
};

// About eight seconds, in whole GOPs of the program's encoder.
int64_t default_segment(const schema::Program& program);

// Contiguous, in order, from options.first to options.end. Lengths lie between half and one and
// a half times the target, apart from ranges too short for that.
std::vector<Segment> cut(const schema::Program& program, const CutOptions& options);

}  // namespace rushes::plan
