#pragma once

// What sets one video encoder of libav apart from the others: how it is asked for what
// VideoEncoderOptions say. One file a codec. Internal to this layer.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/av.h"
#include "media/video_encoder.h"

namespace rushes::media {

struct VideoSettings {
  const char* encoder = nullptr;  // libav's name
  // Two keyframes in a row need different numbers, which separate encoders cannot know of: the last
  // frame is never one.
  bool plain_last_frame = false;
  AVPixelFormat pixels = AV_PIX_FMT_YUV420P;
  // Of options whose common part is sound; kInvalidArgument.
  base::Status (*check)(const VideoEncoderOptions& options) = nullptr;
  // Sets what is not common to all.
  void (*set)(const VideoEncoderOptions& options, AVCodecContext& context, AvOptions& av) = nullptr;
  // Frames by which dts runs ahead of pts, of an encoder that is open.
  base::Result<int> (*reorder)(const AVCodecContext& context) = nullptr;
  // Of hardware: what it needs before it is opened.
  base::Status (*prepare)(AVCodecContext& context) = nullptr;
  // A picture in `pixels`; null: they are those of frames.
  base::Result<AvFrame> (*convert)(const AVCodecContext& context,
                                   const frame::Frame& picture) = nullptr;
  // In place of what the encoder, which is open, has as extradata.
  std::vector<std::byte> (*describe)(const AVCodecContext& context) = nullptr;
  // In place of what the encoder says of itself before it has begun; of the first packet.
  base::Result<std::vector<std::byte>> (*headers)(const Packet& first) = nullptr;
};

extern const VideoSettings kX264Settings;
extern const VideoSettings kX265Settings;
extern const VideoSettings kSvtAv1Settings;
extern const VideoSettings kVp9Settings;
extern const VideoSettings kProresSettings;
// Of hardware: hardware_settings.cc.
extern const VideoSettings kH264NvencSettings, kHevcNvencSettings;
extern const VideoSettings kH264QsvSettings, kHevcQsvSettings;
extern const VideoSettings kH264VaapiSettings, kHevcVaapiSettings;

// Hardware that encodes, by its name in VideoEncoderOptions.
struct EncoderDevice {
  std::string_view name;
  const VideoSettings* h264 = nullptr;
  const VideoSettings* hevc = nullptr;
  // Which it is, and of what version: "NVIDIA L4, driver 550.54.14". kUnsupported says what is
  // missing.
  base::Result<std::string> (*driver)() = nullptr;
};
base::Result<std::string> nvidia_driver();
base::Result<std::string> va_driver();
// All that this build knows. By itself in encoder_devices.cc, so that tests can link others.
std::span<const EncoderDevice> encoder_devices();

// Independent of the locale, unlike printf: four decimals.
std::string decimal(double value);

}  // namespace rushes::media
