#pragma once

// Rotation, scale and shift of one 8-bit plane in one pass.

#include "frame/frame.h"

namespace rushes::kernels {

// From destination to source: the sample whose centre is (X, Y) = (i + 0.5, j + 0.5) shows the
// source point (xx * X + xy * Y + x0, yx * X + yy * Y + y0), where source sample k covers [k, k+1).
struct Affine {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;
};

// Catmull-Rom over 4x4 samples; positions have 32 fractional bits, of which the filter uses 12.
// Beyond the edge the edge sample repeats. Not prefiltered: reduce with resample() first where the
// scale is below about 1/1.5. src must not be empty nor overlap dst (RUSHES_CHECK); coefficients
// finite. Never reads outside the rows of src.
//
// Definition, for phases fx, fy (12 bits) and weights w(f) with 14 fractional bits:
//   h[r] = (sum wx * (s[r] - 128) + 64) >> 7;   d = 128 + ((sum wy * h + (1 << 20)) >> 21), clamped
void sample_affine(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine);
// Only rows [row0, row1) of dst, which is still the view of the whole: bands may run in parallel.
void sample_affine_rows(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine,
                        int row0, int row1);

namespace ref {
void sample_affine_rows(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine,
                        int row0, int row1);
}  // namespace ref
}  // namespace rushes::kernels
