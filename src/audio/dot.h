#pragma once

// The inner loop of every filter here. Four sums run side by side and are added in a fixed order,
// so the bits do not depend on what the compiler or the processor makes of it.

#include <cstring>

namespace rushes::audio {

// n is a multiple of 8; no alignment is needed.
inline float dot(const float* a, const float* b, int n) {
  typedef float Four __attribute__((vector_size(16)));
  Four even = {0, 0, 0, 0};
  Four odd = {0, 0, 0, 0};
  for (int i = 0; i < n; i += 8) {
    Four a0, a1, b0, b1;
    std::memcpy(&a0, a + i, sizeof a0);
    std::memcpy(&b0, b + i, sizeof b0);
    std::memcpy(&a1, a + i + 4, sizeof a1);
    std::memcpy(&b1, b + i + 4, sizeof b1);
    even += a0 * b0;
    odd += a1 * b1;
  }
  const Four sum = even + odd;
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

}  // namespace rushes::audio
