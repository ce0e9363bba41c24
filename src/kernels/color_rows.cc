#include "kernels/color_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/color_rows.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {
#if RUSHES_PLAIN_TARGET

ColorRows color_rows() { return kPlainColorRows; }
BitmapRows bitmap_rows() { return kPlainBitmapRows; }

#else

using DQ8 = hn::Rebind<uint8_t, DI32>;   // as many bytes as there are 32-bit lanes
using DH16 = hn::Rebind<int16_t, DI32>;  // as many 16-bit lanes
using DHU16 = hn::Rebind<uint16_t, DI32>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(DI32()));

// Calls body(i) for whole vectors of 32-bit lanes; returns where the rest starts. Rests are done by
// the plain loops.
template <class F>
HWY_INLINE int whole_vectors(int n, F body) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i);
  return i;
}

HWY_INLINE VI32 load_samples(const uint8_t* p) {
  return hn::PromoteTo(DI32(), hn::LoadU(DQ8(), p));
}
HWY_INLINE VI32 load_samples(const uint16_t* p) {
  return hn::PromoteTo(DI32(), hn::LoadU(DHU16(), p));
}
HWY_INLINE VI32 set(int32_t x) { return hn::Set(DI32(), x); }
HWY_INLINE void store_clipped(VI32 v, uint8_t* p) { hn::StoreU(hn::DemoteTo(DQ8(), v), DQ8(), p); }
HWY_INLINE VI32 shift_right(VI32 v, int bits) { return hn::ShiftRightSame(v, bits); }

template <class T>
void luma_row(const T* y, const int16_t* share, const ColorPlan& p, int n, uint8_t* out) {
  const VI32 gain = set(p.y_gain);
  const VI32 offset = set(p.y_offset);
  const int up = p.shift - kShareBits - 4;
  const int done = whole_vectors(n, [&](int i) HWY_ATTR {
    VI32 sum = hn::Add(hn::Mul(load_samples(y + i), gain), offset);
    if (share != nullptr) {
      const VI32 s = hn::PromoteTo(DI32(), hn::LoadU(DH16(), share + i));
      sum = hn::Add(sum, hn::ShiftLeftSame(s, up));
    }
    store_clipped(shift_right(sum, p.shift), out + i);
  });
  kPlainColorRows.luma(y + done, sizeof(T) == 2, share != nullptr ? share + done : nullptr, p,
                       n - done, out + done);
}

void luma(const void* y, bool wide, const int16_t* share, const ColorPlan& p, int n, uint8_t* out) {
  if (wide) return luma_row(static_cast<const uint16_t*>(y), share, p, n, out);
  luma_row(static_cast<const uint8_t*>(y), share, p, n, out);
}

template <class T>
void chroma_row(const T* u, const T* v, const ColorPlan& p, int n, uint8_t* out_u, uint8_t* out_v) {
  const VI32 uu = set(p.u_from_u), uv = set(p.u_from_v), u0 = set(p.u_offset);
  const VI32 vu = set(p.v_from_u), vv = set(p.v_from_v), v0 = set(p.v_offset);
  const int done = whole_vectors(n, [&](int i) HWY_ATTR {
    const VI32 a = load_samples(u + i);
    const VI32 b = load_samples(v + i);
    const VI32 su = hn::Add(hn::Add(hn::Mul(a, uu), hn::Mul(b, uv)), u0);
    const VI32 sv = hn::Add(hn::Add(hn::Mul(a, vu), hn::Mul(b, vv)), v0);
    store_clipped(shift_right(su, p.shift), out_u + i);
    store_clipped(shift_right(sv, p.shift), out_v + i);
  });
  kPlainColorRows.chroma(u + done, v + done, sizeof(T) == 2, p, n - done, out_u + done,
                         out_v + done);
}

void chroma(const void* u, const void* v, bool wide, const ColorPlan& p, int n, uint8_t* out_u,
            uint8_t* out_v) {
  if (wide) {
    return chroma_row(static_cast<const uint16_t*>(u), static_cast<const uint16_t*>(v), p, n, out_u,
                      out_v);
  }
  chroma_row(static_cast<const uint8_t*>(u), static_cast<const uint8_t*>(v), p, n, out_u, out_v);
}

