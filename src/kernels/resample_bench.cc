// Compares SIMD with the reference on the planes of a 1080x1920 picture, and times a whole Ken
// Burns frame. Bytes are those written.

#include "kernels/resample.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "kernels/bench.h"

namespace rushes::kernels {
namespace {

frame::Frame noise(int width, int height) {
  frame::FrameBuffer b(frame::kWorking, width, height);
  uint32_t state = 1;
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < b.plane(p).height; ++y) {
      for (int x = 0; x < b.plane(p).width; ++x) {
        b.plane(p).row(y)[x] = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
      }
    }
  }
  return std::move(b).freeze();
}

// state.range(0) is the step in hundredths.
void BM_KenBurnsFrame(benchmark::State& state) {
  const double step = static_cast<double>(state.range(0)) / 100;
  const frame::Frame source =
      noise(static_cast<int>(1080 * step) + 20, static_cast<int>(1920 * step) + 20);
  frame::FrameBuffer out(frame::kWorking, 1080, 1920);
  std::array<FilterAxis, 4> axes;
  ResampleScratch scratch;
  double shift = 0;
  measure(state, 1080 * 1920 * 3 / 2, [&] {
    shift = shift < 9 ? shift + 0.013 : 0;
    for (int p = 0; p < 3; ++p) {
      const frame::PlaneView from = source.plane(p);
      const frame::MutablePlaneView to = out.plane(p);
      const size_t at = p == 0 ? 0 : 2;
      if (p < 2) {
        make_axis(axes[at], from.width, to.width, shift, step);
        make_axis(axes[at + 1], from.height, to.height, shift, step);
      }
      resample(from, to, axes[at], axes[at + 1], scratch);
    }
  });
}
BENCHMARK(BM_KenBurnsFrame)
    ->Arg(90)
    ->Arg(100)
    ->Arg(110)
    ->Arg(120)
    ->Arg(200)
    ->Unit(benchmark::kMicrosecond);

// Pictures of 4K to 1080 lines, as a decoder leaves them: more of them than the caches hold.
void BM_ReduceCold(benchmark::State& state) {
  std::vector<frame::Frame> sources(40);
  for (frame::Frame& source : sources) source = noise(2160, 3840);
  frame::FrameBuffer out(frame::kWorking, 1080, 1920);
  std::array<FilterAxis, 4> axes;
  for (int p = 0; p < 2; ++p) {
    const frame::PlaneView from = sources[0].plane(p);
    const size_t at = p == 0 ? 0 : 2;
    make_axis(axes[at], from.width, out.plane(p).width, 0, 2);
    make_axis(axes[at + 1], from.height, out.plane(p).height, 0, 2);
  }
  ResampleScratch scratch;
  size_t next = 0;
  measure(state, 1080 * 1920 * 3 / 2, [&] {
    const frame::Frame& source = sources[next++ % sources.size()];
    for (int p = 0; p < 3; ++p) {
      const size_t at = p == 0 ? 0 : 2;
      resample(source.plane(p), out.plane(p), axes[at], axes[at + 1], scratch);
    }
  });
}
BENCHMARK(BM_ReduceCold)->Unit(benchmark::kMicrosecond);

void BM_Axes(benchmark::State& state) {
  const double step = static_cast<double>(state.range(0)) / 100;
  FilterAxis axis;
  for (auto _ : state) {
    for (int outputs : {1080, 1920, 540, 960}) {
      make_axis(axis, static_cast<int>(outputs * step) + 9, outputs, 1.3, step);
    }
    benchmark::DoNotOptimize(axis.weights.data());
  }
}
BENCHMARK(BM_Axes)->Arg(90)->Arg(110)->Arg(200)->Unit(benchmark::kMicrosecond);

template <bool kReference>
void BM_Resample(benchmark::State& state) {
  const double step = static_cast<double>(state.range(0)) / 100;
  const int height = kReference ? 64 : 1920;
  const frame::Frame source =
      noise(static_cast<int>(1080 * step) + 2, static_cast<int>(height * step) + 2);
  frame::PlaneBuffer out(1080, height);
  const FilterAxis x = make_axis(source.width(), 1080, 0.3, step);
  const FilterAxis y = make_axis(source.height(), height, 0.7, step);
  ResampleScratch scratch;
  measure(state, 1080 * height, [&] {
    if constexpr (kReference) {
      ref::resample_rows(source.plane(0), out.view(), x, y, 0, height);
    } else {
      resample(source.plane(0), out.view(), x, y, scratch);
    }
  });
}
BENCHMARK(BM_Resample<false>)->Name("resample")->Arg(50)->Arg(110)->Arg(200)->Arg(350)->Arg(800);
BENCHMARK(BM_Resample<true>)->Name("resample_ref")->Arg(50)->Arg(110)->Arg(200)->Arg(350)->Arg(800);

}  // namespace
}  // namespace rushes::kernels
