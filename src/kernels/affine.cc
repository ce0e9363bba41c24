#include "kernels/affine.h"

#include <algorithm>

#include "base/result.h"
#include "kernels/affine_steps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/affine.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {
#if RUSHES_PLAIN_TARGET

void affine_rows(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine, int row0,
                 int row1) {
  ref::sample_affine_rows(src, dst, affine, row0, row1);
}

#else

constexpr int kLanes = static_cast<int>(hn::MaxLanes(DI32()));

HWY_INLINE VI32 set(int32_t x) { return hn::Set(DI32(), x); }

// (position + i * step) >> kDropBits for lanes i, in 32 bits: what lanes add to the parts above and
// below the dropped bits.
struct LaneSteps {
  VI32 high, low;
};
HWY_INLINE LaneSteps lane_steps(int64_t step) {
  const VI32 lane = hn::Iota(DI32(), 0);
  const int32_t low = static_cast<int32_t>(step & ((1 << kDropBits) - 1));
  return {hn::Mul(lane, set(static_cast<int32_t>(step >> kDropBits))), hn::Mul(lane, set(low))};
}
HWY_INLINE VI32 lane_positions(int64_t start, const LaneSteps& steps) {
  // Clamping keeps what is far outside the picture there.
  constexpr int64_t kLimit = int64_t{1} << 29;
  const int64_t high = std::clamp(start >> kDropBits, -kLimit, kLimit);
  const int32_t low = static_cast<int32_t>(start & ((1 << kDropBits) - 1));
  const VI32 carry = hn::ShiftRight<kDropBits>(hn::Add(set(low), steps.low));
  return hn::Add(hn::Add(set(static_cast<int32_t>(high)), steps.high), carry);
}

// Two pairs of 14-bit weights, as 16-bit halves of each lane.
struct Weights {
  VI16 w01, w23;
};
HWY_INLINE VI16 both(VI32 low, VI32 high) {
  return hn::BitCast(DI16(), hn::Or(hn::And(low, set(0xFFFF)), hn::ShiftLeft<16>(high)));
}
HWY_INLINE Weights weights(VI32 position) {
  const VI32 f = hn::And(position, set((1 << kPhaseBits) - 1));
  const VI32 t = hn::ShiftLeft<3>(f);
  const VI32 t2 = hn::ShiftRight<9>(hn::Mul(f, f));
  const VI32 t3 = hn::ShiftRight<12>(hn::Mul(t2, f));
  const VI32 two = set(2);
  const VI32 twice = hn::Add(t2, t2);
  const VI32 w0 = hn::ShiftRight<2>(hn::Sub(hn::Add(twice, two), hn::Add(t, t3)));
  const VI32 thrice = hn::Add(t3, hn::Add(t3, t3));
  const VI32 w2 =
      hn::ShiftRight<2>(hn::Sub(hn::Add(hn::Add(t, two), hn::Add(twice, twice)), thrice));
  const VI32 w3 = hn::ShiftRight<2>(hn::Add(hn::Sub(t3, t2), two));
  const VI32 w1 = hn::Sub(hn::Sub(set(1 << 14), w0), hn::Add(w2, w3));
  return {both(w0, w1), both(w2, w3)};
}

HWY_INLINE VI32 clamp(VI32 v, int32_t low, int32_t high) {
  return hn::Min(hn::Max(v, set(low)), set(high));
}

// Which bytes of a lane's four become its 16-bit pairs.
struct Picks {
  VU8 p01, p23;
};
HWY_INLINE Picks inside_picks() {
  const VI32 lane = hn::And(hn::Iota(DI32(), 0), set(3));
  const VI32 base = hn::Mul(lane, set(0x00040004));
  const auto pick = [&](uint32_t bytes) HWY_ATTR {
    return hn::BitCast(DU8(), hn::Or(base, set(static_cast<int32_t>(bytes | 0x80008000u))));
  };
  // Sums and not carries: the bytes are below 4, the bases multiples of 4.
  return {pick(0x00010000), pick(0x00030002)};
}
// Where the four columns from `left` on reach beyond the row: a window within it, and which of its
// bytes are the nearest.
HWY_INLINE Picks edge_picks(VI32 left, VI32 window, int width) {
  const VI32 lane = hn::And(hn::Iota(DI32(), 0), set(3));
  const VI32 base = hn::Or(hn::Mul(lane, set(0x00040004)), set(static_cast<int32_t>(0x80008000u)));
  const auto byte = [&](int k) HWY_ATTR {
    return hn::Sub(clamp(hn::Add(left, set(k)), 0, width - 1), window);
  };
  const auto pick = [&](int k) HWY_ATTR {
    const VI32 pair = hn::Or(byte(k), hn::ShiftLeft<16>(byte(k + 1)));
    return hn::BitCast(DU8(), hn::Or(base, pair));
  };
  return {pick(0), pick(2)};
}

