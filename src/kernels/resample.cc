#include "kernels/resample.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"
#include "hwy/cache_control.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/resample.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {
#if RUSHES_PLAIN_TARGET

void resample_band(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
                   const FilterAxis& y, int row0, int row1, ResampleScratch&) {
  ref::resample_rows(src, dst, x, y, row0, row1);
}

#else

constexpr int kLanes = static_cast<int>(hn::MaxLanes(DI32()));
constexpr int kBytes = kLanes * 4;
constexpr int kMaxTaps = static_cast<int>(4 * kMaxStep) + 2;

// A vector of kLanes outputs takes its samples from windows: one of 16 bytes per 128-bit block, or,
// where bytes can be picked across a whole vector, a single one.
#if HWY_TARGET == HWY_AVX3_DL
constexpr int kWindowOutputs = kLanes;
constexpr int kWindow = 64;
HWY_INLINE VU8 load_windows(const uint8_t* row, const int32_t* first) {
  return hn::LoadU(DU8(), row + first[0]);
}
HWY_INLINE VI16 pick(VU8 windows, VU8 picks) {
  // Every odd byte is zero: samples become 16-bit.
  return VI16{_mm512_maskz_permutexvar_epi8(0x5555555555555555u, picks.raw, windows.raw)};
}
#else
constexpr int kWindowOutputs = 4;
constexpr int kWindow = 16;
HWY_INLINE VU8 load_windows(const uint8_t* row, const int32_t* first) {
  const hn::Full128<uint8_t> d;
  const auto v0 = hn::LoadU(d, row + first[0]);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  const hn::Full256<uint8_t> d256;
  const auto v1 = hn::Combine(d256, hn::LoadU(d, row + first[4]), v0);
#if HWY_TARGET == HWY_AVX3
  const auto v3 = hn::Combine(d256, hn::LoadU(d, row + first[12]), hn::LoadU(d, row + first[8]));
  return hn::Combine(DU8(), v3, v1);
#else
  return v1;
#endif
#else
  return v0;
#endif
}
HWY_INLINE VI16 pick(VU8 windows, VU8 picks) {
  return hn::BitCast(DI16(), hn::TableLookupBytesOr0(windows, picks));
}
#endif

// FilterAxis as the row filter wants it, for vectors of kLanes outputs.
struct Columns {
  const int32_t* first;    // per output, padded to whole vectors
  const int16_t* weights;  // [vector][pair of taps][output][2]
  const int32_t* picks;    // [vector][output]: which bytes of the window make its first two taps
  int vectors;
  int pairs;         // of taps
  int window_pairs;  // how many pairs one window holds; 0: too few, samples are gathered
  int safe;          // vectors whose windows end within the row
  int tail;          // where the copy of the row's end starts
};

Columns prepare_columns(const FilterAxis& x, ResampleScratch& s) {
  Columns c{};
  c.vectors = (x.outputs + kLanes - 1) / kLanes;
  const int padded = c.vectors * kLanes;
  int32_t* first = s.windows.ensure<int32_t>(static_cast<size_t>(2 * padded));
  int32_t* picks = first + padded;
  std::copy(x.first.begin(), x.first.end(), first);
  std::fill(first + x.outputs, first + padded, x.first.back());
  int span = 0;
  for (int i = 0; i < padded; ++i) {
    const int in_window = first[i] - first[i / kWindowOutputs * kWindowOutputs];
    span = std::max(span, in_window);
    const uint32_t at = static_cast<uint32_t>(in_window);
    picks[i] = static_cast<int32_t>(at | 0x8000u | (at + 1) << 16 | 0x80000000u);
  }
  c.window_pairs = std::max(0, (kWindow - span) / 2);
  // Gathering takes two pairs at a time.
  c.pairs = c.window_pairs > 0 ? x.taps / 2 : (x.taps / 2 + 1) / 2 * 2;
  const int reach = c.window_pairs > 0
                        ? (c.pairs - 1) / c.window_pairs * c.window_pairs * 2 + kWindow
                        : c.pairs * 2;
  while (c.safe < c.vectors && first[c.safe * kLanes + kLanes - 1] + reach <= x.source_size) {
    ++c.safe;
  }
  c.tail = c.safe < c.vectors ? first[c.safe * kLanes] : x.source_size;

  const size_t per_vector = static_cast<size_t>(c.pairs) * kLanes * 2;
  int16_t* weights = s.weights.ensure<int16_t>(static_cast<size_t>(c.vectors) * per_vector);
  std::memset(weights, 0, static_cast<size_t>(c.vectors) * per_vector * sizeof *weights);
  const int16_t* from = x.weights.data();
  for (int i = 0; i < x.outputs; ++i) {
    int16_t* to = weights + static_cast<size_t>(i / kLanes) * per_vector + i % kLanes * 2;
    for (int p = 0; p < x.taps / 2; ++p, from += 2) std::memcpy(to + p * kLanes * 2, from, 4);
  }
  c.first = first;
  c.picks = picks;
  c.weights = weights;
  // The copy of a row's end, followed by as much as a window may reach beyond it.
  const size_t tail = static_cast<size_t>(x.source_size - c.tail);
  uint8_t* copy = s.tail.ensure<uint8_t>(tail + static_cast<size_t>(reach) + kBytes);
  std::memset(copy + tail, 0, static_cast<size_t>(reach) + kBytes);
  return c;
}

