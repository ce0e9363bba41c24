#pragma once

// Opening decoders. Internal to this layer.

#include <cstdint>

#include "base/result.h"
#include "media/av.h"
#include "media/av_log.h"

namespace rushes::media {

struct DecoderOptions {
  int threads = 1;
  bool side_alpha = false;    // alpha that VP8 and VP9 keep beside the picture
  int64_t max_pixels = 0;     // 0: libav's own limit
  bool find_missing = false;  // see block_marks.h
  int lowres = 0;             // log2 of the reduction
};

// Software decoders of the allowed list only (allowed.h). `log` must outlive the result.
base::Result<AvCodecContext> open_decoder(const AVCodecParameters& parameters, AVRational time_base,
                                          const DecoderOptions& options, LogSink& log);

}  // namespace rushes::media
