#include "media/dither.h"

#include <algorithm>
#include <array>

namespace rushes::media {
namespace {

using Vector = std::array<int, 3>;

Vector difference(const Ycc& a, const Ycc& b) { return {a.y - b.y, a.cb - b.cb, a.cr - b.cr}; }

int product(const Vector& a, const Vector& b) {
  return kWeights[0] * a[0] * b[0] + kWeights[1] * a[1] * b[1] + kWeights[2] * a[2] * b[2];
}

// Bayer's: each of 0 to 63 once, such that those up to any bound are spread evenly.
constexpr std::array<std::array<uint8_t, 8>, 8> thresholds() {
  std::array<std::array<uint8_t, 8>, 8> out{};
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      int value = 0;
      for (int bit = 0; bit < 3; ++bit) {
        const int a = x >> bit & 1;
        const int b = y >> bit & 1;
        value = value << 2 | ((a ^ b) << 1 | b);
      }
      out[static_cast<size_t>(y)][static_cast<size_t>(x)] = static_cast<uint8_t>(value);
    }
  }
  return out;
}
constexpr auto kThresholds = thresholds();

}  // namespace

Dither::Dither(const std::vector<Rgb>& palette) : mixes_(kCells) {
  for (const Rgb& c : palette) colors_.push_back(to_ycc(c));
}

// The other is the one with which a mix comes closest, unless it is so far that the pattern would
// show more than the error did.
Dither::Mix Dither::mix_of(const Ycc& middle) const {
  Mix out{.length = 0};
  int least = -1;
  for (size_t i = 0; i < colors_.size(); ++i) {
    const Vector d = difference(middle, colors_[i]);
    const int distance = product(d, d);
    if (least >= 0 && distance >= least) continue;
    least = distance;
    out.nearest = static_cast<uint8_t>(i);
  }
  const Vector error = difference(middle, colors_[out.nearest]);
  constexpr int kWhole = 64;
  int64_t best = int64_t{least} * kWhole * kWhole;
  for (size_t i = 0; i < colors_.size(); ++i) {
    const Vector way = difference(colors_[i], colors_[out.nearest]);
    const int length = product(way, way);
    const int along = product(error, way);
    if (along <= 0 || length == 0) continue;
    const int64_t part = std::min(int64_t{kWhole} * along / length, int64_t{kWhole});
    int64_t left = 0;
    for (size_t k = 0; k < 3; ++k) {
      const int64_t e = int64_t{kWhole} * error[k] - part * way[k];
      left += kWeights[k] * e * e;
    }
    const int64_t pattern = part * (kWhole - part) * length / 8;
    if (left + pattern >= best) continue;
    best = left + pattern;
    out.other = static_cast<uint8_t>(i);
    out.length = length;
  }
  return out;
}

uint8_t Dither::color(const Ycc& pixel, int x, int y) {
  const int cell = cell_of(pixel);
  Mix& mix = mixes_[static_cast<size_t>(cell)];
  if (mix.length < 0) {
    mix = mix_of({static_cast<uint8_t>((cell >> 12) * 4 + 2),
                  static_cast<uint8_t>((cell >> 6 & 63) * 4 + 2),
                  static_cast<uint8_t>((cell & 63) * 4 + 2)});
  }
  if (mix.length == 0) return mix.nearest;
  const Vector way = difference(colors_[mix.other], colors_[mix.nearest]);
  const int along = product(difference(pixel, colors_[mix.nearest]), way);
  const int threshold = 2 * kThresholds[static_cast<size_t>(y % 8)][static_cast<size_t>(x % 8)] + 1;
  return 128 * int64_t{along} > int64_t{threshold} * mix.length ? mix.other : mix.nearest;
}

}  // namespace rushes::media
