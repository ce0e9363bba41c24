#pragma once

// Turning pictures. Internal to this layer.

#include <cstdint>
#include <optional>
#include <span>

#include "frame/frame.h"
#include "media/probe.h"

namespace rushes::media {

// EXIF's value 1 to 8; anything else is upright.
Orientation from_exif(int value);
// A display matrix as libav keeps it: nine 32-bit numbers. Nothing if it is not of right angles.
std::optional<Orientation> from_display_matrix(std::span<const uint8_t> matrix);

// The frame itself if it is upright already. Luma, alpha, RGB and 4:4:4 are only moved. Subsampled
// chroma that is mirrored along a subsampled axis ends up centred amid its luma, or at full size
// (4:4:4) where the turned grid would not be one of frame.h's: 4:2:2 on its side, odd sizes.
frame::Frame upright(const frame::Frame& frame, Orientation orientation);

// The format that upright() gives pictures of this format and size.
frame::Format upright_format(frame::Format format, int width, int height, Orientation orientation);

}  // namespace rushes::media
