#include "kernels/blend.h"

#include <cstring>

#include "base/result.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/blend.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {
#if RUSHES_PLAIN_TARGET

void mix_planes(MutablePlaneView dst, PlaneView a, PlaneView b, int weight) {
  ref::mix(dst, a, b, weight);
}
void mix_color_planes(MutablePlaneView dst, PlaneView a, uint8_t value, int weight) {
  ref::mix_color(dst, a, value, weight);
}
void mix_masked_planes(MutablePlaneView dst, PlaneView a, PlaneView b, PlaneView mask) {
  ref::mix_masked(dst, a, b, mask);
}
void blend_premultiplied_planes(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                uint8_t opacity) {
  ref::blend_premultiplied(dst, src, alpha, opacity);
}
void blend_premultiplied_chroma_planes(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                       uint8_t opacity) {
  ref::blend_premultiplied_chroma(dst, src, alpha, opacity);
}
void blend_masked_planes(MutablePlaneView dst, PlaneView src, PlaneView mask, uint8_t opacity) {
  ref::blend_masked(dst, src, mask, opacity);
}
void blend_color_planes(MutablePlaneView dst, uint8_t value, PlaneView mask, uint8_t opacity) {
  ref::blend_color(dst, value, mask, opacity);
}
void multiply_planes(MutablePlaneView dst, PlaneView a, PlaneView b) { ref::multiply(dst, a, b); }
void multiply_chroma_planes(MutablePlaneView dst, PlaneView a, PlaneView mask) {
  ref::multiply_chroma(dst, a, mask);
}

#else

// 16-bit lanes of a vector of bytes, by 128-bit block.
struct Wide {
  VU16 lo, hi;
};
HWY_INLINE Wide widen(VU8 v) {
  const DU16 d;
  const VU8 zero = hn::Zero(DU8());
  return {hn::BitCast(d, hn::InterleaveLower(DU8(), v, zero)),
          hn::BitCast(d, hn::InterleaveUpper(DU8(), v, zero))};
}
HWY_INLINE VU8 narrow(VU16 lo, VU16 hi) {
  return pack_blocks_u8(hn::BitCast(DI16(), lo), hn::BitCast(DI16(), hi));
}

// a + round((b - a) * weight / kMixOne)
HWY_INLINE VU16 mix_lanes(VU16 a, VU16 b, VI16 weight) {
  const DI16 d;
  const VI16 twice = hn::ShiftLeft<1>(hn::BitCast(d, hn::Sub(b, a)));
  return hn::Add(a, hn::BitCast(DU16(), hn::MulFixedPoint15(twice, weight)));
}
HWY_INLINE VU8 mix_vectors(VU8 a, VU8 b, VI16 weight) {
  const Wide wa = widen(a);
  const Wide wb = widen(b);
  return narrow(mix_lanes(wa.lo, wb.lo, weight), mix_lanes(wa.hi, wb.hi, weight));
}

// div255(a * (255 - m) + b * m)
HWY_INLINE VU16 over_lanes(VU16 a, VU16 b, VU16 m) {
  const VU16 left = hn::Sub(hn::Set(DU16(), 255), m);
  return div255(hn::Add(hn::Mul(a, left), hn::Mul(b, m)));
}
HWY_INLINE VU8 over_vectors(VU8 a, VU8 b, VU8 m) {
  const Wide wa = widen(a);
  const Wide wb = widen(b);
  const Wide wm = widen(m);
  return narrow(over_lanes(wa.lo, wb.lo, wm.lo), over_lanes(wa.hi, wb.hi, wm.hi));
}
HWY_INLINE VU8 multiply_vectors(VU8 a, VU8 b) {
  const Wide wa = widen(a);
  const Wide wb = widen(b);
  return narrow(div255(hn::Mul(wa.lo, wb.lo)), div255(hn::Mul(wa.hi, wb.hi)));
}
HWY_INLINE bool all_zero(VU8 v) { return hn::AllTrue(DU8(), hn::Eq(v, hn::Zero(DU8()))); }

void mix_planes(MutablePlaneView dst, PlaneView a, PlaneView b, int weight) {
  const VI16 w = hn::Set(DI16(), static_cast<int16_t>(weight));
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      const VU8 va = load_bytes(a.row(y) + x, n);
      store_bytes(mix_vectors(va, load_bytes(b.row(y) + x, n), w), dst.row(y) + x, n);
    });
  }
}