// -128 times all weights, and the rounding.
HWY_INLINE VI32 start_across() { return hn::Set(DI32(), -(128 << 14) + 64); }

// What comes of one vector of outputs in kRows rows.
template <int kRows>
struct Filtered {
  VI32 of[kRows];
};

// kPairs pairs of taps, all in one window. Rows that are filtered together share picks and weights.
template <int kPairs, int kRows>
HWY_INLINE Filtered<kRows> filter_vector(const uint8_t* const (&rows)[kRows], const Columns& c,
                                         int v) {
  const DI16 d16;
  const DU8 d8;
  const int16_t* w = c.weights + static_cast<size_t>(v) * (kPairs * kLanes * 2);
  const VU8 picks = hn::BitCast(d8, hn::Load(DI32(), c.picks + v * kLanes));
  VU8 windows[kRows];
  Filtered<kRows> sums;
  for (int r = 0; r < kRows; ++r) {
    windows[r] = load_windows(rows[r], c.first + v * kLanes);
    sums.of[r] = start_across();
  }
#pragma GCC unroll 4
  for (int p = 0; p < kPairs; ++p) {
    const VU8 at = hn::Add(picks, hn::Set(d8, static_cast<uint8_t>(2 * p)));
    const VI16 weights = hn::Load(d16, w + p * 2 * kLanes);
    for (int r = 0; r < kRows; ++r) {
      sums.of[r] = multiply_pairs_add(pick(windows[r], at), weights, sums.of[r]);
    }
  }
  for (int r = 0; r < kRows; ++r) sums.of[r] = hn::ShiftRight<7>(sums.of[r]);
  return sums;
}

// Any number of pairs, in as many windows as it takes.
HWY_INLINE VI32 filter_vector_long(const uint8_t* row, const Columns& c, int v) {
  const DU8 d8;
  const int16_t* w = c.weights + static_cast<size_t>(v) * static_cast<size_t>(c.pairs) * kLanes * 2;
  const VU8 first_picks = hn::BitCast(d8, hn::Load(DI32(), c.picks + v * kLanes));
  VI32 sum = start_across();
  for (int p = 0; p < c.pairs;) {
    const VU8 windows = load_windows(row + 2 * p, c.first + v * kLanes);
    VU8 picks = first_picks;
    for (const int end = std::min(c.pairs, p + c.window_pairs); p < end; ++p, w += 2 * kLanes) {
      sum = multiply_pairs_add(pick(windows, picks), hn::Load(DI16(), w), sum);
      picks = hn::Add(picks, hn::Set(d8, 2));
    }
  }
  return hn::ShiftRight<7>(sum);
}

// For reductions so large that four neighbours do not share a window.
HWY_INLINE VI32 gather_vector(const uint8_t* row, const Columns& c, int v) {
  const DI16 d16;
  const DI32 d32;
  const int16_t* w = c.weights + static_cast<size_t>(v) * static_cast<size_t>(c.pairs) * kLanes * 2;
  const VI32 first = hn::Load(d32, c.first + v * kLanes);
  const VI32 low_bytes = hn::Set(d32, 0xFF);
  VI32 sum = start_across();
  for (int p = 0; p < c.pairs; p += 2) {
    const VI32 four = hn::GatherOffset(d32, reinterpret_cast<const int32_t*>(row + 2 * p), first);
    const auto widen = [&](VI32 x) {
      return hn::BitCast(d16, hn::Or(hn::And(x, low_bytes),
                                     hn::ShiftLeft<16>(hn::And(hn::ShiftRight<8>(x), low_bytes))));
    };
    sum = multiply_pairs_add(widen(four), hn::Load(d16, w), sum);
    w += 2 * kLanes;
    sum = multiply_pairs_add(widen(hn::ShiftRight<16>(four)), hn::Load(d16, w), sum);
    w += 2 * kLanes;
  }
  return hn::ShiftRight<7>(sum);
}

