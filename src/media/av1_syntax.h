#pragma once

// What players must be told of an AV1 stream (AV1 bitstream specification 5.3, 5.5). Internal to
// this layer.

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace rushes::media::av1 {

// The sequence header within a temporal unit, with its OBU's own header. kInternal: it has none, or
// lengths that lead nowhere.
base::Result<std::span<const std::byte>> sequence_header(std::span<const std::byte> unit);

// "0.04M.08": profile, level, tier and bits of a sequence header that an encoder of ours made, as
// the AV1 binding to MP4 names them. 8-bit 4:2:0 of one operating point.
base::Result<std::string> profile_name(std::span<const std::byte> obu);

}  // namespace rushes::media::av1
