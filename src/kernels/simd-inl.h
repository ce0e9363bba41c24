// Per-target helpers: include after hwy/highway.h, in files that foreach_target.h repeats.
#if defined(RUSHES_KERNELS_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RUSHES_KERNELS_SIMD_INL_H_
#undef RUSHES_KERNELS_SIMD_INL_H_
#else
#define RUSHES_KERNELS_SIMD_INL_H_
#endif

#include <cstring>

#include "hwy/highway.h"

// Targets on which the plain reference runs: one lane, emulated lanes, and lanes of unknown number
// (our kernels rely on 128-bit blocks).
#undef RUSHES_PLAIN_TARGET
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_HAVE_SCALABLE || \
    HWY_TARGET == HWY_SVE_256 || HWY_TARGET == HWY_SVE2_128
#define RUSHES_PLAIN_TARGET 1
#else
#define RUSHES_PLAIN_TARGET 0
#endif

#if !RUSHES_PLAIN_TARGET
HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DU8 = hn::ScalableTag<uint8_t>;
using DU16 = hn::ScalableTag<uint16_t>;
using DI16 = hn::ScalableTag<int16_t>;
using DU32 = hn::ScalableTag<uint32_t>;
using DI32 = hn::ScalableTag<int32_t>;
using VU8 = hn::Vec<DU8>;
using VU16 = hn::Vec<DU16>;
using VI16 = hn::Vec<DI16>;
using VU32 = hn::Vec<DU32>;
using VI32 = hn::Vec<DI32>;

// sum[i] + a[2i] * b[2i] + a[2i + 1] * b[2i + 1]
HWY_INLINE VI32 multiply_pairs_add(VI16 a, VI16 b, VI32 sum) {
  const DI32 d;
  VI32 odd = hn::Zero(d);
  const VI32 even = hn::ReorderWidenMulAccumulate(d, a, b, hn::Zero(d), odd);
  return hn::Add(sum, hn::RearrangeToOddPlusEven(even, odd));
}

// Saturated; lanes of `lo` and `hi` alternate by 128-bit block, as InterleaveLower/Upper leave
// them.
HWY_INLINE VI16 pack_blocks(VI32 lo, VI32 hi) { return hn::ReorderDemote2To(DI16(), lo, hi); }

// The same from 16 to 8 bits: undoes InterleaveLower/Upper with zero.
HWY_INLINE VU8 pack_blocks_u8(VI16 lo, VI16 hi) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return VU8{_mm512_packus_epi16(lo.raw, hi.raw)};
#elif HWY_TARGET == HWY_AVX2
  return VU8{_mm256_packus_epi16(lo.raw, hi.raw)};
#elif HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
  return VU8{_mm_packus_epi16(lo.raw, hi.raw)};
#else
  const hn::Half<DU8> dh;
  return hn::Combine(DU8(), hn::DemoteTo(dh, hi), hn::DemoteTo(dh, lo));
#endif
}

// Saturated, lanes of `lo` before those of `hi`.
HWY_INLINE VI16 pack_in_order(VI32 lo, VI32 hi) {
  const VI16 v = pack_blocks(lo, hi);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return VI16{_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), v.raw)};
#elif HWY_TARGET == HWY_AVX2
  return VI16{_mm256_permute4x64_epi64(v.raw, 0xD8)};
#else
  return v;
#endif
}
HWY_INLINE VU8 pack_in_order_u8(VI16 lo, VI16 hi) {
  const VU8 v = pack_blocks_u8(lo, hi);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return VU8{_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), v.raw)};
#elif HWY_TARGET == HWY_AVX2
  return VU8{_mm256_permute4x64_epi64(v.raw, 0xD8)};
#else
  return v;
#endif
}

// x / 255 to nearest for 16-bit lanes, x <= 65025: v + (v >> 8) >> 8 is v * 257 >> 16.
HWY_INLINE VU16 div255(VU16 x) {
  const DU16 d;
  return hn::MulHigh(hn::Add(x, hn::Set(d, 128)), hn::Set(d, 257));
}

// Calls f(x, count) over [0, width) in steps of a whole vector of bytes: count is all lanes but for
// the last step.
template <class F>
HWY_INLINE void for_each_vector(int width, F f) {
  const int lanes = static_cast<int>(hn::Lanes(DU8()));
  int x = 0;
  for (; x + lanes <= width; x += lanes) f(x, lanes);
  if (x < width) f(x, width - x);
}

HWY_INLINE VU8 load_bytes(const uint8_t* p, int count) {
  const DU8 d;
  if (count == static_cast<int>(hn::Lanes(d))) return hn::LoadU(d, p);
  HWY_ALIGN uint8_t buffer[hn::MaxLanes(d)] = {};
  std::memcpy(buffer, p, static_cast<size_t>(count));
  return hn::Load(d, buffer);
}

HWY_INLINE void store_bytes(VU8 v, uint8_t* p, int count) {
  const DU8 d;
  if (count == static_cast<int>(hn::Lanes(d))) return hn::StoreU(v, d, p);
  HWY_ALIGN uint8_t buffer[hn::MaxLanes(d)];
  hn::Store(v, d, buffer);
  std::memcpy(p, buffer, static_cast<size_t>(count));
}

}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // !RUSHES_PLAIN_TARGET
#endif  // include guard