// f(v): a Filtered<kRows>.
template <int kRows, class F>
HWY_INLINE void filter_range(int begin, int end, int16_t* const (&out)[kRows], F f) {
  const DI16 d16;
  int v = begin;
  for (; v + 2 <= end; v += 2) {
    const Filtered<kRows> a = f(v);
    const Filtered<kRows> b = f(v + 1);
    for (int r = 0; r < kRows; ++r) {
      hn::StoreU(pack_in_order(a.of[r], b.of[r]), d16, out[r] + v * kLanes);
    }
  }
  if (v == end) return;
  const hn::Rebind<int16_t, DI32> half;
  const Filtered<kRows> a = f(v);
  for (int r = 0; r < kRows; ++r) {
    hn::StoreU(hn::DemoteTo(half, a.of[r]), half, out[r] + v * kLanes);
  }
}

template <int kRows>
HWY_INLINE void filter_part(const uint8_t* const (&rows)[kRows], const Columns& c, int begin,
                            int end, int16_t* const (&out)[kRows]) {
  if (c.window_pairs == 0 || c.pairs > c.window_pairs || c.pairs > 4) {
    for (int r = 0; r < kRows; ++r) {
      filter_range<1>(begin, end, {out[r]}, [&](int v) HWY_ATTR {
        return Filtered<1>{{c.window_pairs == 0 ? gather_vector(rows[r], c, v)
                                                : filter_vector_long(rows[r], c, v)}};
      });
    }
  } else if (c.pairs == 4) {
    filter_range(begin, end, out, [&](int v) HWY_ATTR { return filter_vector<4>(rows, c, v); });
  } else if (c.pairs == 3) {
    filter_range(begin, end, out, [&](int v) HWY_ATTR { return filter_vector<3>(rows, c, v); });
  } else {
    filter_range(begin, end, out, [&](int v) HWY_ATTR { return filter_vector<2>(rows, c, v); });
  }
}

void copy_row(const uint8_t* src, int width, int16_t* out) {
  const hn::Rebind<uint8_t, DI16> d8;
  const DI16 d16;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  int i = 0;
  for (; i + lanes <= width; i += lanes) {
    const VI16 v = hn::PromoteTo(d16, hn::LoadU(d8, src + i));
    hn::StoreU(hn::ShiftLeft<7>(hn::Sub(v, hn::Set(d16, 128))), d16, out + i);
  }
  for (; i < width; ++i) out[i] = static_cast<int16_t>((src[i] - 128) * 128);
}

// kRows rows of the source.
template <int kRows>
void filter_rows(const uint8_t* const (&src)[kRows], const FilterAxis& x, const Columns& c,
                 uint8_t* tail, int16_t* const (&out)[kRows]) {
  if (x.identity) {
    for (int r = 0; r < kRows; ++r) copy_row(src[r] + x.first.front(), x.outputs, out[r]);
    return;
  }
  filter_part(src, c, 0, c.safe, out);
  if (c.safe == c.vectors) return;
  for (int r = 0; r < kRows; ++r) {
    std::memcpy(tail, src[r] + c.tail, static_cast<size_t>(x.source_size - c.tail));
    // Offsets in `first` count from the start of the row.
    const uintptr_t start = reinterpret_cast<uintptr_t>(tail) - static_cast<uintptr_t>(c.tail);
    filter_part<1>({reinterpret_cast<const uint8_t*>(start)}, c, c.safe, c.vectors, {out[r]});
  }
}

// kPairs: the number of pairs of taps where it is known when compiling, or 0.
template <int kPairs>
HWY_INLINE VI16 filter_columns(const int16_t* const* rows, const VI16* weights, int pairs, int x) {
  const DI16 d16;
  VI32 lo = hn::Set(DI32(), (128 << 21) + (1 << 20));
  VI32 hi = lo;
  const int n = kPairs != 0 ? kPairs : pairs;
#pragma GCC unroll 4
  for (int p = 0; p < n; ++p) {
    const VI16 a = hn::Load(d16, rows[2 * p] + x);
    const VI16 b = hn::Load(d16, rows[2 * p + 1] + x);
    lo = multiply_pairs_add(hn::InterleaveLower(d16, a, b), weights[p], lo);
    hi = multiply_pairs_add(hn::InterleaveUpper(d16, a, b), weights[p], hi);
  }
  return pack_blocks(hn::ShiftRight<21>(lo), hn::ShiftRight<21>(hi));
}

