// VP9 by libvpx, profile 0, at one quality. Its bytes depend on tiles, not on the threads that
// share them, and on no SIMD level; rows are not shared out, which would change them. Frames that
// are not shown come in one packet with the next that is, so packets are in the order of showing.

#include <cmath>

#include "media/video_settings.h"

namespace rushes::media {
namespace {

bool is_preset(const std::string& name) {
  return name.size() == 1 && name[0] >= '0' && name[0] <= '5';
}

base::Status check(const VideoEncoderOptions& o) {
  if (!is_preset(o.preset)) {
    return base::invalid_argument("\"" + o.preset + "\" is not a speed of libvpx");
  }
  if (!(o.crf >= 0 && o.crf <= 63) || o.crf != std::floor(o.crf)) {
    return base::invalid_argument("crf must be a whole number from 0 to 63");
  }
  if (o.bitrate || o.buffer) return base::invalid_argument("VP9 is asked for a quality alone");
  return {};
}

void set(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  context.bit_rate = 0;
  options.set("deadline", "good");
  options.set("cpu-used", o.preset);
  if (o.lossless) {
    options.set("lossless", "1");
  } else {
    options.set("crf", std::to_string(static_cast<int>(o.crf)));
  }
  // At most four; libvpx takes fewer of narrow pictures.
  options.set("tile-columns", "2");
  options.set("row-mt", "0");
  options.set("frame-parallel", "0");
  options.set("auto-alt-ref", "1");
  options.set("lag-in-frames", "25");
}

base::Result<int> reorder(const AVCodecContext& /*context*/) { return 0; }

}  // namespace

const VideoSettings kVp9Settings = {
    .encoder = "libvpx-vp9", .check = check, .set = set, .reorder = reorder};

}  // namespace rushes::media
