#pragma once

// Per-sample arithmetic between 8-bit planes of equal size (RUSHES_CHECK). dst may be any of the
// sources. A band of a plane is a view of its own, so threads can share a picture.
//
// div255(x) = (x + 128 + ((x + 128) >> 8)) >> 8 is x / 255 rounded to nearest, for 0 <= x <= 65535.

#include <cstdint>

#include "frame/frame.h"

namespace rushes::kernels {

using frame::MutablePlaneView;
using frame::PlaneView;

inline constexpr int kMixOne = 16384;

constexpr uint32_t div255(uint32_t x) { return (x + 128 + ((x + 128) >> 8)) >> 8; }

// dst = value
void fill(MutablePlaneView dst, uint8_t value);
// dst = src
void copy(MutablePlaneView dst, PlaneView src);
// dst = (a * (kMixOne - weight) + b * weight + kMixOne / 2) / kMixOne; 0 <= weight <= kMixOne.
void mix(MutablePlaneView dst, PlaneView a, PlaneView b, int weight);
// The same against one colour: dips and flashes.
void mix_color(MutablePlaneView dst, PlaneView a, uint8_t value, int weight);
// dst = div255(a * (255 - mask) + b * mask)
void mix_masked(MutablePlaneView dst, PlaneView a, PlaneView b, PlaneView mask);
// dst = min(255, div255(src * opacity) + div255(dst * (255 - div255(alpha * opacity))))
void blend_premultiplied(MutablePlaneView dst, PlaneView src, PlaneView alpha, uint8_t opacity);
// The same for chroma, which stands about 128: with faded(c, m) = div255(128 * (255 - m) + c * m),
// dst = clamp(faded(src, opacity) + faded(dst, 255 - div255(alpha * opacity)) - 128).
void blend_premultiplied_chroma(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                uint8_t opacity);
// An opaque picture under a coverage mask: with m = div255(mask * opacity),
// dst = div255(dst * (255 - m) + src * m).
void blend_masked(MutablePlaneView dst, PlaneView src, PlaneView mask, uint8_t opacity);
// The same with one colour.
void blend_color(MutablePlaneView dst, uint8_t value, PlaneView mask, uint8_t opacity);
// dst = div255(a * b): masks cut by masks, and straight luma made premultiplied by its alpha.
void multiply(MutablePlaneView dst, PlaneView a, PlaneView b);
// dst = div255(128 * (255 - mask) + a * mask): the same for chroma.
void multiply_chroma(MutablePlaneView dst, PlaneView a, PlaneView mask);

namespace ref {
void mix(MutablePlaneView dst, PlaneView a, PlaneView b, int weight);
void mix_color(MutablePlaneView dst, PlaneView a, uint8_t value, int weight);
void mix_masked(MutablePlaneView dst, PlaneView a, PlaneView b, PlaneView mask);
void blend_premultiplied(MutablePlaneView dst, PlaneView src, PlaneView alpha, uint8_t opacity);
void blend_premultiplied_chroma(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                uint8_t opacity);
void blend_masked(MutablePlaneView dst, PlaneView src, PlaneView mask, uint8_t opacity);
void blend_color(MutablePlaneView dst, uint8_t value, PlaneView mask, uint8_t opacity);
void multiply(MutablePlaneView dst, PlaneView a, PlaneView b);
void multiply_chroma(MutablePlaneView dst, PlaneView a, PlaneView mask);
}  // namespace ref
}  // namespace rushes::kernels
