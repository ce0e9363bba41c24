#pragma once

// Decoded audio as interleaved float, mono or stereo. Internal to this layer.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "media/av.h"

namespace rushes::media {

// 1 for one channel, else 2.
int mixed_channels(const AVChannelLayout& layout);

// Appends the frame's samples to `out`, mixed as audio_reader.h says; `channels` is what the reader
// gives (a stream may change its own midway). Integers are divided by their full scale. Values that
// are not finite become 0; returns how many. kUnsupported for layouts that have no places.
base::Result<int64_t> append_samples(const AVFrame& frame, int channels, std::vector<float>& out);

}  // namespace rushes::media
