#pragma once

// Landlock: no path can be opened but those that are named, none made, removed or run, no TCP port
// bound or reached, no process outside signalled. It stands behind the seccomp filter, in case of a
// hole.

#include <string>
#include <vector>

#include "base/result.h"

namespace rushes::engine {

// The version that the kernel offers, at most the one that this file knows; 0: none.
int landlock_abi();

// A file, or a folder with all that is in it. One that is not there is left out.
struct AllowedPath {
  std::string path;
  bool write = false;  // and, of a device, its own commands (ioctl); else for reading
};

struct LandlockOptions {
  int abi = 0;              // from landlock_abi()
  bool keep_reads = false;  // files may be opened for reading: for where seccomp is missing
  std::vector<AllowedPath> paths;
};

// For the calling thread and those that it starts later. Needs PR_SET_NO_NEW_PRIVS.
base::Status install_landlock(const LandlockOptions& options);

}  // namespace rushes::engine
