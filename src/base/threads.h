#pragma once

// Work that blocks, in threads of its own, while whoever began it goes on looking after the rest.

#include <functional>

#include "base/result.h"

namespace rushes::base {

// Runs `work` in so many threads at once, and calls `meanwhile` every few milliseconds until all of
// them have ended. The first error of `work`; it must not throw.
Status run_threads(int threads, const std::function<Status()>& work,
                   const std::function<void()>& meanwhile);

}  // namespace rushes::base
