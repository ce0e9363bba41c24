#pragma once

// The clips of a document, flat, and when each is seen or heard.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/context.h"

namespace rushes::timeline {

enum class ClipKind : unsigned char { kImage, kVideo, kAudio, kColor, kGradient, kText, kCaptions };

struct ClipEntry {
  Node node;
  ClipKind kind = ClipKind::kImage;
  size_t track = 0;
  Node track_node;                  // null where the track is a plain list
  std::string id;                   // may be empty
  std::optional<Rational> natural;  // what "auto" is; absent: it has no length of its own

  Rational start, duration;  // once placed
  Rational transition;       // overlap with the clip before; 0: none
  bool placed = false;       // false after an error
  bool visual() const { return kind != ClipKind::kAudio; }
  Rational end() const { return start + duration; }
};

// "duration" as it stands, or the default of the clip's kind.
enum class DurationKind : unsigned char { kSeconds, kAuto, kEnd, kSameAs };
DurationKind duration_kind(const ClipEntry& clip);

// All clips, track after track. Reports ids that are used twice and lists that are too long.
std::vector<ClipEntry> list_clips(Context& context, const Node& tracks);

// Places every clip whose time can be found and reports the others. Returns the end of the output:
// `fixed_end`, or that of the last clip which is not "end" itself; 0 if there is none.
Rational place_clips(Context& context, std::vector<ClipEntry>& clips,
                     const std::optional<Rational>& fixed_end);

}  // namespace rushes::timeline
