#include "plan/sample.h"

#include <algorithm>

namespace rushes::plan {

std::vector<size_t> sample_of(size_t segments) {
  constexpr size_t kLeast = 4, kShare = 8;
  const size_t wanted = std::min(segments, std::max(kLeast, segments / kShare));
  std::vector<size_t> out;
  for (size_t i = 0; i < wanted; ++i) out.push_back((2 * i + 1) * segments / (2 * wanted));
  return out;
}

}  // namespace rushes::plan
