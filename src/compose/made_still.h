#pragma once

// What is made of a still before it is composed, and kept so that it need not be made again.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "frame/frame.h"

namespace rushes::compose {

class Sources;

struct StillVariant {
  enum class Kind : uint8_t {
    kPicture,  // working colours, premultiplied; at least this size, or all that the source has
    kLuma,     // luma_plane() of exactly this size
  };
  Kind kind = Kind::kPicture;
  int width = 0;
  int height = 0;

  // Names all of it: "picture 1080x1920".
  std::string name() const;
  // False for what made_still() cannot have given. Frames of this format and size are safe to
  // compose, whatever their samples.
  bool can_be(const frame::Format& format, int frame_width, int frame_height) const;
  friend bool operator==(const StillVariant&, const StillVariant&) = default;
};

// Recalled, or else made and remembered.
base::Result<frame::Frame> made_still(Sources& sources, int input, const StillVariant& variant);

}  // namespace rushes::compose
