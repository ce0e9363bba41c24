#pragma once

// Some of a program's segments, to learn from before all are rendered.

#include <cstddef>
#include <vector>

namespace rushes::plan {

// Spread evenly, ascending: an eighth of them, at least four, or all if there are not so many.
std::vector<size_t> sample_of(size_t segments);

}  // namespace rushes::plan
