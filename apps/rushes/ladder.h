#pragma once

// --ladder: which sizes a recording is offered in.

#include <string>

#include "preset.h"

namespace rushes::app {

// What --ladder says without a value.
inline constexpr char kUsualLadder[] = "usual";
// The preset that it stands for where no other is named.
inline constexpr char kLadderPreset[] = "ladder";
// Long enough for the encoder, short enough for players to change their mind.
inline constexpr char kLadderSegment[] = "4s";

bool is_ladder(const Preset& preset);

// Gives the preset the renditions that are wanted: "1080,720,480" lines, of which it keeps those
// that it says more about; or the usual ones, where it has none. kInvalidArgument (kUsage): another
// text than that.
base::Status set_ladder(Preset& preset, const std::string& wanted);

}  // namespace rushes::app
