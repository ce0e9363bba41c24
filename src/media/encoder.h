#pragma once

// What all encoders share. Internal to this layer.

#include <optional>
#include <vector>

#include "base/result.h"
#include "media/av.h"
#include "media/av_log.h"
#include "media/packet.h"

namespace rushes::media {

// An encoder of libav: find(), then set what `context` has fields for, then open().
struct LibavEncoder {
  LogSink log;  // outlives what logs to it
  AvCodecContext context;
  AvPacket packet;

  // By libav's name. kUnsupported where this build of libav lacks it.
  base::Status find(const char* name);
  // kInternal if libav did not know one of the options: it would go on without it.
  base::Status open(AvOptions& options);
  std::vector<std::byte> extradata() const;
  // The next packet; empty when it needs more input, and at the end.
  base::Result<std::optional<Packet>> receive();
  // All that comes of one frame, which is the only one; `what`: "a PNG".
  base::Result<Packet> encode_alone(const AVFrame& frame, const std::string& what);
  // What avcodec_send_frame said.
  base::Error failed(int err, const std::string& what) const;
};

}  // namespace rushes::media