template <class T>
void share_row(const T* u, const T* v, const ColorPlan& p, int n, int16_t* out) {
  const VI32 yu = set(p.y_from_u), yv = set(p.y_from_v), offset = set(p.share_offset);
  const int done = whole_vectors(n, [&](int i) HWY_ATTR {
    const VI32 sum = hn::Add(hn::Mul(load_samples(u + i), yu), hn::Mul(load_samples(v + i), yv));
    const VI32 s = shift_right(hn::Add(sum, offset), p.shift - kShareBits);
    hn::StoreU(hn::DemoteTo(DH16(), s), DH16(), out + i);
  });
  kPlainColorRows.share(u + done, v + done, sizeof(T) == 2, p, n - done, out + done);
}

void share(const void* u, const void* v, bool wide, const ColorPlan& p, int n, int16_t* out) {
  if (wide) {
    return share_row(static_cast<const uint16_t*>(u), static_cast<const uint16_t*>(v), p, n, out);
  }
  share_row(static_cast<const uint8_t*>(u), static_cast<const uint8_t*>(v), p, n, out);
}

void blend_shares(const int16_t* a, const int16_t* b, int weight_a, int n, int16_t* out) {
  const DI16 d;
  const VI16 wa = hn::Set(d, static_cast<int16_t>(weight_a));
  const VI16 wb = hn::Set(d, static_cast<int16_t>(4 - weight_a));
  const int lanes = static_cast<int>(hn::Lanes(d));
  int i = 0;
  for (; i + lanes <= n; i += lanes) {
    const VI16 sum = hn::Add(hn::Mul(hn::LoadU(d, a + i), wa), hn::Mul(hn::LoadU(d, b + i), wb));
    hn::StoreU(sum, d, out + i);
  }
  kPlainColorRows.blend_shares(a + i, b + i, weight_a, n - i, out + i);
}

void spread_shares(const int16_t* s, const ChromaPhase& phase, int n, int16_t* out) {
  const DI16 d;
  const auto weight = [&](int w) HWY_ATTR { return hn::Set(d, static_cast<int16_t>(w)); };
  const VI16 e0 = weight(phase.even[0]), e1 = weight(phase.even[1]);
  const VI16 o0 = weight(phase.odd[0]), o1 = weight(phase.odd[1]);
  const int lanes = static_cast<int>(hn::Lanes(d));
  int i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const int16_t* c = s + i / 2;
    const VI16 before = hn::LoadU(d, c - 1);
    const VI16 here = hn::LoadU(d, c);
    const VI16 after = hn::LoadU(d, c + 1);
    hn::StoreInterleaved2(hn::Add(hn::Mul(before, e0), hn::Mul(here, e1)),
                          hn::Add(hn::Mul(here, o0), hn::Mul(after, o1)), d, out + i);
  }
  kPlainColorRows.spread_shares(s + i / 2, phase, n - i, out + i);
}

template <class T>
void rgb_row(const T* r, const T* g, const T* b, const ColorPlan& p, int n,
             const std::array<uint8_t*, 3>& out) {
  for (size_t k = 0; k < 3; ++k) {
    const ColorPlan::Rgb& f = p.rgb[k];
    const VI32 fr = set(f.r), fg = set(f.g), fb = set(f.b), offset = set(f.offset);
    uint8_t* to = out[k];
    whole_vectors(n, [&](int i) HWY_ATTR {
      const VI32 rg = hn::Add(hn::Mul(load_samples(r + i), fr), hn::Mul(load_samples(g + i), fg));
      const VI32 sum = hn::Add(hn::Add(rg, hn::Mul(load_samples(b + i), fb)), offset);
      store_clipped(shift_right(sum, p.shift), to + i);
    });
  }
  const int done = n / kLanes * kLanes;
  kPlainColorRows.rgb(r + done, g + done, b + done, sizeof(T) == 2, p, n - done,
                      {out[0] + done, out[1] + done, out[2] + done});
}

void rgb(const void* r, const void* g, const void* b, bool wide, const ColorPlan& p, int n,
         const std::array<uint8_t*, 3>& out) {
  if (wide) {
    return rgb_row(static_cast<const uint16_t*>(r), static_cast<const uint16_t*>(g),
                   static_cast<const uint16_t*>(b), p, n, out);
  }
  rgb_row(static_cast<const uint8_t*>(r), static_cast<const uint8_t*>(g),
          static_cast<const uint8_t*>(b), p, n, out);
}

