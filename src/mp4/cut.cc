#include "mp4/cut.h"

#include <algorithm>
#include <array>

#include "base/decimal.h"
#include "mp4/cut_tracks.h"

namespace rushes::mp4 {
namespace {

using base::Result;
using base::Status;

// Of a track of a recording: what is shown when.
Rational seconds(const Track& track, int64_t units) { return {units, track.timescale}; }
int64_t units(const Track& track, const Rational& t) { return (t * track.timescale).round(); }

// Samples of the picture, and what is shown of them.
struct Picture {
  size_t first = 0, end = 0;
  Window shown;
};

// From the last keyframe that is not after `wanted`, or the first.
Result<Picture> find_picture(const Track& track, const Window& wanted) {
  const std::vector<Sample>& all = track.samples;
  const auto at = [&](const Sample& sample) { return seconds(track, sample.pts()); };
  size_t first = all.size();
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].sync && (first == all.size() || at(all[i]) <= wanted.from)) first = i;
    if (at(all[i]) > wanted.from && all[i].sync) break;
  }
  Picture out{first, first, {}};
  for (size_t i = first; i < all.size(); ++i) {
    if (at(all[i]) < wanted.to) out.end = i + 1;
  }
  if (out.end == first) return base::invalid_argument("there is no picture in this range");
  out.shown = {at(all[first]), picture_end(track, wanted.to)};
  return out;
}

bool is_text(const Track& track) {
  constexpr std::array kTexts = {type_of("text"), type_of("sbtl"), type_of("subt")};
  return std::ranges::count(kTexts, track.handler) > 0;
}

// A text needs nothing before it and may be shown for less: without an edit that hides a part of
// the first and the last, since not all who read marks of chapters go by those.
void trim_texts(Track& part) {
  if (part.samples.empty()) return;
  Sample& first = part.samples.front();
  if (part.start > 0 && part.start < first.end()) {
    first.duration -= static_cast<uint32_t>(part.start);
    for (Sample& sample : part.samples) {
      if (&sample != &first) sample.dts -= part.start;
    }
    part.start = 0;
  }
  Sample& last = part.samples.back();
  const int64_t end = part.start + units(part, *part.length);
  if (last.dts < end && end < last.end()) last.duration = static_cast<uint32_t>(end - last.dts);
}

// Packets that are heard in the window, and one before, which the decoder needs to begin with. Of
// another picture all from the keyframe before.
Track cut_other(const Track& track, Window shown) {
  shown.to = std::max(shown.from, std::min(shown.to, track.length.value_or(shown.to)));
  if (track.handler == kVideo) {
    const auto picture = find_picture(track, shown);
    if (!picture.ok() || shown.to == shown.from) return part_of(track, 0, 0, shown);
    return part_of(track, picture->first, picture->end, shown);
  }
  const int64_t from = units(track, shown.from), to = units(track, shown.to);
  const auto& all = track.samples;
  const auto begins = std::ranges::partition_point(
      all, [&](const Sample& s) { return s.dts + static_cast<int64_t>(s.duration) <= from; });
  const auto ends = std::ranges::partition_point(all, [&](const Sample& s) { return s.dts < to; });
  auto first = static_cast<size_t>(begins - all.begin());
  const size_t end = std::max(first, static_cast<size_t>(ends - all.begin()));
  if (track.handler == kSound && first > 0 && first < end) --first;
  Track part = part_of(track, first, end, shown);
  if (is_text(track)) trim_texts(part);
  return part;
}

// A timecode is the number of a frame, once a chapter.
Result<Track> cut_timecode(const Track& track, const Window& shown, Bytes& own,
                           const std::vector<const base::ByteSource*>& sources) {
  Track out = part_of(track, 0, 0, shown);
  FieldReader entry(track.sample_entries);
  entry.skip(8 + 8 + 8 + 4 + 4);  // of the list; of the entry: header, reference, reserved, flags
  const uint32_t timescale = entry.u32(), frame = entry.u32();
  const Sample* covers = nullptr;
  for (const Sample& sample : track.samples) {
    if (covers == nullptr || seconds(track, sample.dts) <= shown.from) covers = &sample;
  }
  if (covers == nullptr || covers->size != 4 || !entry.ok() || frame == 0) return out;
  std::array<std::byte, 4> bytes = {};
  ASSIGN_OR_RETURN(const size_t read, sources[covers->source]->read_at(covers->offset, bytes));
  if (read != bytes.size()) return base::corrupt("ends within a timecode");
  const Rational since = std::max(shown.from - seconds(track, covers->dts), Rational(0));
  const int64_t frames = (since * Rational(timescale, frame)).round();
  FieldWriter number;
  number.u32(static_cast<uint32_t>(FieldReader(bytes).u32() + static_cast<uint64_t>(frames)));
  out.samples = {{.offset = own.size(),
                  .size = 4,
                  .duration = static_cast<uint32_t>(
                      std::min<int64_t>(units(track, shown.to - shown.from), UINT32_MAX)),
                  .source = kOwn}};
  own.insert(own.end(), number.out.begin(), number.out.end());
  out.delay = 0;
  out.start = 0;
  out.length = shown.to - shown.from;
  return out;
}

