#include "media/prores_picture.h"

#include <algorithm>

namespace rushes::media {
namespace {

uint16_t* row_of(const AVFrame& frame, int plane, int y) {
  return reinterpret_cast<uint16_t*>(frame.data[plane] + ptrdiff_t{y} * frame.linesize[plane]);
}

void deepen(const frame::PlaneView& from, const AVFrame& to) {
  for (int y = 0; y < from.height; ++y) {
    const uint8_t* in = from.data + y * from.stride;
    uint16_t* out = row_of(to, 0, y);
    for (int x = 0; x < from.width; ++x) out[x] = static_cast<uint16_t>(in[x] * 4);
  }
}

void double_rows(const frame::PlaneView& from, const AVFrame& to, int plane) {
  for (int y = 0; y < 2 * from.height; ++y) {
    const int near = y / 2;
    const int far = std::clamp(y % 2 == 0 ? near - 1 : near + 1, 0, from.height - 1);
    const uint8_t* most = from.data + near * from.stride;
    const uint8_t* rest = from.data + far * from.stride;
    uint16_t* out = row_of(to, plane, y);
    for (int x = 0; x < from.width; ++x) out[x] = static_cast<uint16_t>(3 * most[x] + rest[x]);
  }
}

}  // namespace

base::Result<AvFrame> to_prores_picture(const frame::Frame& picture) {
  ASSIGN_OR_RETURN(AvFrame out,
                   new_picture(AV_PIX_FMT_YUV422P10LE, picture.width(), picture.height()));
  deepen(picture.plane(0), *out);
  for (const int plane : {1, 2}) double_rows(picture.plane(plane), *out, plane);
  return out;
}

}  // namespace rushes::media