HWY_INLINE VI32 filter_across(const uint8_t* src, VI32 offset, const Picks& picks,
                              const Weights& w) {
  const DI16 d16;
  const VI32 four = hn::GatherOffset(DI32(), reinterpret_cast<const int32_t*>(src), offset);
  const VU8 bytes = hn::BitCast(DU8(), four);
  VI32 sum = set(-(128 << 14) + 64);
  sum = multiply_pairs_add(hn::BitCast(d16, hn::TableLookupBytesOr0(bytes, picks.p01)), w.w01, sum);
  sum = multiply_pairs_add(hn::BitCast(d16, hn::TableLookupBytesOr0(bytes, picks.p23)), w.w23, sum);
  return hn::ShiftRight<7>(sum);
}

// kInside: all samples of all lanes lie within the source.
template <bool kInside>
HWY_INLINE VI32 sample_vector(const frame::PlaneView& src, const Picks& inside, VI32 x, VI32 y) {
  const Weights wx = weights(x);
  const Weights wy = weights(y);
  const VI32 left = hn::Sub(hn::ShiftRight<kPhaseBits>(x), set(1));
  const VI32 top = hn::Sub(hn::ShiftRight<kPhaseBits>(y), set(1));
  const VI32 stride = set(static_cast<int32_t>(src.stride));
  const VI32 window = kInside ? left : clamp(left, 0, src.width - 4);
  const Picks picks = kInside ? inside : edge_picks(left, window, src.width);
  const auto row = [&](int k) HWY_ATTR {
    const VI32 at = hn::Add(top, set(k));
    const VI32 within = kInside ? at : clamp(at, 0, src.height - 1);
    return filter_across(src.data, hn::Add(hn::Mul(within, stride), window), picks, wx);
  };
  VI32 sum = set((128 << 21) + (1 << 20));
  sum = multiply_pairs_add(both(row(0), row(1)), wy.w01, sum);
  sum = multiply_pairs_add(both(row(2), row(3)), wy.w23, sum);
  return hn::ShiftRight<21>(sum);
}

HWY_INLINE bool within(int64_t first, int64_t last, int size) {
  const int64_t low = std::min(first, last) >> kPositionBits;
  const int64_t high = std::max(first, last) >> kPositionBits;
  return low >= 1 && high + 2 < size;
}

void affine_rows(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine, int row0,
                 int row1) {
  constexpr int64_t kMaxOffset = int64_t{1} << 30;
  // Windows are 4 wide, and offsets 32 bits.
  if (src.width < 4 || src.width > 65536 || src.height > 65536 || src.stride < 0 ||
      src.stride * src.height > kMaxOffset) {
    return ref::sample_affine_rows(src, dst, affine, row0, row1);
  }
  const hn::Rebind<uint8_t, DI32> d8;
  const Picks inside = inside_picks();
  for (int j = row0; j < row1; ++j) {
    RowSteps s = row_steps(affine, j);
    const LaneSteps dx = lane_steps(s.dx);
    const LaneSteps dy = lane_steps(s.dy);
    for (int i = 0; i < dst.width; i += kLanes) {
      const VI32 x = lane_positions(s.x, dx);
      const VI32 y = lane_positions(s.y, dy);
      const bool all_inside = within(s.x, s.x + (kLanes - 1) * s.dx, src.width) &&
                              within(s.y, s.y + (kLanes - 1) * s.dy, src.height);
      const VI32 v = all_inside ? sample_vector<true>(src, inside, x, y)
                                : sample_vector<false>(src, inside, x, y);
      const auto bytes = hn::DemoteTo(d8, v);
      if (i + kLanes <= dst.width) {
        hn::StoreU(bytes, d8, dst.row(j) + i);
      } else {
        HWY_ALIGN uint8_t last[kLanes];
        hn::Store(bytes, d8, last);
        std::memcpy(dst.row(j) + i, last, static_cast<size_t>(dst.width - i));
      }
      s.x += kLanes * s.dx;
      s.y += kLanes * s.dy;
    }
  }
}

#endif  // RUSHES_PLAIN_TARGET
}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {

HWY_EXPORT(affine_rows);

void sample_affine_rows(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine,
                        int row0, int row1) {
  RUSHES_CHECK(src.width > 0 && src.height > 0 && row0 >= 0 && row1 <= dst.height);
  HWY_DYNAMIC_DISPATCH(affine_rows)(src, dst, affine, row0, row1);
}

void sample_affine(frame::PlaneView src, frame::MutablePlaneView dst, const Affine& affine) {
  sample_affine_rows(src, dst, affine, 0, dst.height);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
