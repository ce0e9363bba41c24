#include "media/chroma.h"

#include <algorithm>
#include <array>
#include <vector>

namespace rushes::media {
namespace {

// Catmull-Rom at phases 0, 1/4, 1/2 and 3/4, times 128.
constexpr int kTaps[4][4] = {
    {0, 128, 0, 0}, {-9, 111, 29, -3}, {-8, 72, 72, -8}, {-3, 29, 111, -9}};

struct Taps {
  std::array<int, 4> at{};
  const int* weight = nullptr;
};

Taps taps_for(int i, QuarterSteps steps, int last) {
  const int position = steps.scale * i + steps.offset;
  const int phase = ((position % 4) + 4) % 4;
  const int first = (position - phase) / 4 - 1;
  Taps taps;
  for (int k = 0; k < 4; ++k) taps.at[static_cast<size_t>(k)] = std::clamp(first + k, 0, last);
  taps.weight = kTaps[phase];
  return taps;
}

template <class Sample>
Sample filtered(Sample a, Sample b, Sample c, Sample d, const int* w, int max) {
  const int sum = a * w[0] + b * w[1] + c * w[2] + d * w[3];
  return static_cast<Sample>(std::clamp((sum + 64) >> 7, 0, max));
}

template <class Sample>
void resample(const frame::PlaneView& from, const frame::MutablePlaneView& to, Axis axis,
              QuarterSteps steps, int max) {
  const auto in = [&](int y) { return reinterpret_cast<const Sample*>(from.row(y)); };
  const auto out = [&](int y) { return reinterpret_cast<Sample*>(to.row(y)); };
  if (axis == Axis::kX) {
    std::vector<Taps> taps;
    taps.reserve(static_cast<size_t>(to.width));
    for (int x = 0; x < to.width; ++x) taps.push_back(taps_for(x, steps, from.width - 1));
    for (int y = 0; y < to.height; ++y) {
      const Sample* row = in(y);
      Sample* result = out(y);
      for (const Taps& t : taps) {
        *result++ = filtered(row[t.at[0]], row[t.at[1]], row[t.at[2]], row[t.at[3]], t.weight, max);
      }
    }
    return;
  }
  for (int y = 0; y < to.height; ++y) {
    const Taps t = taps_for(y, steps, from.height - 1);
    const Sample* rows[4] = {in(t.at[0]), in(t.at[1]), in(t.at[2]), in(t.at[3])};
    for (int x = 0; x < to.width; ++x) {
      out(y)[x] = filtered(rows[0][x], rows[1][x], rows[2][x], rows[3][x], t.weight, max);
    }
  }
}

}  // namespace

QuarterSteps subsampling_steps(int from, int to, bool centered) {
  // In luma samples, output i stands at i * 2^to + (2^to - 1) / 2 (centered) or i * 2^to. Divided
  // by 2^from, after taking off the source's own offset.
  const int ratio = 1 << (from - to);
  if (!centered) return {4 / ratio, 0};
  return {4 / ratio, -(4 / ratio) * (ratio - 1) / 2};
}

frame::FrameBuffer resample_plane(const frame::PlaneView& from, int depth, Axis axis, int length,
                                  QuarterSteps steps) {
  frame::Format grey;
  grey.layout = frame::Layout::kGray;
  grey.depth = depth;
  const int width = axis == Axis::kX ? length : from.width;
  const int height = axis == Axis::kY ? length : from.height;
  frame::FrameBuffer buffer(grey, width, height);
  const int max = (1 << depth) - 1;
  if (depth > 8) {
    resample<uint16_t>(from, buffer.plane(0), axis, steps, max);
  } else {
    resample<uint8_t>(from, buffer.plane(0), axis, steps, max);
  }
  return buffer;
}

}  // namespace rushes::media
