#pragma once

// What color.h does, given the loops to do it with.

#include "frame/frame.h"
#include "kernels/color_rows.h"

namespace rushes::kernels {

frame::Frame convert_to_working(const frame::Frame& source, bool premultiply, const ColorRows&);
frame::Frame convert_bitmap(const frame::Bitmap& bitmap, const BitmapRows&);

}  // namespace rushes::kernels
