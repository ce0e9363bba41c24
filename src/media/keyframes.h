#pragma once

// Where decoding can begin, by the container's index. Internal to this layer.

#include <vector>

#include "media/av.h"
#include "media/demuxer.h"

namespace rushes::media {

// VideoInfo::keyframes. Reads a few packets at most; the demuxer stands anywhere afterwards.
std::vector<Rational> keyframes(Demuxer& demuxer, AVStream& stream);

}  // namespace rushes::media
