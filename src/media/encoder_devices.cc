#include "media/video_settings.h"

namespace rushes::media {

std::span<const EncoderDevice> encoder_devices() {
  static const EncoderDevice kDevices[] = {
      {"nvenc", &kH264NvencSettings, &kHevcNvencSettings, nvidia_driver},
      {"qsv", &kH264QsvSettings, &kHevcQsvSettings, va_driver},
      {"vaapi", &kH264VaapiSettings, &kHevcVaapiSettings, va_driver},
  };
  return kDevices;
}

}  // namespace rushes::media
