#pragma once

// Which command has been told of which object, in a folder of the cache:
//
//   FOLDER/handed/KEY.json  {"uri", "version"}
//
// KEY is the hash of these and of the command, which may hold secrets and is written nowhere.

#include <string>

#include "base/result.h"

namespace rushes::app {

struct Handover {
  std::string uri;
  std::string version;  // of the object
  std::string command;
};

// Whether it has come to its end.
bool is_handed_over(const std::string& folder, const Handover& handover);
// From here on also after a power cut.
base::Status note_handover(const std::string& folder, const Handover& handover);

}  // namespace rushes::app
