#pragma once

// What a VideoEncoder hands its pictures to: an encoder of libav, or one of ours. Internal to this
// layer.

#include <memory>
#include <optional>

#include "base/result.h"
#include "media/video_encoder.h"

namespace rushes::media {

class PictureCoder {
 public:
  PictureCoder() = default;
  virtual ~PictureCoder() = default;
  PictureCoder(const PictureCoder&) = delete;
  PictureCoder& operator=(const PictureCoder&) = delete;

  virtual const TrackFormat& format() const = 0;
  // Frame n, in order, of the right format and size.
  virtual base::Status send(const frame::Frame& picture, int64_t n) = 0;
  virtual base::Status finish() = 0;  // once
  virtual base::Result<std::optional<Packet>> receive() = 0;
};

// GIF (gif_encoder.h).
base::Result<std::unique_ptr<PictureCoder>> open_gif_coder(const VideoEncoderOptions& options);

}  // namespace rushes::media
