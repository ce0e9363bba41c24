#include <algorithm>

#include "base/result.h"
#include "kernels/affine.h"
#include "kernels/affine_steps.h"

namespace rushes::kernels::ref {
namespace {

// Catmull-Rom at phase f of 1 << kPhaseBits: 14 fractional bits, sum exact.
struct Weights {
  int32_t w[4];
};

Weights weights(int32_t f) {
  const int32_t t = f << 3;  // 15 fractional bits, as the powers
  const int32_t t2 = (f * f) >> 9;
  const int32_t t3 = (t2 * f) >> 12;
  const int32_t w0 = (2 * t2 - t - t3 + 2) >> 2;
  const int32_t w2 = (t + 4 * t2 - 3 * t3 + 2) >> 2;
  const int32_t w3 = (t3 - t2 + 2) >> 2;
  return {{w0, (1 << 14) - w0 - w2 - w3, w2, w3}};
}

}  // namespace

void sample_affine_rows(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine,
                        int row0, int row1) {
  RUSHES_CHECK(src.width > 0 && src.height > 0 && row0 >= 0 && row1 <= dst.height);
  for (int j = row0; j < row1; ++j) {
    const RowSteps steps = row_steps(affine, j);
    for (int i = 0; i < dst.width; ++i) {
      const int64_t x = (steps.x + i * steps.dx) >> kDropBits;
      const int64_t y = (steps.y + i * steps.dy) >> kDropBits;
      const Weights wx = weights(static_cast<int32_t>(x & ((1 << kPhaseBits) - 1)));
      const Weights wy = weights(static_cast<int32_t>(y & ((1 << kPhaseBits) - 1)));
      int32_t sum = 1 << 20;
      for (int r = 0; r < 4; ++r) {
        const int64_t sy = std::clamp<int64_t>((y >> kPhaseBits) - 1 + r, 0, src.height - 1);
        int32_t h = 64;
        for (int c = 0; c < 4; ++c) {
          const int64_t sx = std::clamp<int64_t>((x >> kPhaseBits) - 1 + c, 0, src.width - 1);
          h += wx.w[c] * (src.row(static_cast<int>(sy))[sx] - 128);
        }
        sum += wy.w[r] * (h >> 7);
      }
      dst.row(j)[i] = static_cast<uint8_t>(std::clamp(128 + (sum >> 21), 0, 255));
    }
  }
}

}  // namespace rushes::kernels::ref
