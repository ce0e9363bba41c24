// HEVC by libx265, Main profile and tier. Its bytes are the same at every SIMD level, and from run
// to run as long as one thread encodes: with three frames side by side segments came out in several
// ways, by up to a third larger. So there is neither a pool nor rows (wavefronts) nor a second
// frame, whatever is asked for, and what looks ahead does so in its turn.

#include <algorithm>
#include <array>

#include "media/hevc_syntax.h"
#include "media/processor.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

constexpr std::array kPresets = {"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                 "medium",    "slow",      "slower",   "veryslow", "placebo"};

base::Status check(const VideoEncoderOptions& o) {
  if (std::find(kPresets.begin(), kPresets.end(), o.preset) == kPresets.end()) {
    return base::invalid_argument("\"" + o.preset + "\" is not a preset of x265");
  }
  if (!(o.crf >= 0 && o.crf <= 51)) return base::invalid_argument("crf must be from 0 to 51");
  if (o.threads != 1) return base::invalid_argument("x265 encodes with one thread");
  constexpr int kLeastSide = 16;
  if (o.width < kLeastSide || o.height < kLeastSide) {
    return base::invalid_argument("video of " + std::to_string(o.width) + "x" +
                                  std::to_string(o.height) + " is too small for HEVC");
  }
  return {};
}

void set(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  options.set("preset", o.preset);
  // Nothing in the stream may tell how it was made: parameter sets and first packets are equal.
  std::string fixed =
      "log-level=error:info=0:repeat-headers=0:aud=0:hrd=0:open-gop=0:b-pyramid=1:high-tier=0:"
      "chromaloc=0:wpp=0:pools=none:frame-threads=1";
  if (!x265_processor().empty()) fixed += ":asm=" + x265_processor();
  if (o.buffer) {
    fixed += ":vbv-maxrate=" + std::to_string(o.buffer->rate / 1000) +
             ":vbv-bufsize=" + std::to_string(o.buffer->size / 1000) +
             ":vbv-init=" + decimal(o.buffer->filled);
  }
  if (o.lossless) {
    fixed += ":lossless=1";
  } else if (o.bitrate) {
    context.bit_rate = *o.bitrate;
  } else {
    fixed += ":crf=" + decimal(o.crf);
  }
  options.set("x265-params", fixed);
}

base::Result<int> reorder(const AVCodecContext& context) {
  const NalView sets(context.extradata, static_cast<size_t>(context.extradata_size));
  for (const NalView nal : nals_by_start_codes(sets)) {
    if (hevc::type_of(nal) == hevc::kVps) return hevc::reordered_frames(nal);
  }
  return base::internal("x265 gave no parameter sets");
}

}  // namespace

const VideoSettings kX265Settings = {
    .encoder = "libx265", .check = check, .set = set, .reorder = reorder};

}  // namespace rushes::media
