#pragma once

// NAL units: what H.264 and HEVC bitstreams are made of. Internal to this layer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace rushes::media {

using NalView = std::span<const uint8_t>;
using NalBytes = std::vector<uint8_t>;

// By start codes (ITU-T H.264 Annex B), without zeros at their ends; by lengths of so many bytes
// (ISO/IEC 14496-15). Empty ones are left out. kCorrupt: one reaches beyond the end.
std::vector<NalView> nals_by_start_codes(NalView bytes);
base::Result<std::vector<NalView>> nals_by_lengths(NalView bytes, size_t length_bytes);

// A payload with and without the bytes that keep start codes from occurring in it (7.4.1).
NalBytes unescape(NalView nal);
NalBytes escape(NalView payload);

// Appends a unit with its length. kInternal: it is too long for so few bytes.
base::Status append_nal(NalBytes& out, NalView nal, size_t length_bytes);

// Position, in bits, of the one that ends a payload; 0 if there is none.
size_t stop_bit(NalView payload);

}  // namespace rushes::media