void mix_color_planes(MutablePlaneView dst, PlaneView a, uint8_t value, int weight) {
  const VI16 w = hn::Set(DI16(), static_cast<int16_t>(weight));
  const VU8 b = hn::Set(DU8(), value);
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      store_bytes(mix_vectors(load_bytes(a.row(y) + x, n), b, w), dst.row(y) + x, n);
    });
  }
}

void mix_masked_planes(MutablePlaneView dst, PlaneView a, PlaneView b, PlaneView mask) {
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      const VU8 va = load_bytes(a.row(y) + x, n);
      const VU8 vb = load_bytes(b.row(y) + x, n);
      store_bytes(over_vectors(va, vb, load_bytes(mask.row(y) + x, n)), dst.row(y) + x, n);
    });
  }
}

void blend_premultiplied_planes(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                uint8_t opacity) {
  const VU8 scale = hn::Set(DU8(), opacity);
  const VU8 full = hn::Set(DU8(), 255);
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      VU8 s = load_bytes(src.row(y) + x, n);
      VU8 a = load_bytes(alpha.row(y) + x, n);
      if (all_zero(hn::Or(s, a))) return;
      if (opacity != 255) {
        s = multiply_vectors(s, scale);
        a = multiply_vectors(a, scale);
      }
      const VU8 under = multiply_vectors(load_bytes(dst.row(y) + x, n), hn::Sub(full, a));
      store_bytes(hn::SaturatedAdd(s, under), dst.row(y) + x, n);
    });
  }
}

void blend_premultiplied_chroma_planes(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                       uint8_t opacity) {
  const hn::Repartition<int8_t, DU8> d;
  const VU8 middle = hn::Set(DU8(), 128);
  const VU8 scale = hn::Set(DU8(), opacity);
  const VU8 full = hn::Set(DU8(), 255);
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      VU8 s = load_bytes(src.row(y) + x, n);
      VU8 a = load_bytes(alpha.row(y) + x, n);
      if (all_zero(hn::Or(hn::Xor(s, middle), a))) return;
      if (opacity != 255) {
        s = over_vectors(middle, s, scale);
        a = multiply_vectors(a, scale);
      }
      const VU8 under = over_vectors(middle, load_bytes(dst.row(y) + x, n), hn::Sub(full, a));
      // Less 128 each, both are signed.
      const auto sum = hn::SaturatedAdd(hn::BitCast(d, hn::Xor(s, middle)),
                                        hn::BitCast(d, hn::Xor(under, middle)));
      store_bytes(hn::Xor(hn::BitCast(DU8(), sum), middle), dst.row(y) + x, n);
    });
  }
}

template <class Source>
HWY_INLINE void blend_under_mask(MutablePlaneView dst, PlaneView mask, uint8_t opacity,
                                 Source source) {
  const VU8 scale = hn::Set(DU8(), opacity);
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      VU8 m = load_bytes(mask.row(y) + x, n);
      if (all_zero(m)) return;
      if (opacity != 255) m = multiply_vectors(m, scale);
      const VU8 under = load_bytes(dst.row(y) + x, n);
      store_bytes(over_vectors(under, source(x, y, n), m), dst.row(y) + x, n);
    });
  }
}

void blend_masked_planes(MutablePlaneView dst, PlaneView src, PlaneView mask, uint8_t opacity) {
  blend_under_mask(dst, mask, opacity,
                   [&](int x, int y, int n) HWY_ATTR { return load_bytes(src.row(y) + x, n); });
}

void blend_color_planes(MutablePlaneView dst, uint8_t value, PlaneView mask, uint8_t opacity) {
  const VU8 color = hn::Set(DU8(), value);
  blend_under_mask(dst, mask, opacity, [&](int, int, int) HWY_ATTR { return color; });
}

void multiply_planes(MutablePlaneView dst, PlaneView a, PlaneView b) {
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      const VU8 va = load_bytes(a.row(y) + x, n);
      store_bytes(multiply_vectors(va, load_bytes(b.row(y) + x, n)), dst.row(y) + x, n);
    });
  }
}

