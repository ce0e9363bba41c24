#pragma once

// Bringing pictures to the working colours: 8 bits, BT.709, limited range (frame::kWorking).

#include <cstdint>

#include "frame/frame.h"

namespace rushes::kernels {

struct Yuv {
  uint8_t y = 0, u = 0, v = 0;
  friend bool operator==(const Yuv&, const Yuv&) = default;
};
// Full-range (sRGB) red, green, blue as BT.709 limited codes, each the nearest to the exact value.
Yuv rgb_to_working(uint8_t r, uint8_t g, uint8_t b);

// The same picture in 8-bit BT.709 limited range, of the same size, chroma layout and chroma site;
// planar RGB becomes 4:4:4 and grey becomes left-sited 4:2:0 with neutral chroma. The same handle
// comes back if nothing has to change.
//
// Each 8-bit code is within 1 of the exact value; values between codes round to the nearest, what
// lies outside 0..255 is clamped, what lies outside 16..235 (240) is kept. Bit depth d scales as
// the standards say: limited range by 2^(d-8), full range by (2^d - 1) / 255. Where the matrix
// changes, luma takes the chroma at its place, interpolated linearly from the samples as they are
// sited.
//
// An unknown matrix counts as BT.709 and an unknown range as limited (full for RGB); transfer
// curves are not touched (callers refuse PQ and HLG before).
//
// Alpha is brought to 8 bits, full range. `premultiply` makes colours premultiplied as frame.h
// says, chroma by the alpha at its site. Pictures that are premultiplied already must be working
// ones (RUSHES_CHECK); they stay as they are.
frame::Frame to_working(const frame::Frame& source, bool premultiply);

// Premultiplied sRGB pixels as premultiplied 4:2:0 with alpha in the working colours. Odd sizes are
// padded to even ones with transparent samples. Chroma is filtered [1 2 1] / 4 across and [1 1] / 2
// down: left-sited.
frame::Frame bitmap_to_working(const frame::Bitmap& bitmap);

// A full-size mask at the places of left-sited 4:2:0 chroma, by the same filter, edges repeated:
// (sum + 4) >> 3. dst is half of src, rounded up (RUSHES_CHECK).
void alpha_to_chroma(frame::PlaneView src, frame::MutablePlaneView dst);

namespace ref {
frame::Frame to_working(const frame::Frame& source, bool premultiply);
frame::Frame bitmap_to_working(const frame::Bitmap& bitmap);
void alpha_to_chroma(frame::PlaneView src, frame::MutablePlaneView dst);
}  // namespace ref
}  // namespace rushes::kernels
