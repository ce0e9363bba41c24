#include "base/result.h"
#include "kernels/mask.h"
#include "kernels/mask_shapes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/luma_mask.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {

void luma_rows(frame::MutablePlaneView dst, frame::PlaneView luma, const WipeOptions& options) {
#if RUSHES_PLAIN_TARGET
  ref::luma_mask(dst, luma, options);
#else
  const LumaRamp ramp(options);
  const DI32 d;
  const hn::Rebind<uint8_t, DI32> d8;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const VI32 start = hn::Set(d, ramp.start + 128);
  const VI32 slope = hn::Set(d, ramp.slope);
  for (int y = 0; y < dst.height; ++y) {
    const uint8_t* from = luma.row(y);
    uint8_t* to = dst.row(y);
    int x = 0;
    for (; x + lanes <= dst.width; x += lanes) {
      const VI32 g = hn::PromoteTo(d, hn::LoadU(d8, from + x));
      const VI32 code = hn::ShiftRight<8>(hn::Sub(start, hn::Mul(g, slope)));
      // DemoteTo saturates 16 bits only.
      const VI32 clamped = hn::Min(code, hn::Set(d, 255));
      hn::StoreU(hn::DemoteTo(d8, clamped), d8, to + x);
    }
    for (; x < dst.width; ++x) {
      const int32_t code = (ramp.start - from[x] * ramp.slope + 128) >> 8;
      to[x] = static_cast<uint8_t>(std::clamp(code, 0, 255));
    }
  }
#endif
}

}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {

HWY_EXPORT(luma_rows);

void luma_mask(frame::MutablePlaneView dst, frame::PlaneView luma, const WipeOptions& options) {
  RUSHES_CHECK(dst.width == luma.width && dst.height == luma.height);
  HWY_DYNAMIC_DISPATCH(luma_rows)(dst, luma, options);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
