#include "kernels/compare.h"

#include <algorithm>
#include <numeric>

#include "base/result.h"
#include "kernels/ssim_window.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/compare.cc"
#include "hwy/foreach_target.h"  // must precede highway.h
#include "hwy/highway.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rushes::kernels::HWY_NAMESPACE {

#if RUSHES_PLAIN_TARGET

uint64_t squared_error_of(frame::PlaneView a, frame::PlaneView b) {
  return ref::squared_error(a, b);
}
uint64_t absolute_error_of(frame::PlaneView a, frame::PlaneView b) {
  return ref::absolute_error(a, b);
}
uint64_t block_error_of(frame::PlaneView a, frame::PlaneView b) { return ref::block_error(a, b); }
uint64_t sum_of(frame::PlaneView plane) { return ref::sum(plane); }
uint64_t count_of(frame::PlaneView plane, uint8_t limit) {
  return ref::count_at_most(plane, limit);
}
SsimSum ssim_of(frame::PlaneView a, frame::PlaneView b, SsimScratch&) { return ref::ssim(a, b); }

#else

using DU64 = hn::ScalableTag<uint64_t>;
using VU64 = hn::Vec<DU64>;
using DF32 = hn::ScalableTag<float>;
// As many bytes as there are 16-bit lanes.
using DBytes = hn::Rebind<uint8_t, DI16>;

// So many columns leave the 32-bit lanes of a row of squares room: 2 * 255^2 for each pair, and
// each lane has one pair in four at least.
constexpr int kSpan = 16384;

uint64_t squared_error_of(frame::PlaneView a, frame::PlaneView b) {
  const DI32 d;
  const DI16 d16;
  const DBytes bytes;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  HWY_ALIGN int32_t parts[hn::MaxLanes(d)];
  uint64_t total = 0;
  for (int y = 0; y < a.height; ++y) {
    const uint8_t* p = a.row(y);
    const uint8_t* q = b.row(y);
    int x = 0;
    while (x + lanes <= a.width) {
      const int end = std::min(a.width, x + kSpan);
      VI32 sums = hn::Zero(d);
      for (; x + lanes <= end; x += lanes) {
        const VI16 difference = hn::Sub(hn::PromoteTo(d16, hn::LoadU(bytes, p + x)),
                                        hn::PromoteTo(d16, hn::LoadU(bytes, q + x)));
        sums = multiply_pairs_add(difference, difference, sums);
      }
      hn::Store(sums, d, parts);
      for (size_t i = 0; i < hn::Lanes(d); ++i) total += static_cast<uint32_t>(parts[i]);
    }
    for (; x < a.width; ++x) {
      const int difference = p[x] - q[x];
      total += static_cast<uint64_t>(difference * difference);
    }
  }
  return total;
}

HWY_INLINE uint64_t total_of(VU64 sums) {
  const DU64 d;
  HWY_ALIGN uint64_t parts[hn::MaxLanes(d)];
  hn::Store(sums, d, parts);
  return std::accumulate(parts, parts + hn::Lanes(d), uint64_t{0});
}

uint64_t absolute_error_of(frame::PlaneView a, frame::PlaneView b) {
  VU64 sums = hn::Zero(DU64());
  for (int y = 0; y < a.height; ++y) {
    for_each_vector(a.width, [&](int x, int count) HWY_ATTR {
      const VU8 p = load_bytes(a.row(y) + x, count);
      const VU8 q = load_bytes(b.row(y) + x, count);
      sums = hn::Add(sums, hn::SumsOf8(hn::Sub(hn::Max(p, q), hn::Min(p, q))));
    });
  }
  return total_of(sums);
}

uint64_t block_error_of(frame::PlaneView a, frame::PlaneView b) {
  const DU64 d;
  HWY_ALIGN uint64_t sums_a[hn::MaxLanes(d)];
  HWY_ALIGN uint64_t sums_b[hn::MaxLanes(d)];
  uint64_t total = 0;
  for (int top = 0; top < a.height; top += 8) {
    const int end = std::min(top + 8, a.height);
    for_each_vector(a.width, [&](int x, int count) HWY_ATTR {
      VU64 p = hn::Zero(d);
      VU64 q = hn::Zero(d);
      for (int y = top; y < end; ++y) {
        p = hn::Add(p, hn::SumsOf8(load_bytes(a.row(y) + x, count)));
        q = hn::Add(q, hn::SumsOf8(load_bytes(b.row(y) + x, count)));
      }
      hn::Store(p, d, sums_a);
      hn::Store(q, d, sums_b);
      for (size_t i = 0; i < hn::Lanes(d); ++i) {
        total += std::max(sums_a[i], sums_b[i]) - std::min(sums_a[i], sums_b[i]);
      }
    });
  }
  return total;
}

