#pragma once

// The arithmetic of color.h, a row at a time. One set of numbers, two sets of loops.

#include <array>
#include <cstdint>

#include "frame/frame.h"

namespace rushes::kernels {

inline constexpr int kColorBits = 13;  // fractional bits of the factors, for 8-bit samples

// Fixed-point factors from a source format to the working one. Sums are shifted right by `shift`;
// rounding is within the offsets. Chroma's share of luma is first brought to 5 fractional bits.
struct ColorPlan {
  int shift = 0;
  int32_t y_gain = 0, y_offset = 0;
  int32_t y_from_u = 0, y_from_v = 0, share_offset = 0;
  int32_t u_from_u = 0, u_from_v = 0, u_offset = 0;
  int32_t v_from_u = 0, v_from_v = 0, v_offset = 0;
  struct Rgb {
    int32_t r = 0, g = 0, b = 0, offset = 0;
  };
  std::array<Rgb, 3> rgb;  // for y, u and v

  bool luma_needs_chroma() const { return y_from_u != 0 || y_from_v != 0; }
};
inline constexpr int kShareBits = 5;

// Of unknown matrix and range as color.h says.
ColorPlan make_color_plan(const frame::Format& format);

// How chroma rows and columns lie about luma ones: luma sample 2c (even) takes
// even[0] * chroma[c - 1] + even[1] * chroma[c], and 2c + 1 takes odd[0] * chroma[c] + odd[1] *
// chroma[c + 1]; weights sum to 4.
struct ChromaPhase {
  int even[2];
  int odd[2];
};
inline constexpr ChromaPhase kCosited{{0, 4}, {2, 2}};
inline constexpr ChromaPhase kBetween{{1, 3}, {3, 1}};

// Source rows are uint8_t or, when `wide`, uint16_t.
struct ColorRows {
  // share[x]: chroma's part of luma with kShareBits + 4 fractional bits, or null.
  void (*luma)(const void* y, bool wide, const int16_t* share, const ColorPlan&, int n,
               uint8_t* out);
  void (*chroma)(const void* u, const void* v, bool wide, const ColorPlan&, int n, uint8_t* out_u,
                 uint8_t* out_v);
  // Chroma's part of luma at chroma's own places, kShareBits.
  void (*share)(const void* u, const void* v, bool wide, const ColorPlan&, int n, int16_t* out);
  // out[x] = a[x] * weight_a + b[x] * (4 - weight_a)
  void (*blend_shares)(const int16_t* a, const int16_t* b, int weight_a, int n, int16_t* out);
  // n luma samples from (n + 1) / 2 shares; share[-1] and share[(n + 1) / 2] repeat the edges.
  void (*spread_shares)(const int16_t* share, const ChromaPhase&, int n, int16_t* out);
  void (*rgb)(const void* r, const void* g, const void* b, bool wide, const ColorPlan&, int n,
              const std::array<uint8_t*, 3>& out);
};

extern const ColorRows kPlainColorRows;
ColorRows fast_color_rows();

struct BitmapRows {
  // A row of premultiplied BGRA as luma and alpha.
  void (*luma_alpha)(const uint32_t* pixels, int n, uint8_t* y, uint8_t* alpha);
  // The sums of two rows' channels, (b, r) and (g, a) as 16-bit pairs.
  void (*add_rows)(const uint32_t* a, const uint32_t* b, int n, uint32_t* br, uint32_t* ga);
  // n left-sited chroma samples from 2n of these sums and those at index -1.
  void (*chroma)(const uint32_t* br, const uint32_t* ga, int n, uint8_t* u, uint8_t* v);
};
extern const BitmapRows kPlainBitmapRows;
BitmapRows fast_bitmap_rows();

// Factors with 15 fractional bits on b, r, g and alpha, which carries luma's offset. That of chroma
// stands whatever the alpha.
struct BitmapFactors {
  int16_t b, r, g, a;
};
inline constexpr BitmapFactors kBitmapY{2032, 5983, 20127, 2056};
inline constexpr BitmapFactors kBitmapU{14392, -3298, -11094, 0};
inline constexpr BitmapFactors kBitmapV{-1320, 14392, -13072, 0};
inline constexpr int32_t kBitmapChromaOffset = (128 << 18) + (1 << 17);  // with rounding

}  // namespace rushes::kernels
