#include "kernels/compare.h"

#include <benchmark/benchmark.h>

#include "kernels/bench.h"

namespace rushes::kernels {
namespace {

struct Planes {
  frame::PlaneBuffer a{1080, 480}, b{1080, 480};
  mutable SsimScratch scratch;
  Planes() {
    uint32_t state = 1;
    for (const frame::PlaneBuffer* p : {&a, &b}) {
      for (int y = 0; y < 480; ++y) {
        for (int x = 0; x < 1080; ++x) {
          p->view().row(y)[x] = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
        }
      }
    }
  }
};

template <class F>
void run(benchmark::State& state, F f) {
  const Planes p;
  measure(state, 1080 * 480, [&] { benchmark::DoNotOptimize(f(p)); });
}

#define COMPARE(name)                                                              \
  void BM_##name(benchmark::State& state) {                                        \
    run(state, [](const Planes& p) { return name(p.a.view(), p.b.view()); });      \
  }                                                                                \
  BENCHMARK(BM_##name);                                                            \
  void BM_##name##_ref(benchmark::State& state) {                                  \
    run(state, [](const Planes& p) { return ref::name(p.a.view(), p.b.view()); }); \
  }                                                                                \
  BENCHMARK(BM_##name##_ref)

COMPARE(squared_error);
COMPARE(absolute_error);
COMPARE(block_error);

void BM_ssim(benchmark::State& state) {
  run(state, [](const Planes& p) { return ssim(p.a.view(), p.b.view(), p.scratch); });
}
BENCHMARK(BM_ssim);
void BM_ssim_ref(benchmark::State& state) {
  run(state, [](const Planes& p) { return ref::ssim(p.a.view(), p.b.view()); });
}
BENCHMARK(BM_ssim_ref);

}  // namespace
}  // namespace rushes::kernels
