#pragma once

// What is to be rendered next by who looks for qualities: rate.h, quality.h.

#include <cstddef>
#include <vector>

namespace rushes::plan {

struct Trial {
  std::vector<size_t> segments;  // ascending
  std::vector<double> crf;       // of each of these
};

}  // namespace rushes::plan