// Lets the last sample of a picture reach the end of what is shown, by the clock of what is shown
// and by that of decoding: each lasts until the next is decoded, and where frames come at varying
// times that is not how long it is shown.
void reach(Sample& last, int64_t start, int64_t length) {
  const int64_t duration = std::max(start + length - last.pts(), length - last.dts);
  if (duration <= last.duration) return;
  last.duration = static_cast<uint32_t>(std::min<int64_t>(duration, UINT32_MAX));
}

}  // namespace

Result<Window> window_of(const Recording& recording, const Wanted& wanted) {
  const Window range{std::max(wanted.from.value_or(0), Rational(0)),
                     std::min(wanted.to.value_or(recording.length), recording.length)};
  if (range.from >= recording.length) {
    return base::invalid_argument("begins where the recording has ended: it is " +
                                  base::decimal(recording.length) + " s long");
  }
  if (range.to <= range.from) return base::invalid_argument("ends before it begins");
  return range;
}

Result<Window> around(const Recording& recording, const Wanted& wanted, const Window& picture) {
  ASSIGN_OR_RETURN(const Window range, window_of(recording, wanted));
  Window all{std::min(range.from, picture.from), picture.to};
  if (picture.to < recording.length) return all;
  Rational end = picture.to;
  for (const Track& track : recording.movie.tracks) {
    if (track.handler != kTimecode) end = std::max(end, track.length.value_or(0));
  }
  all.to = std::max(picture.to, std::min(end, wanted.to.value_or(end)));
  return all;
}

Rational picture_end(const Track& track, const Rational& to) {
  int64_t next = INT64_MAX, last = INT64_MIN;
  for (const Sample& sample : track.samples) {
    if (seconds(track, sample.pts()) >= to) next = std::min(next, sample.pts());
    last = std::max(last, sample.end());
  }
  const Rational end = seconds(track, next != INT64_MAX ? next : last);
  // Lengths of edits are rounded to the clock of their movie, which may have 600 units a second.
  const Rational rounding(1, 1000);
  return track.length && *track.length + rounding < end ? *track.length : end;
}

Track part_of(const Track& track, size_t first, size_t end, const Window& shown) {
  Track out = track;
  out.samples.assign(track.samples.begin() + static_cast<int64_t>(first),
                     track.samples.begin() + static_cast<int64_t>(end));
  if (out.samples.empty()) return out;
  const int64_t begin = out.samples.front().dts;
  for (Sample& sample : out.samples) sample.dts -= begin;
  const int64_t start = units(track, shown.from) - begin;
  int64_t earliest = INT64_MAX, latest = 0;
  for (const Sample& sample : out.samples) {
    earliest = std::min(earliest, sample.pts());
    latest = std::max(latest, sample.end());
  }
  earliest = std::max<int64_t>(earliest, 0);
  // One that begins later waits.
  out.delay = start < earliest ? seconds(track, earliest - start) : Rational(0);
  out.start = std::max(start, earliest);
  out.length = shown.to - shown.from - out.delay;
  if (track.handler == kVideo) {
    reach(out.samples.back(), out.start, units(track, *out.length));
  } else {
    out.length = std::min(*out.length, seconds(track, latest - out.start));
  }
  return out;
}

int64_t frames_shown(const Track& part) {
  return std::ranges::count_if(part.samples, [&](const Sample& sample) {
    const Rational at = seconds(part, sample.pts() - part.start);
    return at >= 0 && at < *part.length;
  });
}

Status cut_others(const Recording& recording, const Window& shown,
                  const std::vector<const base::ByteSource*>& sources, Movie& out) {
  const Track* const video = recording.movie.video();
  for (size_t i = 0; i < recording.movie.tracks.size(); ++i) {
    const Track& track = recording.movie.tracks[i];
    if (&track == video) continue;
    if (track.handler == kTimecode) {
      ASSIGN_OR_RETURN(out.tracks[i], cut_timecode(track, shown, out.own, sources));
    } else {
      out.tracks[i] = cut_other(track, shown);
    }
  }
  set_marks(out, marks_within(recording.marks, shown.from, shown.to));
  return {};
}

Result<Cut> cut(const Recording& recording, const Wanted& wanted,
                const std::vector<const base::ByteSource*>& sources) {
  ASSIGN_OR_RETURN(const Window range, window_of(recording, wanted));
  Cut out{.movie = recording.movie, .from = range.from, .to = range.to};
  Window all = range;
  if (const Track* const video = recording.movie.video()) {
    ASSIGN_OR_RETURN(const Picture picture, find_picture(*video, range));
    ASSIGN_OR_RETURN(all, around(recording, wanted, picture.shown));
    Track part = part_of(*video, picture.first, picture.end, {all.from, picture.shown.to});
    out.frames = frames_shown(part);
    out.from = picture.shown.from;
    out.to = picture.shown.to;
    out.movie.tracks[static_cast<size_t>(video - recording.movie.tracks.data())] = std::move(part);
  }
  RETURN_IF_ERROR(cut_others(recording, all, sources, out.movie));
  return out;
}

}  // namespace rushes::mp4
