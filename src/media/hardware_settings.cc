// H.264 and HEVC by hardware. Stretches are encoded apart and joined, so nothing may look beyond
// one: no B-frames, keyframes where the size of a GOP says, no headers in between. The presets and
// the crf of software keep their names; what a device makes of them is its own affair.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "media/va_device.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

struct Level {
  const char* preset;  // of x264 and x265
  const char* nvenc;
  const char* qsv;
};
constexpr std::array kLevels = {
    Level{"ultrafast", "p1", "veryfast"}, Level{"superfast", "p2", "veryfast"},
    Level{"veryfast", "p3", "veryfast"},  Level{"faster", "p4", "faster"},
    Level{"fast", "p4", "fast"},          Level{"medium", "p5", "medium"},
    Level{"slow", "p6", "slow"},          Level{"slower", "p7", "slower"},
    Level{"veryslow", "p7", "veryslow"},  Level{"placebo", "p7", "veryslow"}};

const Level* level(const std::string& preset) {
  const auto at = std::ranges::find(kLevels, preset, [](const Level& l) { return l.preset; });
  return at == kLevels.end() ? nullptr : &*at;
}

base::Status check(const VideoEncoderOptions& o) {
  if (level(o.preset) == nullptr) {
    return base::invalid_argument("\"" + o.preset + "\" is not a preset of hardware");
  }
  if (!(o.crf >= 0 && o.crf <= 51)) return base::invalid_argument("crf must be from 0 to 51");
  if (o.lossless || o.bitrate || o.buffer) {
    return base::invalid_argument("hardware is asked for a quality alone");
  }
  return {};
}

void set_nvenc(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  context.bit_rate = 0;
  context.max_b_frames = 0;
  options.set("preset", level(o.preset)->nvenc);
  options.set("tune", "hq");
  options.set("rc", "vbr");
  // 0 would leave the choice to the driver.
  options.set("cq", decimal(std::max(o.crf, 0.1)));
  options.set("forced-idr", "1");
  options.set("no-scenecut", "1");
  options.set("rc-lookahead", "0");
}

int whole_quality(const VideoEncoderOptions& o) {
  return std::max(1, static_cast<int>(std::lround(o.crf)));
}

void set_qsv(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  context.bit_rate = 0;
  context.max_b_frames = 0;
  context.global_quality = whole_quality(o);
  options.set("preset", level(o.preset)->qsv);
  options.set("forced_idr", "1");
}

void set_vaapi(const VideoEncoderOptions& o, AVCodecContext& context, AvOptions& options) {
  context.bit_rate = 0;
  context.max_b_frames = 0;
  options.set("rc_mode", "CQP");
  options.set("qp", std::to_string(whole_quality(o)));
  options.set("sei", "0");
}

base::Result<int> no_reorder(const AVCodecContext& /*context*/) { return 0; }

// Chroma in pairs.
base::Result<AvFrame> to_nv12(const frame::Frame& picture) {
  ASSIGN_OR_RETURN(AvFrame av, new_picture(AV_PIX_FMT_NV12, picture.width(), picture.height()));
  const frame::PlaneView& luma = picture.plane(0);
  for (int y = 0; y < luma.height; ++y) {
    std::memcpy(av->data[0] + ptrdiff_t{y} * av->linesize[0], luma.row(y),
                static_cast<size_t>(luma.width));
  }
  const frame::PlaneView& cb = picture.plane(1);
  for (int y = 0; y < cb.height; ++y) {
    uint8_t* const out = av->data[1] + ptrdiff_t{y} * av->linesize[1];
    const uint8_t* const first = cb.row(y);
    const uint8_t* const second = picture.plane(2).row(y);
    for (int x = 0; x < cb.width; ++x) {
      out[2 * x] = first[x];
      out[2 * x + 1] = second[x];
    }
  }
  return av;
}

base::Result<AvFrame> nv12_frame(const AVCodecContext& /*context*/, const frame::Frame& picture) {
  return to_nv12(picture);
}

// Pictures lie in the device's memory.
base::Status prepare_va(AVCodecContext& context) {
  constexpr int kPictures = 20;
  ASSIGN_OR_RETURN(const AvBuffer device, open_va());
  AvBuffer frames(av_hwframe_ctx_alloc(device.get()));
  if (frames == nullptr) return base::resource("no memory for the device's frames");
  auto& settings = *reinterpret_cast<AVHWFramesContext*>(frames->data);
  settings.format = AV_PIX_FMT_VAAPI;
  settings.sw_format = AV_PIX_FMT_NV12;
  settings.width = context.width;
  settings.height = context.height;
  settings.initial_pool_size = kPictures;
  const int err = av_hwframe_ctx_init(frames.get());
  if (err < 0) return av_error(err, "the device's memory for pictures");
  context.hw_frames_ctx = frames.release();  // the context gives it back
  return {};
}

base::Result<AvFrame> va_frame(const AVCodecContext& context, const frame::Frame& picture) {
  ASSIGN_OR_RETURN(const AvFrame here, to_nv12(picture));
  AvFrame there(av_frame_alloc());
  if (there == nullptr) return base::resource("no memory for a frame");
  int err = av_hwframe_get_buffer(context.hw_frames_ctx, there.get(), 0);
  if (err >= 0) err = av_hwframe_transfer_data(there.get(), here.get(), 0);
  if (err < 0) return av_error(err, "sending a picture to the device");
  return there;
}

constexpr VideoSettings hardware(const char* encoder, decltype(VideoSettings::set) set) {
  return {.encoder = encoder,
          .plain_last_frame = true,
          .check = check,
          .set = set,
          .reorder = no_reorder};
}
constexpr VideoSettings qsv(const char* encoder) {
  VideoSettings out = hardware(encoder, set_qsv);
  out.pixels = AV_PIX_FMT_NV12;
  out.convert = nv12_frame;
  return out;
}
constexpr VideoSettings vaapi(const char* encoder) {
  VideoSettings out = hardware(encoder, set_vaapi);
  out.pixels = AV_PIX_FMT_VAAPI;
  out.prepare = prepare_va;
  out.convert = va_frame;
  return out;
}

}  // namespace

const VideoSettings kH264NvencSettings = hardware("h264_nvenc", set_nvenc);
const VideoSettings kHevcNvencSettings = hardware("hevc_nvenc", set_nvenc);
const VideoSettings kH264QsvSettings = qsv("h264_qsv");
const VideoSettings kHevcQsvSettings = qsv("hevc_qsv");
const VideoSettings kH264VaapiSettings = vaapi("h264_vaapi");
const VideoSettings kHevcVaapiSettings = vaapi("hevc_vaapi");

}  // namespace rushes::media
