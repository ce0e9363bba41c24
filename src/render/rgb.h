#pragma once

#include <cstddef>
#include <vector>

#include "frame/frame.h"

namespace rushes::render {

// A picture in the working format as packed 8-bit RGB rows: for looking at, not for measuring.
// Chroma is interpolated linearly across, as it is sited.
std::vector<std::byte> to_rgb(const frame::Frame& picture);

}  // namespace rushes::render
