#pragma once

// What both ways of writing MP4 (muxer.h, fragment_muxer.h) do alike: libav's muxer over a log of
// its own, its tracks, its packets. packet_decoder.h needs tracks, too.

#include <string>

#include "base/result.h"
#include "media/av.h"
#include "media/av_log.h"
#include "media/packet.h"

namespace rushes::media {

// kInternal unless it is video with headers, or sound timed by its samples.
base::Status check_track(const TrackFormat& format);

// A muxer of that kind ("mp4", "opus": schema/codecs.h) that opens nothing and writes no dates or
// versions. `log` outlives it.
base::Result<AvOutput> open_mp4(const std::string& container, LogSink& log);
// What a decoder or a container has to know of it; but for GIF.
base::Status describe_track(const TrackFormat& format, AVCodecParameters& par);
base::Result<AVStream*> add_track(AVFormatContext& context, const TrackFormat& format);
// Options that the muxer did not take are kInternal.
base::Status begin_mp4(AVFormatContext& context, AvOptions& options, const LogSink& log);

struct PacketPlace {
  const TrackFormat& format;
  const AVStream& stream;
  int64_t duration = 0;  // in place of the packet's own
  int64_t later = 0;     // by so much, in the packet's units
};
// Fills `out`, in the stream's units.
base::Status set_packet(AVPacket& out, const Packet& packet, const PacketPlace& place);

// What libav says of bytes that we made is a fault of ours.
base::Error mp4_error(int err, const std::string& what, const LogSink& log);

}  // namespace rushes::media