template <int kPairs>
void filter_down(const int16_t* const* rows, const int16_t* w, int pairs, int width, uint8_t* dst) {
  VI16 weights[kPairs != 0 ? kPairs : kMaxTaps / 2];
  for (int p = 0; p < (kPairs != 0 ? kPairs : pairs); ++p) {
    int32_t both = 0;
    std::memcpy(&both, w + 2 * p, 4);
    weights[p] = hn::BitCast(DI16(), hn::Set(DI32(), both));
  }
  // Filtered rows are padded to whole vectors.
  for_each_vector(width, [&](int x, int n) HWY_ATTR {
    const VI16 lo = filter_columns<kPairs>(rows, weights, pairs, x);
    const VI16 hi = filter_columns<kPairs>(rows, weights, pairs, x + kBytes / 2);
    store_bytes(pack_in_order_u8(lo, hi), dst + x, n);
  });
}

// The processor foresees no more than the rest of a page, which is a row or two.
HWY_INLINE void fetch_ahead(const uint8_t* a, const uint8_t* b, int width) {
  for (int x = 0; x < width; x += 64) {
    hwy::Prefetch(a + x);
    hwy::Prefetch(b + x);
  }
}

void resample_band(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
                   const FilterAxis& y, int row0, int row1, ResampleScratch& scratch) {
  const Columns columns = prepare_columns(x, scratch);
  uint8_t* tail = scratch.tail.ensure<uint8_t>(0);
  // Filtered rows, in a ring: source row k is at k modulo its size. It holds one more than is
  // needed at a time, since they are made in pairs.
  int ring = 4;
  while (ring < y.taps + 1) ring *= 2;
  const size_t stride = static_cast<size_t>(columns.vectors * kLanes + kBytes) / kBytes * kBytes;
  int16_t* rows = scratch.rows.ensure<int16_t>(stride * static_cast<size_t>(ring));
  const auto ring_row = [&](int k) { return rows + stride * static_cast<size_t>(k & (ring - 1)); };

  const int16_t* taps[kMaxTaps];
  const int end = std::min(y.first.data()[row1 - 1] + y.taps, y.source_size);
  int next = 0;
  for (int j = row0; j < row1; ++j) {
    const int first = y.first.data()[j];
    const int last = std::min(first + y.taps, y.source_size) - 1;
    next = std::max(next, first);
    while (next <= last) {
      if (next + 1 < end) {
        if (next + 3 < end) fetch_ahead(src.row(next + 2), src.row(next + 3), src.width);
        filter_rows<2>({src.row(next), src.row(next + 1)}, x, columns, tail,
                       {ring_row(next), ring_row(next + 1)});
        next += 2;
      } else {
        filter_rows<1>({src.row(next)}, x, columns, tail, {ring_row(next)});
        ++next;
      }
    }
    // Weights beyond the last row are zero: any row will do.
    for (int t = 0; t < y.taps; ++t) taps[t] = ring_row(std::min(first + t, last));
    const int16_t* w = y.weights.data() + static_cast<ptrdiff_t>(j) * y.taps;
    switch (y.taps) {
      case 2: filter_down<1>(taps, w, 1, x.outputs, dst.row(j)); break;
      case 4: filter_down<2>(taps, w, 2, x.outputs, dst.row(j)); break;
      case 6: filter_down<3>(taps, w, 3, x.outputs, dst.row(j)); break;
      default: filter_down<0>(taps, w, y.taps / 2, x.outputs, dst.row(j)); break;
    }
  }
}

#endif  // RUSHES_PLAIN_TARGET
}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {

HWY_EXPORT(resample_band);

void resample_rows(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
                   const FilterAxis& y, int row0, int row1, ResampleScratch& scratch) {
  RUSHES_CHECK(src.width == x.source_size && src.height == y.source_size);
  RUSHES_CHECK(dst.width == x.outputs && dst.height == y.outputs);
  RUSHES_CHECK(row0 >= 0 && row1 <= y.outputs);
  if (x.outputs == 0 || row0 >= row1) return;
  if (x.identity && y.identity) {
    for (int j = row0; j < row1; ++j) {
      const uint8_t* from = src.row(y.first[0] + j) + x.first[0];
      std::memcpy(dst.row(j), from, static_cast<size_t>(x.outputs));
    }
    return;
  }
  HWY_DYNAMIC_DISPATCH(resample_band)(src, dst, x, y, row0, row1, scratch);
}

void resample(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
              const FilterAxis& y, ResampleScratch& scratch) {
  resample_rows(src, dst, x, y, 0, y.outputs, scratch);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
