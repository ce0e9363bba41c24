#pragma once

// When the packets of a track are shown, and how large they are, found by reading them all. Nothing
// is decoded.

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "media/probe.h"

namespace rushes::media {

// Between one packet and the next in the order in which they are shown.
struct TimingFault {
  int64_t packet = 0;  // the later one, counted from 0
  Rational at;         // when it is shown, since the first
  Rational step;       // since the one before; 0 or less: both at once, or stepping back
};

struct Timing {
  int64_t packets = 0;
  Rational first;   // shown at, on the container's clock
  Rational length;  // until the last one ends
  // Steps that are off the expected one by more than half of it. Of each sort all are counted, and
  // the first kMaxFaults kept.
  int64_t gap_count = 0, double_count = 0;
  std::vector<TimingFault> gaps, doubles;
  int64_t untimed = 0;  // packets without a time of their own
  int64_t damaged = 0;  // places that the container's reader skipped or complained of
  uint64_t bytes = 0;
  std::vector<uint64_t> bytes_of_second;  // since the first; at most kMaxSeconds
  int64_t keyframes = 0;
  int64_t least_key_distance = 0, most_key_distance = 0;  // in packets as shown; 0: one keyframe
};

inline constexpr size_t kMaxFaults = 50;
inline constexpr size_t kMaxSeconds = 200'000;

struct TimingOptions {
  StreamKind kind = StreamKind::kVideo;
  int stream = 0;  // ordinal among those of its kind
  Rational step;   // how far apart packets should be; 0: steps are not looked at
};

// Memory grows by 8 bytes a second. Packets that are there to be decoded and not shown (edit lists)
// do not count.
base::Result<Timing> read_timing(const base::ByteSource& source, const TimingOptions& options);

}  // namespace rushes::media