uint64_t sum_of(frame::PlaneView plane) {
  VU64 sums = hn::Zero(DU64());
  for (int y = 0; y < plane.height; ++y) {
    for_each_vector(plane.width, [&](int x, int count) HWY_ATTR {
      sums = hn::Add(sums, hn::SumsOf8(load_bytes(plane.row(y) + x, count)));
    });
  }
  return total_of(sums);
}

uint64_t count_of(frame::PlaneView plane, uint8_t limit) {
  const DU8 d;
  const VU8 most = hn::Set(d, limit);
  uint64_t total = 0;
  for (int y = 0; y < plane.height; ++y) {
    for_each_vector(plane.width, [&](int x, int count) HWY_ATTR {
      const VU8 v = load_bytes(plane.row(y) + x, count);
      total += hn::CountTrue(d, hn::Eq(hn::Min(v, most), v));
      // What fills up the last vector is 0.
      total -= hn::Lanes(d) - static_cast<size_t>(count);
    });
  }
  return total;
}

// One of the four sums of a row of blocks.
struct BlockSums {
  int32_t *a, *b, *squares, *products;
  BlockSums(int32_t* from, size_t columns)
      : a(from), b(from + columns), squares(from + 2 * columns), products(from + 3 * columns) {}
};

// Sums over four rows and two columns each, of `width` columns from x = 0 on; width is a multiple
// of four.
HWY_INLINE void sum_pairs(frame::PlaneView a, frame::PlaneView b, int top, int width,
                          const BlockSums& out) {
  const DI32 d;
  const DI16 d16;
  const DBytes bytes;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  const VI16 one = hn::Set(d16, 1);
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    VI16 sum_a = hn::Zero(d16);
    VI16 sum_b = hn::Zero(d16);
    VI32 squares = hn::Zero(d);
    VI32 products = hn::Zero(d);
    for (int y = top; y < top + 4; ++y) {
      const VI16 p = hn::PromoteTo(d16, hn::LoadU(bytes, a.row(y) + x));
      const VI16 q = hn::PromoteTo(d16, hn::LoadU(bytes, b.row(y) + x));
      sum_a = hn::Add(sum_a, p);
      sum_b = hn::Add(sum_b, q);
      squares = multiply_pairs_add(p, p, multiply_pairs_add(q, q, squares));
      products = multiply_pairs_add(p, q, products);
    }
    hn::StoreU(multiply_pairs_add(sum_a, one, hn::Zero(d)), d, out.a + x / 2);
    hn::StoreU(multiply_pairs_add(sum_b, one, hn::Zero(d)), d, out.b + x / 2);
    hn::StoreU(squares, d, out.squares + x / 2);
    hn::StoreU(products, d, out.products + x / 2);
  }
  for (; x < width; x += 2) {
    SsimSums s;
    for (int y = top; y < top + 4; ++y) {
      for (int i = x; i < x + 2; ++i) {
        const int32_t p = a.row(y)[i];
        const int32_t q = b.row(y)[i];
        s.a += p;
        s.b += q;
        s.squares += p * p + q * q;
        s.products += p * q;
      }
    }
    out.a[x / 2] = s.a;
    out.b[x / 2] = s.b;
    out.squares[x / 2] = s.squares;
    out.products[x / 2] = s.products;
  }
}

// to[i] = from[2i] + from[2i + 1]
HWY_INLINE void add_pairs(const int32_t* from, int32_t* to, size_t count) {
  const DI32 d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    VI32 even, odd;
    hn::LoadInterleaved2(d, from + 2 * i, even, odd);
    hn::StoreU(hn::Add(even, odd), d, to + i);
  }
  for (; i < count; ++i) to[i] = from[2 * i] + from[2 * i + 1];
}

HWY_INLINE VI32 window(const int32_t* above, const int32_t* below) {
  const DI32 d;
  return hn::Add(hn::Add(hn::LoadU(d, above), hn::LoadU(d, above + 1)),
                 hn::Add(hn::LoadU(d, below), hn::LoadU(d, below + 1)));
}

HWY_INLINE int32_t window_of_one(const int32_t* above, const int32_t* below) {
  return above[0] + above[1] + below[0] + below[1];
}

