#include "text/blur.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace rushes::text {
namespace {

// A box of half-width `radius` whole samples and one more of weight edge/256 at either end. Three
// of them in a row have the variance sigma^2.
struct BoxSize {
  int radius = 0;
  uint32_t edge = 0;
};

BoxSize box_size(double sigma) {
  // Of a box with real length L the variance is (L^2 - 1) / 12.
  const double length = std::sqrt(4 * sigma * sigma + 1);
  BoxSize box;
  box.radius = static_cast<int>((length - 1) / 2);
  const double r = box.radius;
  // Variance of the box with edges a: (r(r+1)(2r+1)/3 + 2a(r+1)^2) / (2r+1+2a) = sigma^2 / 3.
  const double v = sigma * sigma / 3;
  const double a =
      (v * (2 * r + 1) - r * (r + 1) * (2 * r + 1) / 3) / (2 * ((r + 1) * (r + 1) - v));
  box.edge = static_cast<uint32_t>(std::clamp(a, 0.0, 1.0) * 256 + 0.5);
  return box;
}

// One row of 16-bit samples, zero beyond its ends.
void box_row(const std::vector<uint16_t>& in, std::vector<uint16_t>& out, const BoxSize& box) {
  const int n = static_cast<int>(in.size());
  const auto at = [&](int i) -> uint64_t {
    return i < 0 || i >= n ? 0 : in[static_cast<size_t>(i)];
  };
  const uint64_t total = 256ull * (2 * static_cast<uint64_t>(box.radius) + 1) + 2ull * box.edge;
  uint64_t sum = 0;
  for (int i = -box.radius; i <= box.radius; ++i) sum += at(i);
  for (int i = 0; i < n; ++i) {
    const uint64_t edges = at(i - box.radius - 1) + at(i + box.radius + 1);
    out[static_cast<size_t>(i)] =
        static_cast<uint16_t>((sum * 256 + edges * box.edge + total / 2) / total);
    sum += at(i + box.radius + 1);
    sum -= at(i - box.radius);
  }
}

}  // namespace

int blur_reach(double sigma) {
  if (sigma <= 0) return 0;
  return 3 * (box_size(sigma).radius + 1);
}

void blur(Mask& mask, double sigma) {
  if (sigma <= 0 || mask.width <= 0 || mask.height <= 0) return;
  const BoxSize box = box_size(sigma);
  const auto width = static_cast<size_t>(mask.width);
  const auto height = static_cast<size_t>(mask.height);
  // 8-bit steps would show in wide shadows: 16 bits between the passes.
  std::vector<uint16_t> wide(width * height);
  for (size_t i = 0; i < wide.size(); ++i) wide[i] = static_cast<uint16_t>(mask.pixels[i] * 257);
  const auto run = [&box](std::vector<uint16_t>& line, std::vector<uint16_t>& other) {
    for (int pass = 0; pass < 3; ++pass) {
      box_row(line, other, box);
      line.swap(other);
    }
  };
  std::vector<uint16_t> line(width), other(width);
  for (size_t y = 0; y < height; ++y) {
    std::copy_n(wide.begin() + static_cast<ptrdiff_t>(y * width), width, line.begin());
    run(line, other);
    std::copy(line.begin(), line.end(), wide.begin() + static_cast<ptrdiff_t>(y * width));
  }
  line.assign(height, 0);
  other.assign(height, 0);
  for (size_t x = 0; x < width; ++x) {
    for (size_t y = 0; y < height; ++y) line[y] = wide[y * width + x];
    run(line, other);
    for (size_t y = 0; y < height; ++y) wide[y * width + x] = line[y];
  }
  for (size_t i = 0; i < wide.size(); ++i) {
    mask.pixels[i] = static_cast<uint8_t>((wide[i] + 128) / 257);
  }
}

}  // namespace rushes::text
