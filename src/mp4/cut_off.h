#pragma once

// Recordings without an index: what recorders leave that lose power. Internal to this layer.

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace rushes::mp4 {

// What is there, and what can be done about it, for people. `media` is what "mdat" holds, to the
// end of the file.
base::Result<std::string> cut_off_text(const base::ByteSource& source,
                                       const base::ByteRange& media);

}  // namespace rushes::mp4
