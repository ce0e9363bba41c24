#include "mp4/exact_cut.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mp4/cut_tracks.h"

namespace rushes::mp4 {
namespace {

using base::Result;

// A track's header ends with its matrix, width and height.
constexpr ptrdiff_t kGeometry = 36 + 4 + 4;

// Rotation and size of another picture.
Result<Bytes> with_geometry(Bytes header, const Bytes& other) {
  if (std::ssize(header) < kGeometry || std::ssize(other) < kGeometry) {
    return base::corrupt("its index: a track's header is too short");
  }
  std::copy(other.end() - kGeometry, other.end(), header.end() - kGeometry);
  return header;
}

// A media header begins with version and flags, two dates of 4 or 8 bytes, and the timescale.
Result<Bytes> with_timescale(const Bytes& header, uint32_t timescale) {
  FieldReader in(header);
  const bool wide = in.u8() == 1;
  const size_t at = 4 + (wide ? 16 : 8);
  if (header.size() < at + 4) return base::corrupt("its index: a media header is too short");
  FieldWriter out;
  out.bytes(header);
  out.set_u32(at, timescale);
  return std::move(out.out);
}

}  // namespace

Result<ShownFrames> frames_in(const Recording& recording, const Wanted& wanted) {
  ASSIGN_OR_RETURN(const Window range, window_of(recording, wanted));
  const Track* const video = recording.movie.video();
  if (video == nullptr) return base::invalid_argument("has no picture");
  std::vector<int64_t> shown;
  for (const Sample& sample : video->samples) {
    if (sample.pts() >= 0) shown.push_back(sample.pts());
  }
  std::ranges::sort(shown);
  const auto at = [&](size_t i) { return Rational(shown[i], video->timescale); };
  size_t first = 0, end = 0;
  while (end < shown.size() && at(end) < range.to) ++end;
  while (first + 1 < end && at(first + 1) <= range.from) ++first;
  if (first >= end) return base::invalid_argument("there is no picture in this range");
  const Window picture{at(first), picture_end(*video, range.to)};
  ASSIGN_OR_RETURN(const Window all, around(recording, wanted, picture));
  return ShownFrames{.first = static_cast<int64_t>(first),
                     .end = static_cast<int64_t>(end),
                     .count = static_cast<int64_t>(shown.size()),
                     .from = picture.from,
                     .to = picture.to,
                     .all_from = all.from,
                     .all_to = all.to};
}

Result<Cut> exact_cut(const Recording& recording, const ShownFrames& shown, const Encoded& encoded,
                      const std::vector<const base::ByteSource*>& sources) {
  const Track* const video = recording.movie.video();
  RUSHES_CHECK(video != nullptr);
  const Track* const made = encoded.movie.video();
  if (made == nullptr || static_cast<int64_t>(made->samples.size()) != shown.frames()) {
    return base::internal("the picture that was encoded does not have the frames of the cut");
  }
  Cut out{.movie = recording.movie, .from = shown.from, .to = shown.to};
  Track track = *video;
  ASSIGN_OR_RETURN(track.track_header, with_geometry(video->track_header, made->track_header));
  ASSIGN_OR_RETURN(track.media_header, with_timescale(video->media_header, made->timescale));
  track.timescale = made->timescale;
  track.codec = made->codec;
  track.sample_entries = made->sample_entries;
  track.has_sync_table = made->has_sync_table;
  track.has_dependencies = made->has_dependencies;
  // QuickTime's own words for the size.
  std::erase_if(track.others, [](const Bytes& box) {
    FieldReader in(box);
    in.skip(4);
    return in.u32() == type_of("tapt");
  });
  track.samples = made->samples;
  for (Sample& sample : track.samples) {
    sample.dts -= made->start;
    sample.source = encoded.source;
  }
  track = part_of(track, 0, track.samples.size(), {0, shown.to - shown.from});
  track.delay += shown.from - shown.all_from;
  out.frames = frames_shown(track);
  out.movie.tracks[static_cast<size_t>(video - recording.movie.tracks.data())] = std::move(track);
  const Window all{shown.all_from, shown.all_to};
  RETURN_IF_ERROR(cut_others(recording, all, sources, out.movie));
  return out;
}

}  // namespace rushes::mp4
