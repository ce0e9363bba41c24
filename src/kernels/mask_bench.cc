#include "kernels/mask.h"

#include <benchmark/benchmark.h>

#include "kernels/bench.h"

namespace rushes::kernels {
namespace {

const RoundedBox kBox{.center_x = 540,
                      .center_y = 240,
                      .half_width = 500,
                      .half_height = 200,
                      .radius = 40,
                      .cos = 0.9986,
                      .sin = 0.0523};
const WipeOptions kHalf{.progress = 0.5, .softness = 0.1};

template <class F>
void run(benchmark::State& state, F f) {
  const frame::PlaneBuffer dst(1080, 480), src(1080, 480);
  for (int y = 0; y < 480; ++y) {
    for (int x = 0; x < 1080; ++x) src.view().row(y)[x] = static_cast<uint8_t>(x * y);
  }
  measure(state, 1080 * 480, [&] { f(dst.view(), src.view()); });
}

#define COMPARE(name, fast, plain)                                     \
  void BM_##name(benchmark::State& state) {                            \
    run(state, [](frame::MutablePlaneView dst, frame::PlaneView src) { \
      static_cast<void>(src);                                          \
      fast;                                                            \
    });                                                                \
  }                                                                    \
  BENCHMARK(BM_##name);                                                \
  void BM_##name##_ref(benchmark::State& state) {                      \
    run(state, [](frame::MutablePlaneView dst, frame::PlaneView src) { \
      static_cast<void>(src);                                          \
      plain;                                                           \
    });                                                                \
  }                                                                    \
  BENCHMARK(BM_##name##_ref)

BlurScratch scratch;
COMPARE(blur, blur(dst, 12, scratch), ref::blur(dst, 12));
COMPARE(rounded_box, rounded_box(dst, kBox), ref::rounded_box(dst, kBox));
COMPARE(circle_mask, circle_mask(dst, 540, 240, kHalf), ref::circle_mask(dst, 540, 240, kHalf));
COMPARE(luma_mask, luma_mask(dst, src, kHalf), ref::luma_mask(dst, src, kHalf));

}  // namespace
}  // namespace rushes::kernels
