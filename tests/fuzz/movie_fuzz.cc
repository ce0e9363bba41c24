// Any bytes as an MP4 or QuickTime file, whole or in fragments: read, joined with itself, cut by
// keyframes and to the frame, and written again. What is written must be read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "mp4/cut.h"
#include "mp4/exact_cut.h"
#include "mp4/layout.h"
#include "mp4/smart_cut.h"

namespace {

namespace base = rushes::base;
namespace mp4 = rushes::mp4;

void require(bool kept) {
  if (!kept) std::abort();
}

void check(const mp4::Movie& movie, uint64_t size) {
  for (const mp4::Track& track : movie.tracks) {
    for (const mp4::Sample& sample : track.samples) {
      require(sample.offset <= size && sample.size <= size - sample.offset);
    }
  }
}

void write(const mp4::Movie& movie, const std::vector<const base::ByteSource*>& files) {
  const mp4::Layout layout = mp4::lay_out(movie);
  uint64_t bytes = layout.head.size();
  for (const mp4::Piece& piece : layout.pieces) bytes += piece.size;
  require(bytes == layout.size);
  // Samples may lie over one another; nobody writes those.
  if (layout.size > layout.head.size() + 2 * files[0]->size()) return;
  static_cast<void>(mp4::read_movie(*mp4::laid_out(layout, files)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto source = base::memory_source({bytes.begin(), bytes.end()});
  const auto movie = mp4::read_movie(*source);
  if (!movie.ok()) return 0;
  check(*movie, size);
  const auto recording = mp4::join({*movie, *movie});
  if (!recording.ok()) return 0;
  const std::vector<const base::ByteSource*> files = {source.get(), source.get()};
  for (const mp4::Wanted& wanted :
       {mp4::Wanted{}, mp4::Wanted{base::Rational(1, 3), base::Rational(5, 4)}}) {
    const auto shown = mp4::frames_in(*recording, wanted);
    if (shown.ok()) require(shown->first < shown->end && shown->end <= shown->count);
    const auto cut = mp4::cut(*recording, wanted, files);
    if (cut.ok()) write(cut->movie, files);
    const auto access = [](size_t, size_t, const std::vector<size_t>&) {
      return base::Result<mp4::Access>(mp4::Access::kClosed);
    };
    const auto plan = mp4::plan_smart_cut(*recording, wanted, {.access = access});
    if (plan.ok()) require(plan->begin <= plan->end);
  }
  return 0;
}