struct PairFactors {
  VI16 br, ga;
};
HWY_INLINE PairFactors pair_factors(const BitmapFactors& f) {
  const auto both = [](int16_t low, int16_t high) HWY_ATTR {
    const uint32_t bits =
        static_cast<uint16_t>(low) | static_cast<uint32_t>(static_cast<uint16_t>(high)) << 16;
    return hn::BitCast(DI16(), hn::Set(DU32(), bits));
  };
  return {both(f.b, f.r), both(f.g, f.a)};
}
HWY_INLINE VI32 weigh(const PairFactors& f, VU32 br, VU32 ga, VI32 start) {
  const DI16 d;
  start = multiply_pairs_add(hn::BitCast(d, br), f.br, start);
  return multiply_pairs_add(hn::BitCast(d, ga), f.ga, start);
}

void luma_alpha(const uint32_t* pixels, int n, uint8_t* y, uint8_t* alpha) {
  const DU32 d;
  const VU32 mask = hn::Set(d, 0x00FF00FF);
  const PairFactors f = pair_factors(kBitmapY);
  const int done = whole_vectors(n, [&](int i) HWY_ATTR {
    const VU32 v = hn::LoadU(d, pixels + i);
    const VI32 sum = weigh(f, hn::And(v, mask), hn::And(hn::ShiftRight<8>(v), mask), set(1 << 14));
    store_clipped(hn::ShiftRight<15>(sum), y + i);
    store_clipped(hn::BitCast(DI32(), hn::ShiftRight<24>(v)), alpha + i);
  });
  kPlainBitmapRows.luma_alpha(pixels + done, n - done, y + done, alpha + done);
}

void add_rows(const uint32_t* a, const uint32_t* b, int n, uint32_t* br, uint32_t* ga) {
  const DU32 d;
  const VU32 mask = hn::Set(d, 0x00FF00FF);
  const int done = whole_vectors(n, [&](int i) HWY_ATTR {
    const VU32 va = hn::LoadU(d, a + i);
    const VU32 vb = hn::LoadU(d, b + i);
    hn::StoreU(hn::Add(hn::And(va, mask), hn::And(vb, mask)), d, br + i);
    hn::StoreU(hn::Add(hn::And(hn::ShiftRight<8>(va), mask), hn::And(hn::ShiftRight<8>(vb), mask)),
               d, ga + i);
  });
  kPlainBitmapRows.add_rows(a + done, b + done, n - done, br + done, ga + done);
}

// s[2i - 1] + 2 * s[2i] + s[2i + 1]
HWY_INLINE VU32 three_taps(const uint32_t* s) {
  const DU32 d;
  VU32 even, odd, before, again;
  hn::LoadInterleaved2(d, s, even, odd);
  hn::LoadInterleaved2(d, s - 1, before, again);
  return hn::Add(hn::Add(before, odd), hn::ShiftLeft<1>(even));
}

void bitmap_chroma(const uint32_t* br, const uint32_t* ga, int n, uint8_t* u, uint8_t* v) {
  const PairFactors fu = pair_factors(kBitmapU);
  const PairFactors fv = pair_factors(kBitmapV);
  const int done = whole_vectors(n, [&](int i) HWY_ATTR {
    const VU32 sum_br = three_taps(br + 2 * i);
    const VU32 sum_ga = three_taps(ga + 2 * i);
    store_clipped(hn::ShiftRight<18>(weigh(fu, sum_br, sum_ga, set(kBitmapChromaOffset))), u + i);
    store_clipped(hn::ShiftRight<18>(weigh(fv, sum_br, sum_ga, set(kBitmapChromaOffset))), v + i);
  });
  kPlainBitmapRows.chroma(br + 2 * done, ga + 2 * done, n - done, u + done, v + done);
}

ColorRows color_rows() { return {luma, chroma, share, blend_shares, spread_shares, rgb}; }
BitmapRows bitmap_rows() { return {luma_alpha, add_rows, bitmap_chroma}; }

#endif  // RUSHES_PLAIN_TARGET
}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {

HWY_EXPORT(color_rows);
HWY_EXPORT(bitmap_rows);
ColorRows fast_color_rows() { return HWY_DYNAMIC_DISPATCH(color_rows)(); }
BitmapRows fast_bitmap_rows() { return HWY_DYNAMIC_DISPATCH(bitmap_rows)(); }

}  // namespace rushes::kernels
#endif  // HWY_ONCE
