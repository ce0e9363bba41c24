#include <algorithm>

#include "kernels/color_convert.h"

namespace rushes::kernels {
namespace {

uint32_t sample(const frame::PlaneView& p, int depth, int x, int y) {
  return depth > 8 ? p.row16(y)[x] : p.row(y)[x];
}

}  // namespace

uint32_t alpha_at_chroma(const frame::Format& format, frame::PlaneView alpha, int x, int y) {
  using frame::ChromaSite;
  constexpr uint32_t kOn[3] = {1, 2, 1};  // on an even sample
  constexpr uint32_t kBetweenTwo[3] = {0, 2, 2};
  constexpr uint32_t kWhole[3] = {0, 4, 0};  // not subsampled
  const int sx = format.chroma_shift_x();
  const int sy = format.chroma_shift_y();
  const uint32_t* across = sx == 0                              ? kWhole
                           : format.site == ChromaSite::kCenter ? kBetweenTwo
                                                                : kOn;
  const uint32_t* down = sy == 0 ? kWhole : format.site == ChromaSite::kTopLeft ? kOn : kBetweenTwo;
  uint32_t sum = 8;
  for (int j = 0; j < 3; ++j) {
    const int row = std::clamp((y << sy) + j - 1, 0, alpha.height - 1);
    for (int i = 0; i < 3; ++i) {
      const int column = std::clamp((x << sx) + i - 1, 0, alpha.width - 1);
      sum += across[i] * down[j] * sample(alpha, format.depth, column, row);
    }
  }
  return sum >> 4;
}

frame::Frame unpremultiply(const frame::Frame& source) {
  frame::Format format = source.format();
  const int depth = format.depth;
  const uint64_t full = ((1u << depth) - 1) << (16 - depth);
  format.depth = 16;
  frame::FrameBuffer out(format, source.width(), source.height());
  for (int p = 0; p < format.color_planes(); ++p) {
    const frame::PlaneView from = source.plane(p);
    const bool chroma = p > 0 && format.layout != frame::Layout::kRgb;
    for (int y = 0; y < from.height; ++y) {
      for (int x = 0; x < from.width; ++x) {
        const uint64_t a = chroma ? alpha_at_chroma(source.format(), source.alpha(), x, y)
                                  : sample(source.alpha(), depth, x, y);
        const uint64_t value = a == 0 ? 0 : (sample(from, depth, x, y) * full + a / 2) / a;
        out.plane(p).row16(y)[x] = static_cast<uint16_t>(std::min<uint64_t>(value, 65535));
      }
    }
  }
  for (int y = 0; y < source.height(); ++y) {
    for (int x = 0; x < source.width(); ++x) {
      out.alpha().row16(y)[x] = static_cast<uint16_t>(sample(source.alpha(), depth, x, y));
    }
  }
  format.depth = depth;
  return std::move(out).freeze().described_as(format);
}

}  // namespace rushes::kernels
