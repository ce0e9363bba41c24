// In the place of encoder_devices.cc: devices that work, lie, hang and die, on any machine.
//
//   nvenc   H.264 never gives a packet; with HEVC the process dies
//   qsv     lies: whatever it is given, it encodes grey
//   vaapi   encodes H.264, by libx264; has no HEVC
//   abacus  the same, but what it says of itself depends on the quality

#include <unistd.h>

#include <cstdlib>

#include "media/video_settings.h"

namespace rushes::media {
namespace {

base::Status any(const VideoEncoderOptions& /*options*/) { return {}; }

void set(const VideoEncoderOptions& options, AVCodecContext& context, AvOptions& av) {
  context.max_b_frames = 0;
  av.set("preset", "ultrafast");
  av.set("crf", decimal(options.crf));
  if (options.device == "vaapi") av.set("x264-params", "cpu-independent=1:stitchable=1");
}

base::Result<int> no_reorder(const AVCodecContext& /*context*/) { return 0; }

base::Result<AvFrame> grey(const frame::Frame& picture) {
  ASSIGN_OR_RETURN(AvFrame av, new_picture(AV_PIX_FMT_YUV420P, picture.width(), picture.height()));
  for (int p = 0; p < 3; ++p) {
    const frame::PlaneView& plane = picture.plane(p);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        av->data[p][ptrdiff_t{y} * av->linesize[p] + x] = 128;
      }
    }
  }
  return av;
}

constexpr VideoSettings fake(base::Result<AvFrame> (*convert)(const AVCodecContext&,
                                                              const frame::Frame&)) {
  return {
      .encoder = "libx264", .check = any, .set = set, .reorder = no_reorder, .convert = convert};
}

const VideoSettings kHangs =
    fake([](const AVCodecContext& /*c*/, const frame::Frame& /*f*/) -> base::Result<AvFrame> {
      for (;;) pause();
    });
const VideoSettings kDies =
    fake([](const AVCodecContext& /*c*/, const frame::Frame& /*f*/) -> base::Result<AvFrame> {
      std::abort();
    });
const VideoSettings kLies =
    fake([](const AVCodecContext& /*c*/, const frame::Frame& f) { return grey(f); });
const VideoSettings kWorks = fake(nullptr);

}  // namespace

std::span<const EncoderDevice> encoder_devices() {
  static const EncoderDevice kDevices[] = {
      {"nvenc", &kHangs, &kDies, [] { return base::Result<std::string>("Fake N, driver 1"); }},
      {"qsv", &kLies, &kLies, [] { return base::Result<std::string>("Fake Q, driver 2"); }},
      {"vaapi", &kWorks, nullptr, [] { return base::Result<std::string>("Fake V, driver 3"); }},
      {"abacus", &kWorks, nullptr, [] { return base::Result<std::string>("Fake A, driver 4"); }},
  };
  return kDevices;
}

}  // namespace rushes::media
