#pragma once

// Starts the jailed child: this same program with kChildArgument, by fork and exec, so that it
// shares no memory, no random layout and no descriptor with the broker.

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::engine {

struct ChildProcess {
  pid_t pid = -1;
  base::UniqueFd packages;    // a socket, see package.h
  base::UniqueFd events;      // its lines, not blocking
  base::UniqueFd last_words;  // its stderr, not blocking
};

base::Result<ChildProcess> start_child();

}  // namespace rushes::engine
