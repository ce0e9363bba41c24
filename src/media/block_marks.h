#pragma once

// Blocks of a frame that were never decoded. Some decoders (of HEVC and VP8) stop where a damaged
// slice seems to end, say nothing, and leave the rest of the frame as its buffer was: parts of some
// earlier frame. Marks in each buffer, one per block, tell: what is decoded covers them. Internal
// to this layer.

#include "media/av.h"

namespace rushes::media {

// Has the decoder put marks into the frames that it will decode into. Before it is opened.
void mark_blocks(AVCodecContext& codec);

// Whether blocks of a frame of such a decoder are missing; if so `frame` becomes a copy that has
// those of `previous` in their place (what is there stays if `previous` is null, of another shape,
// or the frame was cropped).
base::Result<bool> replace_missing_blocks(AvFrame& frame, const AVFrame* previous);

}  // namespace rushes::media
