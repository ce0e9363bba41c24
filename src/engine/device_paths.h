#pragma once

// What a task needs to reach hardware that encodes: the nodes of NVIDIA's GPUs and the render nodes
// of others, and where drivers and their libraries lie.

#include <vector>

#include "engine/landlock.h"

namespace rushes::engine {

// Of this machine, those that are there.
std::vector<AllowedPath> device_paths();

}  // namespace rushes::engine
