#pragma once

// Gaussian blur of a mask: three box passes each way with fractional edges, in integers.

#include <cstdint>
#include <vector>

namespace rushes::text {

struct Mask {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

// How far ink spreads: the mask needs this margin.
int blur_reach(double sigma);
void blur(Mask& mask, double sigma);

}  // namespace rushes::text
