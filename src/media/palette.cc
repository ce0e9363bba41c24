#include "media/palette.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace rushes::media {
namespace {

uint8_t code_of(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

// Of a picture's plane of chroma at a row of luma, whose sites lie between two rows; four times
// what the codes are.
int between_rows(const frame::PlaneView& plane, int x, int y) {
  const int near = y / 2;
  const int far = std::clamp(y % 2 == 0 ? near - 1 : near + 1, 0, plane.height - 1);
  return 3 * plane.row(near)[x] + plane.row(far)[x];
}

// Some of a picture's colours, on their way to be one. Parts of a code for exactness.
constexpr int kParts = 16;
struct Sample {
  std::array<int, 3> at{};  // in parts
  uint64_t count = 0;
};

std::vector<Sample> samples_of(const ColorCounts& counts) {
  std::vector<Sample> out;
  for (const ColorCounts::Cell& cell : counts.cells()) {
    if (cell.count == 0) continue;
    Sample s{.count = cell.count};
    for (size_t i = 0; i < 3; ++i) {
      s.at[i] = static_cast<int>((cell.sum[i] * kParts + cell.count / 2) / cell.count);
    }
    out.push_back(s);
  }
  return out;
}

// Sums over some of the samples.
struct Sums {
  double count = 0;
  std::array<double, 3> sum{}, squares{};

  void add(const Sample& s, double sign = 1) {
    const double n = sign * static_cast<double>(s.count);
    count += n;
    for (size_t i = 0; i < 3; ++i) {
      sum[i] += n * s.at[i];
      squares[i] += n * s.at[i] * s.at[i];
    }
  }
  // Of all of them from their mean, weighted.
  double error(size_t axis) const {
    return kWeights[axis] * (squares[axis] - sum[axis] * sum[axis] / count);
  }
  double error() const { return error(0) + error(1) + error(2); }
  std::array<int, 3> mean() const {
    std::array<int, 3> out;
    for (size_t i = 0; i < 3; ++i) out[i] = static_cast<int>(sum[i] / count + 0.5);
    return out;
  }
};

struct Box {
  std::span<Sample> samples;
  Sums sums;
  explicit Box(std::span<Sample> all) : samples(all) {
    for (const Sample& s : samples) sums.add(s);
  }
};

// In two where least error is left, across the axis that has most.
std::pair<Box, Box> divide(const Box& box) {
  size_t axis = 0;
  for (size_t i = 1; i < 3; ++i) {
    if (box.sums.error(i) > box.sums.error(axis)) axis = i;
  }
  std::ranges::sort(box.samples, {}, [axis](const Sample& s) {
    return std::array{s.at[axis], s.at[(axis + 1) % 3], s.at[(axis + 2) % 3]};
  });
  Sums low;
  Sums high = box.sums;
  size_t best = 1;
  double least = -1;
  for (size_t i = 1; i < box.samples.size(); ++i) {
    low.add(box.samples[i - 1]);
    high.add(box.samples[i - 1], -1);
    const double error = low.error() + high.error();
    if (least >= 0 && error >= least) continue;
    least = error;
    best = i;
  }
  return {Box(box.samples.first(best)), Box(box.samples.subspan(best))};
}

int64_t distance(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  int64_t out = 0;
  for (size_t i = 0; i < 3; ++i) out += int64_t{kWeights[i]} * (a[i] - b[i]) * (a[i] - b[i]);
  return out;
}

// One round of Lloyd's: each becomes the mean of the samples that it is nearest to.
void refine(const std::vector<Sample>& samples, std::vector<std::array<int, 3>>& colors) {
  std::vector<Sums> sums(colors.size());
  for (const Sample& s : samples) {
    size_t nearest = 0;
    int64_t least = distance(s.at, colors[0]);
    for (size_t i = 1; i < colors.size(); ++i) {
      const int64_t d = distance(s.at, colors[i]);
      if (d < least) {
        least = d;
        nearest = i;
      }
    }
    sums[nearest].add(s);
  }
  for (size_t i = 0; i < colors.size(); ++i) {
    if (sums[i].count > 0) colors[i] = sums[i].mean();
  }
}

}  // namespace

Rgb to_rgb(const Ycc& c) {
  constexpr int kHalf = 1 << 15;
  const int y = 76309 * (c.y - 16) + kHalf;
  const int cb = c.cb - 128;
  const int cr = c.cr - 128;
  return {code_of((y + 117489 * cr) >> 16), code_of((y - 13975 * cb - 34925 * cr) >> 16),
          code_of((y + 138438 * cb) >> 16)};
}

Ycc to_ycc(const Rgb& c) {
  constexpr int kHalf = 1 << 15;
  return {code_of(((11966 * c.r + 40254 * c.g + 4064 * c.b + kHalf) >> 16) + 16),
          code_of(((-6596 * c.r - 22189 * c.g + 28785 * c.b + kHalf) >> 16) + 128),
          code_of(((28784 * c.r - 26145 * c.g - 2639 * c.b + kHalf) >> 16) + 128)};
}

void full_color(const frame::Frame& picture, std::vector<Ycc>& out) {
  out.resize(static_cast<size_t>(picture.width()) * static_cast<size_t>(picture.height()));
  Ycc* to = out.data();
  const frame::PlaneView& cb = picture.plane(1);
  const frame::PlaneView& cr = picture.plane(2);
  for (int y = 0; y < picture.height(); ++y) {
    const uint8_t* luma = picture.plane(0).row(y);
    for (int x = 0; x < picture.width(); ++x, ++to) {
      // On an even column of luma there is a sample, on an odd one two are as near.
      const int left = x / 2;
      const int right = std::min((x + 1) / 2, cb.width - 1);
      *to = {luma[x], code_of((between_rows(cb, left, y) + between_rows(cb, right, y) + 4) / 8),
             code_of((between_rows(cr, left, y) + between_rows(cr, right, y) + 4) / 8)};
    }
  }
}

void ColorCounts::add(const std::vector<Ycc>& pixels) {
  for (const Ycc& p : pixels) {
    Cell& cell = cells_[static_cast<size_t>(cell_of(p))];
    ++cell.count;
    cell.sum[0] += p.y;
    cell.sum[1] += p.cb;
    cell.sum[2] += p.cr;
  }
}

std::vector<Rgb> make_palette(const ColorCounts& counts, const PaletteOptions& options) {
  std::vector<Sample> samples = samples_of(counts);
  if (samples.empty()) return {Rgb{}};
  std::vector<Box> boxes = {Box(samples)};
  while (static_cast<int>(boxes.size()) < options.colors) {
    const auto worst = std::ranges::max_element(
        boxes, {}, [](const Box& b) { return b.samples.size() > 1 ? b.sums.error() : -1; });
    if (worst->samples.size() < 2) break;
    auto [low, high] = divide(*worst);
    *worst = low;
    boxes.push_back(high);
  }
  std::vector<std::array<int, 3>> colors;
  colors.reserve(boxes.size());
  for (const Box& b : boxes) colors.push_back(b.sums.mean());
  for (int i = 0; i < options.refinements; ++i) refine(samples, colors);
  std::ranges::sort(colors);
  std::vector<Rgb> out;
  out.reserve(colors.size());
  for (const auto& c : colors) {
    const auto code = [](int parts) { return code_of((parts + kParts / 2) / kParts); };
    out.push_back(to_rgb({code(c[0]), code(c[1]), code(c[2])}));
  }
  return out;
}

}  // namespace rushes::media
