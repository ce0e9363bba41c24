#pragma once

// Landlock with no rules: no path can be opened, made, removed or run, no TCP port bound or
// reached, no process outside signalled. It stands behind the seccomp filter, in case of a hole.

#include "base/result.h"

namespace rushes::engine {

// The version that the kernel offers, at most the one that this file knows; 0: none.
int landlock_abi();

struct LandlockOptions {
  int abi = 0;              // from landlock_abi()
  bool keep_reads = false;  // files may be opened for reading: for where seccomp is missing
};

// For the calling thread and those that it starts later. Needs PR_SET_NO_NEW_PRIVS.
base::Status install_landlock(const LandlockOptions& options);

}  // namespace rushes::engine
