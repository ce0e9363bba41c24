#pragma once

// A pipe whose ends are owned.

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::base {

struct Pipe {
  UniqueFd reader, writer;
};

// Both ends are closed in programs that are started. Reading does not block: for poll().
Result<Pipe> make_pipe();

}  // namespace rushes::base
