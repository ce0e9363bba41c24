#pragma once

// Fragments of MP4 (ISO/IEC 14496-12, section 8.8): a moof that says where samples lie, and the
// mdat that holds them.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace rushes::mp4 {

// Of the first fragment in a file: where its first sample ends, counted from the beginning of the
// file. Whoever has the bytes before can decode that one. kCorrupt, kUnsupported: another fragment
// than of one track, by offsets from its own beginning.
base::Result<uint64_t> end_of_first_sample(const base::ByteSource& file);

}  // namespace rushes::mp4
