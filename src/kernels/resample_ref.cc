#include <algorithm>
#include <vector>

#include "base/result.h"
#include "kernels/resample.h"

namespace rushes::kernels::ref {
namespace {

void filter_row(const uint8_t* src, const FilterAxis& x, int32_t* out) {
  for (int i = 0; i < x.outputs; ++i) {
    const size_t at = static_cast<size_t>(i);
    const int first = x.first[at];
    const int16_t* w = x.weights.data() + at * static_cast<size_t>(x.taps);
    int32_t sum = 0;
    for (int t = 0; t < x.taps && first + t < x.source_size; ++t) {
      sum += w[t] * (src[first + t] - 128);
    }
    out[i] = (sum + 64) >> 7;
  }
}

}  // namespace

void resample_rows(frame::PlaneView src, frame::MutablePlaneView dst, const FilterAxis& x,
                   const FilterAxis& y, int row0, int row1) {
  RUSHES_CHECK(src.width == x.source_size && src.height == y.source_size);
  RUSHES_CHECK(dst.width == x.outputs && dst.height == y.outputs);
  RUSHES_CHECK(row0 >= 0 && row1 <= y.outputs);
  std::vector<int32_t> row(static_cast<size_t>(x.outputs));
  std::vector<int32_t> sum(row.size());
  for (int j = row0; j < row1; ++j) {
    const size_t at = static_cast<size_t>(j);
    std::fill(sum.begin(), sum.end(), 0);
    for (int t = 0; t < y.taps && y.first[at] + t < y.source_size; ++t) {
      const int32_t w = y.weights[at * static_cast<size_t>(y.taps) + static_cast<size_t>(t)];
      filter_row(src.row(y.first[at] + t), x, row.data());
      for (size_t i = 0; i < row.size(); ++i) sum[i] += w * row[i];
    }
    for (size_t i = 0; i < row.size(); ++i) {
      const int32_t d = 128 + ((sum[i] + (1 << 20)) >> 21);
      dst.row(j)[i] = static_cast<uint8_t>(std::clamp(d, 0, 255));
    }
  }
}

}  // namespace rushes::kernels::ref
