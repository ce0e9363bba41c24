#pragma once

// Takes away from this process, for ever, everything that decoding and encoding do not need.
// docs/security.md says what is refused and how; jail_test.cc tries to break out.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace rushes::engine {

struct JailLimits {
  uint64_t memory_bytes = 0;  // private writable memory; 0: no limit
  uint64_t file_bytes = 0;    // largest file that can be written; 0: no limit
  int descriptors = 256;
  // Hardware that encodes can be reached: the devices of GPUs, for reading and writing, and what
  // their drivers are loaded from, for reading. Wants Landlock, which tells these paths from
  // others.
  bool devices = false;
};

// False in builds with a sanitizer that needs to open files (address, thread, memory): the jail is
// then off, and says so.
bool jail_is_built_in();

// What is in force. A part that is off carries the reason.
struct JailState {
  bool seccomp = false;
  int landlock_abi = 0;               // 0: off
  std::vector<std::string> warnings;  // one for each part that this kernel or build lacks
};

// The process must have a single thread. Fails when a part that the kernel offers cannot be put in
// force; a part that the kernel does not offer is a warning.
base::Result<JailState> enter_jail(const JailLimits& limits);

}  // namespace rushes::engine
