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

// Blurs lines of one length, again and again.
class Line {
 public:
  Line(size_t length, const BoxSize& box)
      : length_(length),
        box_(box),
        margin_(static_cast<size_t>(box.radius) + 1),
        in_(length + 2 * margin_),
        out_(length) {
    total_ = 256ull * (2 * static_cast<uint64_t>(box.radius) + 1) + 2ull * box.edge;
    // A sum is at most 65535 * total_, so the product stays below 2^56.
    inverse_ = (uint64_t{1} << kShift) / total_;
  }

  uint16_t* samples() { return in_.data() + margin_; }

  void blur() {
    const uint16_t* s = samples();
    if (std::all_of(s, s + length_, [](uint16_t v) { return v == 0; })) return;
    for (int pass = 0; pass < 3; ++pass) {
      pass_once();
      std::copy(out_.begin(), out_.end(), samples());
    }
  }

 private:
  static constexpr int kShift = 40;

  // The margins of `in_` are zero: nothing lies beyond the ends.
  void pass_once() {
    const size_t window = 2 * margin_ - 1;  // of whole samples
    const uint16_t* left = in_.data();      // the weighted sample before the window
    uint64_t sum = 0;
    for (size_t i = 1; i <= window; ++i) sum += left[i];
    for (size_t i = 0; i < length_; ++i, ++left) {
      const uint64_t edges = uint64_t{left[0]} + left[window + 1];
      out_[i] =
          static_cast<uint16_t>((sum * 256 + edges * box_.edge + total_ / 2) * inverse_ >> kShift);
      sum += left[window + 1];
      sum -= left[1];
    }
  }

  size_t length_;
  BoxSize box_;
  size_t margin_;
  std::vector<uint16_t> in_, out_;
  uint64_t total_ = 1, inverse_ = 0;
};

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
  Line across(width, box);
  for (size_t y = 0; y < height; ++y) {
    uint16_t* row = wide.data() + y * width;
    std::copy(row, row + width, across.samples());
    across.blur();
    std::copy(across.samples(), across.samples() + width, row);
  }
  // Columns are taken sixteen at a time, so that each visit to a row brings a cache line's worth.
  constexpr size_t kColumns = 16;
  std::vector<Line> down(kColumns, Line(height, box));
  for (size_t x = 0; x < width; x += kColumns) {
    const size_t columns = std::min(kColumns, width - x);
    for (size_t y = 0; y < height; ++y) {
      for (size_t c = 0; c < columns; ++c) down[c].samples()[y] = wide[y * width + x + c];
    }
    for (size_t c = 0; c < columns; ++c) down[c].blur();
    for (size_t y = 0; y < height; ++y) {
      for (size_t c = 0; c < columns; ++c) wide[y * width + x + c] = down[c].samples()[y];
    }
  }
  for (size_t i = 0; i < wide.size(); ++i) {
    mask.pixels[i] = static_cast<uint8_t>((wide[i] + 128) / 257);
  }
}

}  // namespace rushes::text
