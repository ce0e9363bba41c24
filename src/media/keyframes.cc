#include "media/keyframes.h"

#include <algorithm>
#include <optional>

#include "media/av_compat.h"

namespace rushes::media {
namespace {

// Nearer ones are left out: nobody cuts so finely, and an index is as long as its file.
constexpr int kLeastSeconds = 1;
constexpr size_t kMost = 100'000;

}  // namespace

std::vector<Rational> keyframes(Demuxer& demuxer, AVStream& stream) {
  if (!demuxer.seeks_exactly()) return {};
  const bool samples = demuxer.container() == "mp4" || demuxer.container() == "mov";
  // Matroska reads its index when it seeks for the first time.
  if (!samples) static_cast<void>(demuxer.seek(stream, std::max<int64_t>(stream.start_time, 0)));
  const int count = avformat_index_get_entries_count(&stream);
  std::optional<int64_t> first;
  if (!samples && stream.start_time != AV_NOPTS_VALUE) first = stream.start_time;
  std::vector<Rational> times;
  int keys = 0;
  for (int i = 0; i < count && times.size() < kMost; ++i) {
    const AVIndexEntry* e = avformat_index_get_entry(&stream, i);
    // MP4 tells decoding times, of which all keyframes are equally late.
    if (!first && (e->flags & AVINDEX_DISCARD_FRAME) == 0) first = e->timestamp;
    if ((e->flags & AVINDEX_KEYFRAME) == 0) continue;
    ++keys;
    if (!first || e->timestamp < *first) continue;
    const Rational time = seconds(e->timestamp - *first, stream.time_base);
    if (times.empty() || time >= times.back() + kLeastSeconds) times.push_back(time);
  }
  if (samples && keys == count) return {};
  return times;
}

}  // namespace rushes::media
