#include <algorithm>

#include "kernels/color.h"
#include "kernels/color_convert.h"

namespace rushes::kernels::ref {

frame::Frame to_working(const frame::Frame& source, bool premultiply) {
  return convert_to_working(source, premultiply, kPlainColorRows);
}

frame::Frame bitmap_to_working(const frame::Bitmap& bitmap) {
  return convert_bitmap(bitmap, kPlainBitmapRows);
}

void alpha_to_chroma(frame::PlaneView src, frame::MutablePlaneView dst) {
  for (int j = 0; j < dst.height; ++j) {
    const uint8_t* rows[2] = {src.row(2 * j), src.row(std::min(2 * j + 1, src.height - 1))};
    for (int i = 0; i < dst.width; ++i) {
      int sum = 4;
      for (const uint8_t* row : rows) {
        const auto at = [&](int x) { return row[std::clamp(x, 0, src.width - 1)]; };
        sum += at(2 * i - 1) + 2 * at(2 * i) + at(2 * i + 1);
      }
      dst.row(j)[i] = static_cast<uint8_t>(sum >> 3);
    }
  }
}

}  // namespace rushes::kernels::ref
