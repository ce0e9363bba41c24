#pragma once

// From libav's frames to ours: the same samples in planes, with their colour description. Neither
// range nor matrix nor depth is changed. Internal to this layer.

#include "base/result.h"
#include "frame/frame.h"
#include "media/av.h"
#include "media/describe.h"

namespace rushes::media {

// Layout, depth and alpha that a pixel format is brought to: its own where frame.h has it, else the
// next richer one (4:1:1 to 4:2:2, 4:4:0 to 4:4:4, fewer than 8 bits to 8). kUnsupported for float,
// Bayer, XYZ and hardware formats.
base::Result<frame::Format> shape_of(AVPixelFormat pixels);

// What is tagged, by libav's enumerations. kUnsupported for matrices that frame.h cannot say.
struct AvColor {
  AVPixelFormat pixels = AV_PIX_FMT_NONE;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVChromaLocation site = AVCHROMA_LOC_UNSPECIFIED;
  int height = 0;
};
base::Result<ColorTags> tags_of(const AvColor& color);
AvColor color_of(const AVFrame& frame);

// No sample is copied where the planes are as frame.h wants them: the result keeps a reference to
// libav's buffers.
base::Result<frame::Frame> to_frame(const AVFrame& frame, const frame::Format& format);

}  // namespace rushes::media
