// AV1 by SVT-AV1, Main profile. Its bytes are the same at every SIMD level, in every run and for
// any number of threads. Frames are sent to it one by one and come back in the order in which they
// are shown: what is decoded ahead lies in the packet before.

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "media/av1_syntax.h"
#include "media/processor.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

// Slower ones take minutes for a second; at 13 nothing is promised.
constexpr int kSlowest = 4, kFastest = 12;

bool is_preset(const std::string& name) {
  int value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  return error == std::errc() && name == std::to_string(value) && value >= kSlowest &&
         value <= kFastest;
}

base::Status check(const VideoEncoderOptions& o) {
  if (!is_preset(o.preset)) {
    return base::invalid_argument("\"" + o.preset + "\" is not a preset of SVT-AV1");
  }
  if (!(o.crf >= 1 && o.crf <= 63) || o.crf != std::floor(o.crf)) {
    return base::invalid_argument("crf must be a whole number from 1 to 63");
  }
  if (o.lossless || o.bitrate || o.buffer) {
    return base::invalid_argument("SVT-AV1 is asked for a quality alone");
  }
  // Of GOPs of one frame it makes the first a keyframe alone.
  if (o.gop_frames < 2)
    return base::invalid_argument("AV1 has keyframes two frames apart at least");
  constexpr int kLeastSide = 64;
  if (o.width < kLeastSide || o.height < kLeastSide) {
    return base::invalid_argument("video of " + std::to_string(o.width) + "x" +
                                  std::to_string(o.height) + " is too small for AV1");
  }
  return {};
}

// It tells the world about itself on stderr; errors are enough.
void silence() {
  static std::once_flag once;
  std::call_once(once, [] { ::setenv("SVT_LOG", "1", 0); });
}

void set(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  silence();
  // Without it libav goes on with what it takes for a wrong parameter.
  context.err_recognition |= AV_EF_EXPLODE;
  options.set("preset", o.preset);
  options.set("crf", std::to_string(static_cast<int>(o.crf)));
  std::string fixed = "irefresh-type=2:pin=0:lp=" + std::to_string(o.threads);
  if (!svt_av1_processor().empty()) fixed += ":asm=" + svt_av1_processor();
  options.set("svtav1-params", fixed);
}

// What it says beforehand has not all tools in it that it then uses.
base::Result<std::vector<std::byte>> headers(const Packet& first) {
  ASSIGN_OR_RETURN(const auto obu, av1::sequence_header(first.data));
  return std::vector<std::byte>(obu.begin(), obu.end());
}

base::Result<int> reorder(const AVCodecContext& /*context*/) { return 0; }

}  // namespace

const VideoSettings kSvtAv1Settings = {
    .encoder = "libsvtav1", .check = check, .set = set, .reorder = reorder, .headers = headers};

}  // namespace rushes::media
