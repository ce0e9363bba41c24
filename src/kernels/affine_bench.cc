#include "kernels/affine.h"

#include <benchmark/benchmark.h>

#include "kernels/bench.h"

namespace rushes::kernels {
namespace {

// A plane turned by about 3 degrees (0) or 30 degrees (1).
template <void (*kSample)(frame::PlaneView, frame::MutablePlaneView, const Affine&, int, int)>
void run(benchmark::State& state) {
  const frame::PlaneBuffer src(1200, 700), dst(1080, 480);
  uint32_t noise = 1;
  for (int y = 0; y < 700; ++y) {
    for (int x = 0; x < 1200; ++x) {
      src.view().row(y)[x] = static_cast<uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
    }
  }
  const double c = state.range(0) == 0 ? 0.9986 : 0.866;
  const double s = state.range(0) == 0 ? 0.0523 : 0.5;
  const Affine m{c, s, 40, -s, c, state.range(0) == 0 ? 100.0 : 300.0};
  measure(state, 1080 * 480, [&] { kSample(src.view(), dst.view(), m, 0, 480); });
}
BENCHMARK(run<sample_affine_rows>)->Name("sample_affine")->Arg(0)->Arg(1);
BENCHMARK(run<ref::sample_affine_rows>)->Name("sample_affine_ref")->Arg(0)->Arg(1);

}  // namespace
}  // namespace rushes::kernels
