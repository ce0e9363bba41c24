#include "render/rgb.h"

#include <algorithm>

namespace rushes::render {
namespace {

std::byte code(int fixed) {  // 16 fractional bits
  return static_cast<std::byte>(std::clamp((fixed + 32768) >> 16, 0, 255));
}

// Left-sited chroma, times 8: rows weigh 3 to 1, columns are met or lie halfway.
int chroma_at(const frame::PlaneView& plane, int x, int y) {
  const int near = y / 2;
  const int far = std::clamp(y % 2 == 0 ? near - 1 : near + 1, 0, plane.height - 1);
  const int left = x / 2;
  const int right = std::min(left + x % 2, plane.width - 1);
  const auto down = [&](int cx) { return 3 * plane.row(near)[cx] + plane.row(far)[cx]; };
  return down(left) + down(right);
}

}  // namespace

std::vector<std::byte> to_rgb(const frame::Frame& p) {
  std::vector<std::byte> out(static_cast<size_t>(p.width()) * static_cast<size_t>(p.height()) * 3);
  std::byte* to = out.data();
  for (int y = 0; y < p.height(); ++y) {
    for (int x = 0; x < p.width(); ++x) {
      // BT.709, limited range; coefficients times 65536, chroma's shared eighth included.
      const int luma = (p.plane(0).row(y)[x] - 16) * 76309;
      const int cb = chroma_at(p.plane(1), x, y) - 1024;
      const int cr = chroma_at(p.plane(2), x, y) - 1024;
      *to++ = code(luma + cr * 14686);
      *to++ = code(luma - cb * 1747 - cr * 4366);
      *to++ = code(luma + cb * 17305);
    }
  }
  return out;
}

}  // namespace rushes::render
