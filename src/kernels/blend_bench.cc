#include "kernels/blend.h"

#include <benchmark/benchmark.h>

#include "kernels/bench.h"

namespace rushes::kernels {
namespace {

struct Planes {
  frame::PlaneBuffer dst{1080, 480}, a{1080, 480}, b{1080, 480}, mask{1080, 480};
  Planes() {
    uint32_t state = 1;
    for (const frame::PlaneBuffer* p : {&dst, &a, &b, &mask}) {
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
  measure(state, 1080 * 480, [&] { f(p); });
}

#define COMPARE(name, ...)                                       \
  void BM_##name(benchmark::State& state) {                      \
    run(state, [](const Planes& p) { name(__VA_ARGS__); });      \
  }                                                              \
  BENCHMARK(BM_##name);                                          \
  void BM_##name##_ref(benchmark::State& state) {                \
    run(state, [](const Planes& p) { ref::name(__VA_ARGS__); }); \
  }                                                              \
  BENCHMARK(BM_##name##_ref)

COMPARE(mix, p.dst.view(), p.a.view(), p.b.view(), 5000);
COMPARE(mix_color, p.dst.view(), p.a.view(), 16, 5000);
COMPARE(mix_masked, p.dst.view(), p.a.view(), p.b.view(), p.mask.view());
COMPARE(blend_premultiplied, p.dst.view(), p.a.view(), p.mask.view(), 200);
COMPARE(blend_premultiplied_chroma, p.dst.view(), p.a.view(), p.mask.view(), 200);
COMPARE(blend_masked, p.dst.view(), p.a.view(), p.mask.view(), 255);
COMPARE(blend_color, p.dst.view(), 235, p.mask.view(), 255);
COMPARE(multiply, p.dst.view(), p.a.view(), p.mask.view());
COMPARE(multiply_chroma, p.dst.view(), p.a.view(), p.mask.view());

}  // namespace
}  // namespace rushes::kernels
