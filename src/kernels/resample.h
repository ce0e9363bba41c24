#pragma once

// Separable resampling of one 8-bit plane: scale, crop and shift in one step, at sub-pixel
// accuracy.
//
// Coordinates: sample k of a row covers [k, k+1). Output i is centred at source coordinate
// origin + (i + 0.5) * step, so a plain copy is origin 0, step 1.
//
//   FilterAxis x, y;  // kept from frame to frame, as is the scratch: no allocation once warm
//   make_axis(x, src.width, dst.width, crop_x, crop_width / dst.width);
//   make_axis(y, src.height, dst.height, crop_y, crop_height / dst.height);
//   resample(src, dst, x, y, scratch);

#include <cstdint>
#include <vector>

#include "frame/frame.h"
#include "kernels/aligned_buffer.h"

namespace rushes::kernels {

// The reduction beyond which the filter is not widened any more, and so may alias: reduce in two
// stages then. It bounds the taps at 4 * kMaxStep.
inline constexpr double kMaxStep = 64;

// How far a source sample reaches: Catmull-Rom keeps edges sharp and passes them by a little; the
// tent (linear) never does, so what it makes of alpha fits what it makes of colours, and moving
// letters keep their weight.
enum class Kernel : uint8_t { kCatmullRom, kTent };

// Which source samples make output i of a row or column:
//   sum over t < taps of weights[i * taps + t] * source[first[i] + t], over 1 << 14.
// The weights of an output sum to 1 << 14 exactly. Away from the edges their centre of mass lies
// within 2^-14 of the output's centre, whatever the phase: ramps stay ramps, and a picture under
// slow motion does not wobble. What would fall outside the source is added to the edge sample.
// 0 <= first[i] < source_size; weights of samples at or past source_size are 0 and those samples
// are never read.
struct FilterAxis {
  int source_size = 0;
  int outputs = 0;
  int taps = 0;           // even
  bool identity = false;  // output i is source sample first[0] + i
  std::vector<int32_t> first;
  std::vector<int16_t> weights;  // 14 fractional bits
  // What it was made for.
  double origin = 0;
  double step = 0;
  Kernel kernel = Kernel::kCatmullRom;
};

// For step > 1 the kernel is stretched by it, so that reducing never aliases (up to kMaxStep).
// source_size >= 1, outputs >= 0, step > 0 (RUSHES_CHECK); any finite origin, positions far outside
// the source give its edge. Reuses the storage of `axis`, and all of it if it was made for the
// same. Same numbers on every machine.
void make_axis(FilterAxis& axis, int source_size, int outputs, double origin, double step,
               Kernel kernel = Kernel::kCatmullRom);
FilterAxis make_axis(int source_size, int outputs, double origin, double step,
                     Kernel kernel = Kernel::kCatmullRom);

// One per thread.
struct ResampleScratch {
  AlignedBuffer weights, windows, rows, tail;
};

// dst is x.outputs by y.outputs, src is x.source_size by y.source_size (RUSHES_CHECK). Never reads
// outside the rows of src. src and dst must not overlap.
//
// Definition: each source row is filtered along x, and rounded to 7 fractional bits:
//   h = (sum w * (s - 128) + 64) >> 7                  (fits 16 bits)
// then along y, rounded and clamped to 0..255:
//   d = 128 + ((sum w * h + (1 << 20)) >> 21)
void resample(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
              const FilterAxis& y, ResampleScratch& scratch);
// Only rows [row0, row1) of dst, which is still the view of the whole: bands may run in parallel.
void resample_rows(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
                   const FilterAxis& y, int row0, int row1, ResampleScratch& scratch);

namespace ref {
void resample_rows(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
                   const FilterAxis& y, int row0, int row1);
}  // namespace ref
}  // namespace rushes::kernels
