#pragma once

// Slices of HEVC pictures, counted without decoding. Internal to this layer.

#include <cstddef>
#include <span>

#include "media/av.h"

namespace rushes::media {

// Whether a packet of HEVC holds more than one slice segment. `parameters` tell how NAL units are
// divided: by lengths (MP4, Matroska) or start codes (others). ITU-T H.265 7.3.1, Annex B; ISO/IEC
// 14496-15 8.3.
bool has_several_slices(std::span<const uint8_t> packet, const AVCodecParameters& parameters);

}  // namespace rushes::media
