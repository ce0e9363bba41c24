// ProRes 422 by libav's prores_ks, in 10 bits. A frame follows from its picture and the profile
// alone, at every SIMD level and for any number of threads: they share out the rows of one picture.

#include <algorithm>
#include <array>

#include "media/prores_picture.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

// In the order of libav's numbers.
constexpr std::array kProfiles = {"proxy", "lt", "standard", "hq"};

base::Status check(const VideoEncoderOptions& o) {
  if (std::find(kProfiles.begin(), kProfiles.end(), o.preset) == kProfiles.end()) {
    return base::invalid_argument("\"" + o.preset + "\" is not a profile of ProRes");
  }
  if (o.lossless || o.bitrate || o.buffer) {
    return base::invalid_argument("ProRes is asked for a profile alone");
  }
  return {};
}

void set(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  context.thread_type = FF_THREAD_SLICE;
  options.set("profile", o.preset);
  // Players look at who made a stream; libav's own name would change with its version.
  options.set("vendor", "apl0");
  options.set("mbs_per_slice", "8");
  options.set("quant_mat", "auto");
  options.set("alpha_bits", "0");
}

// The name of its sample entry, which tells the profile; streams do not.
std::vector<std::byte> describe(const AVCodecContext& context) {
  std::vector<std::byte> name(4);
  for (size_t i = 0; i < 4; ++i) name[i] = std::byte(context.codec_tag >> (8 * i) & 0xFF);
  return name;
}

base::Result<int> reorder(const AVCodecContext& /*context*/) { return 0; }

}  // namespace

const VideoSettings kProresSettings = {
    .encoder = "prores_ks",
    .pixels = AV_PIX_FMT_YUV422P10LE,
    .check = check,
    .set = set,
    .reorder = reorder,
    .convert = [](const AVCodecContext& /*context*/,
                  const frame::Frame& picture) { return to_prores_picture(picture); },
    .describe = describe};

}  // namespace rushes::media
