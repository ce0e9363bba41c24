#pragma once

// What color.h does, given the loops to do it with.

#include "frame/frame.h"
#include "kernels/color_rows.h"

namespace rushes::kernels {

frame::Frame convert_to_working(const frame::Frame& source, bool premultiply, const ColorRows&);
frame::Frame convert_bitmap(const frame::Bitmap& bitmap, const BitmapRows&);

// Full-size alpha at the sites of a format's chroma samples, any depth. The weights of
// three columns and rows, which sum to 4 each, follow from the site; (sum + 8) >> 4.
uint32_t alpha_at_chroma(const frame::Format& format, frame::PlaneView alpha, int x, int y);

// Premultiplied planes as straight ones of 16 bits, with alpha as it was: format.depth stays that
// of the source and samples have 16 - depth more bits (ColorPlan's extra_bits).
frame::Frame unpremultiply(const frame::Frame& source);

}  // namespace rushes::kernels
