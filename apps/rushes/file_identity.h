#pragma once

#include <string>

#include "base/result.h"

namespace rushes::app {

// What tasks insist on: "device:inode:size:time of change" of a regular file, links followed, as
// the engine says it of its inputs.
base::Result<std::string> file_identity(const std::string& path);

}  // namespace rushes::app
