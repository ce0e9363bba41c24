#include "media/keyframes.h"

#include <algorithm>
#include <optional>

#include "media/av_compat.h"

namespace rushes::media {
namespace {

// Nearer ones are left out: nobody cuts so finely, and an index is as long as its file.
constexpr int kLeastSeconds = 1;
constexpr size_t kMost = 100'000;
constexpr size_t kSamples = 8;

// A keyframe by the index: when it is decoded, and when the next one is.
struct Stamp {
  int64_t at = 0;
  int64_t next = INT64_MAX;
};

// How long after it is decoded a keyframe at or before `time` is shown.
std::optional<int64_t> delay_at(Demuxer& demuxer, AVStream& stream, int64_t time) {
  if (!demuxer.seek(stream, time)) return std::nullopt;
  const AvPacket packet(av_packet_alloc());
  while (packet) {
    const auto read = demuxer.read(*packet);
    if (!read.ok() || !*read) break;
    if (packet->stream_index != stream.index) continue;
    if ((packet->flags & AV_PKT_FLAG_KEY) == 0 || packet->pts == AV_NOPTS_VALUE ||
        packet->dts == AV_NOPTS_VALUE) {
      break;
    }
    return packet->pts - packet->dts;
  }
  return std::nullopt;
}

// A keyframe may be decoded before frames that are shown before it (open GOPs). How much longer
// than the first one others wait to be shown, at most, by a few of them: where cutting is meant to
// save work, a little late costs a few frames, a little early a whole GOP.
int64_t most_late(Demuxer& demuxer, AVStream& stream, const std::vector<Stamp>& decoded) {
  if (decoded.size() < 2) return 0;
  demuxer.select(stream);
  // Nothing is shown before the first of the file, which an edit list may leave out.
  const AVIndexEntry* entry = avformat_index_get_entry(&stream, 0);
  const auto first = delay_at(demuxer, stream, entry->timestamp);
  if (!first) return 0;
  int64_t most = 0;
  const size_t samples = std::min(kSamples, decoded.size() - 1);
  for (size_t i = 1; i <= samples; ++i) {
    const Stamp& key = decoded[i * (decoded.size() - 1) / samples];
    // libav looks for one that is shown by then.
    const int64_t second = av_rescale_q(kLeastSeconds, {1, 1}, stream.time_base);
    const int64_t time = av_sat_add64(key.at, std::min(second, av_sat_sub64(key.next, key.at) / 2));
    most = std::max(most, delay_at(demuxer, stream, time).value_or(*first) - *first);
  }
  return most;
}

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
  std::vector<Stamp> stamps;
  int keys = 0;
  for (int i = 0; i < count && times.size() < kMost; ++i) {
    const AVIndexEntry* e = avformat_index_get_entry(&stream, i);
    // MP4 tells when frames are decoded, Matroska when they are shown.
    if (!first && (e->flags & AVINDEX_DISCARD_FRAME) == 0) first = e->timestamp;
    if ((e->flags & AVINDEX_KEYFRAME) == 0) continue;
    ++keys;
    if (!stamps.empty()) stamps.back().next = std::min(stamps.back().next, e->timestamp);
    if (!first || e->timestamp < *first) continue;
    const Rational time = seconds(e->timestamp - *first, stream.time_base);
    if (!times.empty() && time < times.back() + kLeastSeconds) continue;
    times.push_back(time);
    stamps.push_back({.at = e->timestamp});
  }
  if (!samples) return times;
  if (keys == count) return {};
  const Rational late = seconds(most_late(demuxer, stream, stamps), stream.time_base);
  for (size_t i = 1; i < times.size(); ++i) times[i] += late;
  return times;
}

}  // namespace rushes::media