void multiply_chroma_planes(MutablePlaneView dst, PlaneView a, PlaneView mask) {
  const VU8 middle = hn::Set(DU8(), 128);
  for (int y = 0; y < dst.height; ++y) {
    for_each_vector(dst.width, [&](int x, int n) HWY_ATTR {
      const VU8 va = load_bytes(a.row(y) + x, n);
      store_bytes(over_vectors(middle, va, load_bytes(mask.row(y) + x, n)), dst.row(y) + x, n);
    });
  }
}

#endif  // RUSHES_PLAIN_TARGET
}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {
namespace {

HWY_EXPORT(mix_planes);
HWY_EXPORT(mix_color_planes);
HWY_EXPORT(mix_masked_planes);
HWY_EXPORT(blend_premultiplied_planes);
HWY_EXPORT(blend_premultiplied_chroma_planes);
HWY_EXPORT(blend_masked_planes);
HWY_EXPORT(blend_color_planes);
HWY_EXPORT(multiply_planes);
HWY_EXPORT(multiply_chroma_planes);

void check_same_size(const MutablePlaneView& dst, const PlaneView& src) {
  RUSHES_CHECK(dst.width == src.width && dst.height == src.height);
}

}  // namespace

void fill(MutablePlaneView dst, uint8_t value) {
  for (int y = 0; y < dst.height; ++y) {
    std::memset(dst.row(y), value, static_cast<size_t>(dst.width));
  }
}

void copy(MutablePlaneView dst, PlaneView src) {
  check_same_size(dst, src);
  if (dst.data == src.data && dst.stride == src.stride) return;
  for (int y = 0; y < dst.height; ++y) {
    std::memcpy(dst.row(y), src.row(y), static_cast<size_t>(dst.width));
  }
}

void mix(MutablePlaneView dst, PlaneView a, PlaneView b, int weight) {
  check_same_size(dst, a);
  check_same_size(dst, b);
  if (weight <= 0) return copy(dst, a);
  if (weight >= kMixOne) return copy(dst, b);
  HWY_DYNAMIC_DISPATCH(mix_planes)(dst, a, b, weight);
}

void mix_color(MutablePlaneView dst, PlaneView a, uint8_t value, int weight) {
  check_same_size(dst, a);
  if (weight <= 0) return copy(dst, a);
  if (weight >= kMixOne) return fill(dst, value);
  HWY_DYNAMIC_DISPATCH(mix_color_planes)(dst, a, value, weight);
}

void mix_masked(MutablePlaneView dst, PlaneView a, PlaneView b, PlaneView mask) {
  check_same_size(dst, a);
  check_same_size(dst, b);
  check_same_size(dst, mask);
  HWY_DYNAMIC_DISPATCH(mix_masked_planes)(dst, a, b, mask);
}

void blend_premultiplied(MutablePlaneView dst, PlaneView src, PlaneView alpha, uint8_t opacity) {
  check_same_size(dst, src);
  check_same_size(dst, alpha);
  HWY_DYNAMIC_DISPATCH(blend_premultiplied_planes)(dst, src, alpha, opacity);
}

void blend_premultiplied_chroma(MutablePlaneView dst, PlaneView src, PlaneView alpha,
                                uint8_t opacity) {
  check_same_size(dst, src);
  check_same_size(dst, alpha);
  HWY_DYNAMIC_DISPATCH(blend_premultiplied_chroma_planes)(dst, src, alpha, opacity);
}

void blend_masked(MutablePlaneView dst, PlaneView src, PlaneView mask, uint8_t opacity) {
  check_same_size(dst, src);
  check_same_size(dst, mask);
  HWY_DYNAMIC_DISPATCH(blend_masked_planes)(dst, src, mask, opacity);
}

void blend_color(MutablePlaneView dst, uint8_t value, PlaneView mask, uint8_t opacity) {
  check_same_size(dst, mask);
  HWY_DYNAMIC_DISPATCH(blend_color_planes)(dst, value, mask, opacity);
}

void multiply(MutablePlaneView dst, PlaneView a, PlaneView b) {
  check_same_size(dst, a);
  check_same_size(dst, b);
  HWY_DYNAMIC_DISPATCH(multiply_planes)(dst, a, b);
}

void multiply_chroma(MutablePlaneView dst, PlaneView a, PlaneView mask) {
  check_same_size(dst, a);
  check_same_size(dst, mask);
  HWY_DYNAMIC_DISPATCH(multiply_chroma_planes)(dst, a, mask);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
