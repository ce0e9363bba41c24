#include <algorithm>

#include "base/result.h"
#include "kernels/color.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/alpha_to_chroma.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {

void alpha_rows(frame::PlaneView src, frame::MutablePlaneView dst) {
#if RUSHES_PLAIN_TARGET
  ref::alpha_to_chroma(src, dst);
#else
  const DU16 d;
  const DU8 d8;
  const hn::Rebind<uint8_t, DU16> half;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const VU16 low = hn::Set(d, 0xFF);
  for (int j = 0; j < dst.height; ++j) {
    const uint8_t* a = src.row(2 * j);
    const uint8_t* b = src.row(std::min(2 * j + 1, src.height - 1));
    uint8_t* out = dst.row(j);
    const auto at = [&](int x) {
      x = std::clamp(x, 0, src.width - 1);
      return a[x] + b[x];
    };
    const auto plain = [&](int i) {
      const int sum = at(2 * i - 1) + 2 * at(2 * i) + at(2 * i + 1);
      return static_cast<uint8_t>((sum + 4) >> 3);
    };
    int i = 0;
    if (dst.width > 0) out[i++] = plain(0);
    for (; 2 * (i + lanes) <= src.width; i += lanes) {
      const auto load = [&](const uint8_t* p) HWY_ATTR { return hn::BitCast(d, hn::LoadU(d8, p)); };
      const VU16 va = load(a + 2 * i), vb = load(b + 2 * i);
      const VU16 pa = load(a + 2 * i - 2), pb = load(b + 2 * i - 2);
      const VU16 even = hn::Add(hn::And(va, low), hn::And(vb, low));
      const VU16 odd = hn::Add(hn::ShiftRight<8>(va), hn::ShiftRight<8>(vb));
      const VU16 before = hn::Add(hn::ShiftRight<8>(pa), hn::ShiftRight<8>(pb));
      const VU16 sum = hn::Add(hn::Add(before, odd), hn::Add(even, even));
      const VU16 rounded = hn::ShiftRight<3>(hn::Add(sum, hn::Set(d, 4)));
      hn::StoreU(hn::DemoteTo(half, hn::BitCast(DI16(), rounded)), half, out + i);
    }
    for (; i < dst.width; ++i) out[i] = plain(i);
  }
#endif
}

}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {

HWY_EXPORT(alpha_rows);

void alpha_to_chroma(frame::PlaneView src, frame::MutablePlaneView dst) {
  RUSHES_CHECK(dst.width == (src.width + 1) / 2 && dst.height == (src.height + 1) / 2);
  HWY_DYNAMIC_DISPATCH(alpha_rows)(src, dst);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
