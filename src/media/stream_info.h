#pragma once

// What a demuxer knows of one stream, as StreamInfo. Internal to this layer.

#include <string>
#include <vector>

#include "base/result.h"
#include "media/av.h"
#include "media/demuxer.h"
#include "media/probe.h"

namespace rushes::media {

// Pixel formats and colours that cannot be described leave format as it is and add a warning:
// readers refuse them.
StreamInfo describe_stream(Demuxer& demuxer, AVStream& stream, std::vector<std::string>& warnings);

// Upright size with square pixels: the side that the pixels' aspect makes too short is lengthened.
void set_display_size(VideoInfo& video);

bool has_side_alpha(const AVStream& stream);  // the alpha_mode tag of VP8 and VP9

// Where a stream ends.
struct Extent {
  Rational end;             // on the container's clock; of its last packet in time
  int64_t packets = 0;      // 0: not counted
  std::vector<Pace> paces;  // of the first packets, if they come at varying times
  std::vector<std::string> warnings;
};

// By the packets themselves: of the last part only where the container can be trusted to seek
// (`whole` false), else of all. Opens the source anew.
base::Result<Extent> measure(const base::ByteSource& source, int stream_index, bool whole);

// The stream's end by its header, if that can be relied on.
std::optional<Rational> stated_end(Demuxer& demuxer, const AVStream& stream);

}  // namespace rushes::media
