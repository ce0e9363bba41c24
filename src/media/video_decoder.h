#pragma once

// A video stream from a container to decoded frames in the order they are shown. What VideoReader
// stands on. Internal to this layer.

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "media/av.h"
#include "media/av_log.h"
#include "media/demuxer.h"

namespace rushes::media {

struct TimedFrame {
  AvFrame frame;
  int64_t time = 0;  // in the stream's time base
};

struct VideoDecoderOptions {
  int stream = 0;
  int threads = 1;
  bool want_alpha = true;
  int64_t max_pixels = 0;
  bool want_sound = false;
};

class VideoDecoder {
 public:
  static base::Result<std::unique_ptr<VideoDecoder>> open(const base::ByteSource& source,
                                                          const VideoDecoderOptions& options);

  // The next frame shown; times strictly increase (frames that step back are damage and left out).
  // Empty at the end.
  base::Result<std::optional<TimedFrame>> next();

  struct Key {
    int64_t pts, dts;
  };
  // Goes on from the first keyframe at or after where the container puts `time`. Frames that are
  // shown before that keyframe (they lean on what was before it) are left out. Empty if there is no
  // such keyframe: then only another seek, or opening anew, brings frames.
  base::Result<std::optional<Key>> seek(int64_t time);
  // Whether seek() leads to frames with the same times as decoding from the start.
  bool can_seek() const { return can_seek_; }
  bool has_whole_index() const;

  int64_t position() const { return position_; }  // time of the last packet read
  int64_t damaged() const { return damaged_ + demuxer_->damaged(); }
  // Errors that the decoder has logged, and packets whose damage it might not notice.
  int64_t complaints() const { return log_.errors() + doubtful_; }
  AVStream& stream() { return *stream_; }
  Demuxer& demuxer() { return *demuxer_; }
  LogSink& log() { return log_; }

 private:
  VideoDecoder() = default;
  base::Status feed();
  // Whether packet_ has several slices of HEVC. A damaged one that runs on into the next is covered
  // by that in the end, without a word; another thread may have read from it before.
  bool holds_slices() const;
  base::Status send(const AVPacket* packet);
  bool is_access_point(const AVPacket& packet) const;
  base::Result<std::optional<TimedFrame>> accept(AvFrame frame);

  LogSink log_;  // outlives what logs to it
  std::unique_ptr<Demuxer> demuxer_;
  AVStream* stream_ = nullptr;
  AvCodecContext codec_;
  AvPacket packet_;
  AvFrame previous_;  // for what may be missing in the next frame
  bool side_alpha_ = false;
  bool can_seek_ = false;
  bool draining_ = false;
  bool pending_ = false;  // packet_ has been read and waits to be sent
  int64_t position_ = INT64_MIN;
  int64_t drop_before_ = INT64_MIN;
  int64_t last_ = INT64_MIN;
  int64_t last_length_ = 1;
  int64_t damaged_ = 0;
  int64_t doubtful_ = 0;
};

}  // namespace rushes::media
