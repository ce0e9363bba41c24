#pragma once

// All that differs between FFmpeg 5.1, 6 and 7. No other file asks for a version.

#include <span>

#include "media/av.h"

namespace rushes::media {

// The type of a byte that an AVIOContext's write callback is given.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using AvioWritten = const uint8_t;
#else
using AvioWritten = uint8_t;
#endif

bool is_interlaced(const AVFrame& frame);
// Frame threads may call get_buffer2 as they are (later versions always do).
void allow_buffers_from_any_thread(AVCodecContext& codec);
int64_t duration_of(const AVFrame& frame);  // in the packets' time base; 0: unknown

// Side data that holds for a whole stream; empty if there is none.
std::span<const uint8_t> stream_side_data(const AVStream& stream, AVPacketSideDataType type);

}  // namespace rushes::media
