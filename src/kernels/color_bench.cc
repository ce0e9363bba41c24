#include "kernels/color.h"

#include <benchmark/benchmark.h>

#include "kernels/bench.h"

namespace rushes::kernels {
namespace {

constexpr int kWidth = 1080, kHeight = 480;

frame::Frame chart(const frame::Format& format) {
  frame::FrameBuffer b(format, kWidth, kHeight);
  uint32_t state = 1;
  for (int p = 0; p < format.planes(); ++p) {
    for (int y = 0; y < b.plane(p).height; ++y) {
      uint8_t* row = b.plane(p).row(y);
      for (int x = 0; x < b.plane(p).width; ++x) {
        state = state * 1664525 + 1013904223;
        if (format.depth > 8) b.plane(p).row16(y)[x] = static_cast<uint16_t>(state >> 22);
        if (format.depth == 8) row[x] = static_cast<uint8_t>(state >> 24);
      }
    }
  }
  return std::move(b).freeze();
}

using Convert = frame::Frame (*)(const frame::Frame&, bool);
void convert(benchmark::State& state, Convert function, const frame::Format& format) {
  const frame::Frame source = chart(format);
  // Bytes of luma.
  measure(state, kWidth * kHeight, [&] { benchmark::DoNotOptimize(function(source, true)); });
}

constexpr frame::Format kJpeg{.matrix = frame::Matrix::kBt601,
                              .range = frame::Range::kFull,
                              .site = frame::ChromaSite::kCenter};
constexpr frame::Format kTenBit{.depth = 10};
constexpr frame::Format kRgba{.layout = frame::Layout::kRgb, .alpha = true};
BENCHMARK_CAPTURE(convert, jpeg, to_working, kJpeg);
BENCHMARK_CAPTURE(convert, jpeg_ref, ref::to_working, kJpeg);
BENCHMARK_CAPTURE(convert, ten_bit, to_working, kTenBit);
BENCHMARK_CAPTURE(convert, ten_bit_ref, ref::to_working, kTenBit);
BENCHMARK_CAPTURE(convert, rgba, to_working, kRgba);
BENCHMARK_CAPTURE(convert, rgba_ref, ref::to_working, kRgba);

template <frame::Frame (*kConvert)(const frame::Bitmap&)>
void bitmap(benchmark::State& state) {
  const frame::Bitmap source{kWidth, kHeight, std::vector<uint32_t>(kWidth * kHeight, 0x80402010)};
  measure(state, kWidth * kHeight * 4, [&] { benchmark::DoNotOptimize(kConvert(source)); });
}
BENCHMARK(bitmap<bitmap_to_working>)->Name("bitmap_to_working");
BENCHMARK(bitmap<ref::bitmap_to_working>)->Name("bitmap_to_working_ref");

template <void (*kReduce)(frame::PlaneView, frame::MutablePlaneView)>
void reduce(benchmark::State& state) {
  const frame::Frame source = chart(frame::kWorking);
  const frame::PlaneBuffer out(kWidth / 2, kHeight / 2);
  measure(state, kWidth * kHeight / 4, [&] { kReduce(source.plane(0), out.view()); });
}
BENCHMARK(reduce<alpha_to_chroma>)->Name("alpha_to_chroma");
BENCHMARK(reduce<ref::alpha_to_chroma>)->Name("alpha_to_chroma_ref");

}  // namespace
}  // namespace rushes::kernels
