// H.264 by libx264: cpu-independent, so that no SIMD level changes a byte, and stitchable, so that
// the parameter sets are equal for any content and rate.

#include <algorithm>
#include <array>

#include "media/processor.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

constexpr std::array kPresets = {"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                 "medium",    "slow",      "slower",   "veryslow", "placebo"};

base::Status check(const VideoEncoderOptions& o) {
  if (std::find(kPresets.begin(), kPresets.end(), o.preset) == kPresets.end()) {
    return base::invalid_argument("\"" + o.preset + "\" is not a preset of x264");
  }
  if (!(o.crf >= 0 && o.crf <= 51)) return base::invalid_argument("crf must be from 0 to 51");
  return {};
}

// Those that look for motion in hexagons. Faster ones look nearby as it is; slower ones are asked
// to look farther still.
bool looks_around(const std::string& preset) {
  constexpr std::array kThese = {"veryfast", "faster", "fast", "medium", "slow"};
  return std::find(kThese.begin(), kThese.end(), preset) != kThese.end();
}

void set(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  options.set("preset", o.preset);
  // The pyramid's kind is part of the order of frames, so it is stated, not left to a preset.
  std::string fixed = "cpu-independent=1:stitchable=1:b-pyramid=normal:open-gop=0";
  // The thread that looks ahead has nearly half of the work at fast presets: by itself it would
  // hold up the others. x264 gives it a second only where there are a dozen.
  if (o.threads > 1) fixed += ":lookahead-threads=2";
  if (o.gliding && looks_around(o.preset)) fixed += ":me=dia";
  if (!x264_processor().empty()) fixed += ":asm=" + x264_processor();
  if (o.buffer) {
    fixed += ":vbv-maxrate=" + std::to_string(o.buffer->rate / 1000) +
             ":vbv-bufsize=" + std::to_string(o.buffer->size / 1000) +
             ":vbv-init=" + decimal(o.buffer->filled);
  }
  options.set("x264-params", fixed);
  if (o.lossless) {
    options.set("qp", "0");
  } else if (o.bitrate) {
    context.bit_rate = *o.bitrate;
  } else {
    options.set("crf", decimal(o.crf));
  }
}

base::Result<int> reorder(const AVCodecContext& context) { return context.has_b_frames; }

}  // namespace

const VideoSettings kX264Settings = {
    .encoder = "libx264", .plain_last_frame = true, .check = check, .set = set, .reorder = reorder};

}  // namespace rushes::media
