#include <algorithm>

#include "base/result.h"
#include "kernels/resample.h"

namespace rushes::kernels {
namespace {

constexpr int kOne = 1 << 14;
constexpr int kMaxTaps = static_cast<int>(4 * kMaxStep) + 2;

// Catmull-Rom at distance a >= 0: 1 - 2.5 a^2 + 1.5 a^3 up to 1, then 2 - 4 a + 2.5 a^2 - 0.5 a^3
// up to 2. Written in what is left to either end, it needs no branch.
inline double catmull_rom(double a) {
  const double u = std::max(0.0, 2 - a);
  const double v = std::max(0.0, 1 - a);
  return 0.5 * u * u * (u - 1) + v * v * (1 - 2 * v);
}

// Weights that sum to one, as 14-bit integers that do so exactly, since it is their running sum
// that is rounded. Then some weight moves between taps about the middle until the centre of mass is
// at `offset`, counted from the centre of the first tap.
template <int kTaps>
inline void settle(const double* w, int runtime_taps, double offset, int spread, int16_t* out) {
  const int taps = kTaps != 0 ? kTaps : runtime_taps;
  double total = 0;
#pragma GCC unroll 8
  for (int t = 0; t < taps; ++t) total += w[t];
  const double scale = (1 << 30) / total;
  int sum = 1 << 15;
  int before = 0;
  int moment = 0;  // sum over t of t * out[t], by parts
#pragma GCC unroll 8
  for (int t = 0; t < taps - 1; ++t) {
    sum += static_cast<int>(w[t] * scale);
    const int now = sum >> 16;
    out[t] = static_cast<int16_t>(now - before);
    moment += kOne - now;
    before = now;
  }
  out[taps - 1] = static_cast<int16_t>(kOne - before);

  int error = static_cast<int>(offset * kOne + 0.5) - moment;
  const int middle = static_cast<int>(offset);
  for (int reach = spread; reach > 0; reach /= 2) {
    const int moved = error / (2 * reach + 1);
    out[middle - reach] = static_cast<int16_t>(out[middle - reach] - moved);
    out[middle + 1 + reach] = static_cast<int16_t>(out[middle + 1 + reach] + moved);
    error -= moved * (2 * reach + 1);
  }
  out[middle] = static_cast<int16_t>(out[middle] - error);
  out[middle + 1] = static_cast<int16_t>(out[middle + 1] + error);
}

// Brings an output whose taps start at k0 and leave the source into it.
int fold(int64_t k0, int taps, int source_size, int16_t* out) {
  const int64_t last = source_size - 1;
  const int64_t first = std::clamp<int64_t>(k0, 0, std::max(0, source_size - taps));
  int16_t folded[kMaxTaps] = {};
  for (int t = 0; t < taps; ++t) {
    int16_t& w = folded[std::clamp<int64_t>(k0 + t, 0, last) - first];
    w = static_cast<int16_t>(w + out[t]);
  }
  std::copy(folded, folded + taps, out);
  return static_cast<int>(first);
}

struct Geometry {
  double origin, step, stretch;
};

// kTaps: the number of taps where it is known when compiling, or 0.
template <int kTaps, Kernel kKernel = Kernel::kCatmullRom>
void fill_axis(FilterAxis& axis, const Geometry& g) {
  const int taps = kTaps != 0 ? kTaps : axis.taps;
  const int spread = static_cast<int>(g.stretch / 2);
  const double radius = kKernel == Kernel::kTent ? g.stretch : 2 * g.stretch;
  const double inverse = 1 / g.stretch;
  const double low = -2 * radius - 4;
  const double high = axis.source_size + 2 * radius + 4;
  const int bias = kMaxTaps * 2;
  int16_t* out = axis.weights.data();
  int32_t* first = axis.first.data();
  double w[kTaps != 0 ? kTaps : kMaxTaps];
  const int outputs = axis.outputs;
  const int source_size = axis.source_size;
  for (int i = 0; i < outputs; ++i, out += taps) {
    double p = g.origin + (i + 0.5) * g.step - 0.5;  // the centre, where sample k is at k
    p = p > low ? std::min(p, high) : low;
    const int k0 = static_cast<int>(p - radius + bias) - bias + 1;
    const double offset = p - k0;
#pragma GCC unroll 8
    for (int t = 0; t < taps; ++t) {
      const double d = t - offset;
      const double a = (d < 0 ? -d : d) * inverse;
      w[t] = kKernel == Kernel::kTent ? std::max(0.0, 1 - a) : catmull_rom(a);
    }
    settle<kTaps>(w, taps, offset, spread, out);
    first[i] = k0;
    if (k0 < 0 || k0 + taps > source_size) first[i] = fold(k0, taps, source_size, out);
  }
}

bool is_copy(int source_size, int outputs, double origin, double step) {
  if (step != 1 || !(origin >= 0) || !(origin + outputs <= source_size)) return false;
  return origin == static_cast<int>(origin);
}

}  // namespace

void make_axis(FilterAxis& axis, int source_size, int outputs, double origin, double step,
               Kernel kernel) {
  RUSHES_CHECK(source_size >= 1 && outputs >= 0);
  // Of one that was never made, the step is 0.
  if (axis.source_size == source_size && axis.outputs == outputs && axis.origin == origin &&
      axis.step == step && axis.kernel == kernel) {
    return;
  }
  axis.origin = origin;
  axis.step = step;
  axis.kernel = kernel;
  const double stretch = std::clamp(step > 1 ? step : 1.0, 1.0, kMaxStep);
  axis.source_size = source_size;
  axis.outputs = outputs;
  axis.identity = is_copy(source_size, outputs, origin, step);
  // A filter 4 * stretch wide (a tent: 2) reaches at most that many samples, rounded up.
  const double wide = kernel == Kernel::kTent ? 2 : 4;
  const int reach = static_cast<int>(wide * stretch - 1e-9) + 1;
  axis.taps = axis.identity ? 2 : std::max(4, (reach + 1) / 2 * 2);
  const size_t n = static_cast<size_t>(outputs);
  axis.first.resize(n);
  axis.weights.resize(n * static_cast<size_t>(axis.taps));
  if (axis.identity) {
    for (size_t i = 0; i < n; ++i) {
      axis.first[i] = static_cast<int>(origin) + static_cast<int>(i);
      axis.weights[2 * i] = kOne;
      axis.weights[2 * i + 1] = 0;
    }
    return;
  }
  const Geometry g{origin, step, stretch};
  if (kernel == Kernel::kTent) return fill_axis<0, Kernel::kTent>(axis, g);
  switch (axis.taps) {
    case 4: return fill_axis<4>(axis, g);
    case 6: return fill_axis<6>(axis, g);
    case 8: return fill_axis<8>(axis, g);
    default: return fill_axis<0>(axis, g);
  }
}

FilterAxis make_axis(int source_size, int outputs, double origin, double step, Kernel kernel) {
  FilterAxis axis;
  make_axis(axis, source_size, outputs, origin, step, kernel);
  return axis;
}

}  // namespace rushes::kernels
