#pragma once

// What both encoders share. Internal to this layer.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "media/av.h"
#include "media/av_log.h"
#include "media/packet.h"

namespace rushes::media {

// The next packet of an encoder; empty when it needs more input, and at the end.
base::Result<std::optional<Packet>> receive_packet(AVCodecContext& encoder, AVPacket& packet,
                                                   const LogSink& log);

std::vector<std::byte> extradata_of(const AVCodecContext& encoder);

// kInternal if libav did not know one of the options: it would go on without it.
base::Status open_encoder(AVCodecContext& encoder, const AVCodec& codec, AvOptions& options,
                          const LogSink& log);

}  // namespace rushes::media
