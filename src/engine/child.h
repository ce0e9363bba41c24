#pragma once

// The jailed half of rushes-engine. The broker starts it with these descriptors and no others:
// 0 and 1 /dev/null, 2 a pipe for last words, 3 packages from the broker, 4 the pipe for events.

#include "engine/task.h"

namespace rushes::engine {

inline constexpr char kChildArgument[] = "--jailed-child";
inline constexpr int kPackageFd = 3;
inline constexpr int kEventFd = 4;

// The exit status: 0 when the broker has been told how the task ended.
int child_main(Runner runner);

}  // namespace rushes::engine
