#pragma once

// Bytes of an input that become bytes of the output without coming here: where both lie in one
// bucket, and the task's output is "joined" (docs/formats/task.md).

#include <cstdint>

#include "base/result.h"
#include "engine/task.h"

namespace rushes::engine {

bool can_copy(const InputFile& from, const OutputFile& to);

// Behind what has been written to the output; of an input for which that can be done.
base::Status copy(const InputFile& from, const OutputFile& to, uint64_t offset, uint64_t size);

}  // namespace rushes::engine
