// What keeping a large still saves: to decode and reduce it, against checking and reading what was
// kept. Of the file $RUSHES_PICTURE, else of a PNG that is made here.

#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <cstdlib>
#include <filesystem>

#include "base/hash.h"
#include "base/unique_fd.h"
#include "compose/made_still.h"
#include "compose/sources.h"
#include "media/frame_file.h"
#include "media/png_writer.h"
#include "media/still.h"

namespace rushes::render {
namespace {

class Picture final : public compose::Sources {
 public:
  Picture() {
    if (const char* path = std::getenv("RUSHES_PICTURE")) {
      file_.reset(::open(path, O_RDONLY | O_CLOEXEC));
      if (file_) source_ = base::fd_source(file_.get(), std::filesystem::file_size(path));
      return;
    }
    constexpr int kWidth = 1800, kHeight = 1200;
    std::vector<std::byte> pixels(size_t{kWidth} * kHeight * 3);
    for (size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<std::byte>(i / 97 ^ i / 5400);
    base::MemorySink png;
    const base::Status written =
        media::write_png(png, pixels, {.width = kWidth, .height = kHeight});
    if (written.ok()) source_ = base::memory_source(std::move(png.data));
  }
  base::Result<frame::Frame> still(int /*input*/, int want_width, int want_height) override {
    if (source_ == nullptr) return base::not_found("$RUSHES_PICTURE cannot be read");
    ASSIGN_OR_RETURN(
        const media::Still still,
        media::read_still(*source_, {.max_width = want_width, .max_height = want_height}));
    return still.frame;
  }
  base::Result<frame::Frame> video(int, int64_t, const base::Rational&) override {
    return base::unsupported("a picture");
  }
  void close_reader(int64_t) override {}
  base::Result<std::shared_ptr<text::FontSet>> fonts(const std::vector<int>&) override {
    return base::unsupported("a picture");
  }

 private:
  base::UniqueFd file_;
  std::unique_ptr<base::ByteSource> source_;
};

base::Result<frame::Frame> made(Picture& picture, const benchmark::State& state) {
  return compose::made_still(
      picture, 0,
      {.width = static_cast<int>(state.range(0)), .height = static_cast<int>(state.range(1))});
}

void decoded(benchmark::State& state) {
  Picture picture;
  for (auto _ : state) {
    const auto frame = made(picture, state);
    if (!frame.ok()) return state.SkipWithError(frame.error().message.c_str());
    benchmark::DoNotOptimize(frame->plane(0).data);
  }
}

// As the store does it: the hash of all bytes first.
void read_again(benchmark::State& state) {
  Picture picture;
  const auto frame = made(picture, state);
  if (!frame.ok()) return state.SkipWithError(frame.error().message.c_str());
  base::MemorySink kept;
  if (!media::write_frame_file(kept, *frame, "").ok()) return state.SkipWithError("not written");
  state.counters["bytes"] = static_cast<double>(kept.data.size());
  const auto source = base::memory_source(std::move(kept.data));
  for (auto _ : state) {
    benchmark::DoNotOptimize(base::hash_of(*source));
    const auto reader = media::FrameFileReader::open(*source);
    if (!reader.ok()) return state.SkipWithError(reader.error().message.c_str());
    benchmark::DoNotOptimize(reader->read());
  }
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Args({1080, 1080})->Args({1620, 1080})->Args({1620, 2880})->Args({3240, 2160});
  bench->Unit(benchmark::kMillisecond);
}
BENCHMARK(decoded)->Apply(sizes);
BENCHMARK(read_again)->Apply(sizes);

}  // namespace
}  // namespace rushes::render