// The windows between two rows of blocks.
int64_t sum_windows(const BlockSums& above, const BlockSums& below, int count, int32_t* values) {
  const DI32 d;
  const DF32 df;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const VI32 c1 = hn::Set(d, kSsimC1);
  const VI32 c2 = hn::Set(d, kSsimC2);
  int i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VI32 a = window(above.a + i, below.a + i);
    const VI32 b = window(above.b + i, below.b + i);
    const VI32 ab = hn::Mul(a, b);
    const VI32 squares = hn::Add(hn::Mul(a, a), hn::Mul(b, b));
    const VI32 variance =
        hn::Sub(hn::ShiftLeft<6>(window(above.squares + i, below.squares + i)), squares);
    const VI32 covariance =
        hn::Sub(hn::ShiftLeft<6>(window(above.products + i, below.products + i)), ab);
    const auto real = [&](VI32 v) HWY_ATTR { return hn::ConvertTo(df, v); };
    const auto top = hn::Mul(real(hn::Add(hn::ShiftLeft<1>(ab), c1)),
                             real(hn::Add(hn::ShiftLeft<1>(covariance), c2)));
    const auto bottom = hn::Mul(real(hn::Add(squares, c1)), real(hn::Add(variance, c2)));
    const auto value = hn::Mul(hn::Div(top, bottom), hn::Set(df, static_cast<float>(kSsimOne)));
    hn::StoreU(hn::ConvertTo(d, value), d, values + i);
  }
  for (; i < count; ++i) {
    values[i] = ssim_value({.a = window_of_one(above.a + i, below.a + i),
                            .b = window_of_one(above.b + i, below.b + i),
                            .squares = window_of_one(above.squares + i, below.squares + i),
                            .products = window_of_one(above.products + i, below.products + i)});
  }
  return std::accumulate(values, values + count, int64_t{0});
}

SsimSum ssim_of(frame::PlaneView a, frame::PlaneView b, SsimScratch& scratch) {
  const SsimGrid grid(a);
  SsimSum out{.windows = grid.windows()};
  if (grid.empty()) return out;
  const auto columns = static_cast<size_t>(grid.columns);
  scratch.pairs.resize(8 * columns);
  scratch.blocks.resize(8 * columns);
  scratch.values.resize(columns);
  const BlockSums pairs(scratch.pairs.data(), 2 * columns);
  const BlockSums rows[2] = {{scratch.blocks.data(), columns},
                             {scratch.blocks.data() + 4 * columns, columns}};
  for (int row = 0; row < grid.rows; ++row) {
    const BlockSums& now = rows[row % 2];
    sum_pairs(a, b, 4 * row, 4 * grid.columns, pairs);
    add_pairs(pairs.a, now.a, columns);
    add_pairs(pairs.b, now.b, columns);
    add_pairs(pairs.squares, now.squares, columns);
    add_pairs(pairs.products, now.products, columns);
    if (row == 0) continue;
    out.value += sum_windows(rows[(row + 1) % 2], now, grid.columns - 1, scratch.values.data());
  }
  return out;
}

#endif  // RUSHES_PLAIN_TARGET

}  // namespace rushes::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rushes::kernels {
namespace {

void check_same_size(const frame::PlaneView& a, const frame::PlaneView& b) {
  RUSHES_CHECK(a.width == b.width && a.height == b.height);
}

}  // namespace

HWY_EXPORT(squared_error_of);
HWY_EXPORT(absolute_error_of);
HWY_EXPORT(block_error_of);
HWY_EXPORT(sum_of);
HWY_EXPORT(count_of);
HWY_EXPORT(ssim_of);

uint64_t squared_error(frame::PlaneView a, frame::PlaneView b) {
  check_same_size(a, b);
  return HWY_DYNAMIC_DISPATCH(squared_error_of)(a, b);
}

uint64_t absolute_error(frame::PlaneView a, frame::PlaneView b) {
  check_same_size(a, b);
  return HWY_DYNAMIC_DISPATCH(absolute_error_of)(a, b);
}

uint64_t block_error(frame::PlaneView a, frame::PlaneView b) {
  check_same_size(a, b);
  return HWY_DYNAMIC_DISPATCH(block_error_of)(a, b);
}

uint64_t sum(frame::PlaneView plane) { return HWY_DYNAMIC_DISPATCH(sum_of)(plane); }

uint64_t count_at_most(frame::PlaneView plane, uint8_t limit) {
  return HWY_DYNAMIC_DISPATCH(count_of)(plane, limit);
}

SsimSum ssim(frame::PlaneView a, frame::PlaneView b, SsimScratch& scratch) {
  check_same_size(a, b);
  return HWY_DYNAMIC_DISPATCH(ssim_of)(a, b, scratch);
}

}  // namespace rushes::kernels
#endif  // HWY_ONCE
