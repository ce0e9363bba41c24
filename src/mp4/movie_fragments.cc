#include "mp4/movie_fragments.h"

#include <algorithm>
#include <optional>

namespace rushes::mp4 {
namespace {

using base::Result;
using base::Status;

base::Error broken(const std::string& what) { return base::corrupt("its index: " + what); }

uint32_t id_of(const Track& track) {
  FieldReader header(track.track_header);
  const bool wide = header.u8() == 1;
  header.skip(wide ? 3 + 16 : 3 + 8);
  return header.u32();
}

}  // namespace

Result<FragmentReader> FragmentReader::open(const std::vector<Box>& boxes, Movie& movie,
                                            const MovieLimits& limits) {
  FragmentReader out(movie, limits);
  for (size_t i = 0; i < movie.tracks.size(); ++i) {
    const Track& track = movie.tracks[i];
    Source source{.track = i, .defaults = {}};
    if (!track.samples.empty()) {
      source.end = track.samples.back().dts + track.samples.back().duration;
    }
    out.sources_.emplace(id_of(track), source);
  }
  const Box* extension = find(boxes, type_of("mvex"));
  if (extension == nullptr) return broken("fragments that it does not announce");
  RETURN_IF_ERROR(out.read_defaults(extension->payload));
  return out;
}

Status FragmentReader::read_defaults(View extension) {
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(extension));
  for (const Box& box : boxes) {
    if (box.type != type_of("trex")) continue;
    FieldReader fields(box.payload);
    fields.skip(4);
    const uint32_t id = fields.u32();
    const Defaults defaults{fields.u32(), fields.u32(), fields.u32(), fields.u32()};
    const auto source = sources_.find(id);
    if (!fields.ok() || source == sources_.end()) return broken("fragments of no track");
    source->second.defaults = defaults;
  }
  return {};
}

Result<bool> FragmentReader::add(View moof, uint64_t offset) {
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(moof));
  at_ = offset;
  for (const Box& box : boxes) {
    if (box.type == type_of("traf")) RETURN_IF_ERROR(add_track(box.payload, offset));
  }
  return !cut_off_;
}

Status FragmentReader::add_track(View fragment, uint64_t moof) {
  constexpr uint32_t kBase = 0x1, kEntry = 0x2, kDuration = 0x8, kSize = 0x10, kFlags = 0x20,
                     kBaseIsMoof = 0x20000;
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(fragment));
  const Box* const header = find(boxes, type_of("tfhd"));
  if (header == nullptr) return broken("half a fragment");
  FieldReader fields(header->payload);
  const uint32_t flags = fields.u32() & 0xFFFFFF;
  const auto found = sources_.find(fields.u32());
  if (!fields.ok() || found == sources_.end()) return broken("a fragment of no track");
  Source& source = found->second;
  Defaults defaults = source.defaults;
  // Else that of the moof, and of later tracks where the data of those before ends.
  uint64_t base = (flags & kBaseIsMoof) != 0 ? moof : at_;
  if ((flags & kBase) != 0) base = fields.u64();
  if ((flags & kEntry) != 0) defaults.entry = fields.u32();
  if ((flags & kDuration) != 0) defaults.duration = fields.u32();
  if ((flags & kSize) != 0) defaults.size = fields.u32();
  if ((flags & kFlags) != 0) defaults.flags = fields.u32();
  if (!fields.ok()) return broken("half a fragment");
  if (base > limits_.file_size) {
    cut_off_ = true;
    return {};
  }
  if (const Box* const time = find(boxes, type_of("tfdt"))) {
    FieldReader decoded(time->payload);
    const bool wide = decoded.u8() == 1;
    decoded.skip(3);
    const uint64_t begin = decoded.number(wide ? 8 : 4);
    if (!decoded.ok()) return broken("a fragment without a time");
    RETURN_IF_ERROR(begin_at(source, begin));
  }
  at_ = base;
  for (const Box& box : boxes) {
    if (box.type == type_of("trun")) RETURN_IF_ERROR(add_run(box.payload, source, defaults, base));
  }
  return {};
}

// Recorders do not know how long the last frame of a fragment is shown; the next fragment does.
Status FragmentReader::begin_at(Source& source, uint64_t time) {
  Track& track = movie_.tracks[source.track];
  if (time / track.timescale > static_cast<uint64_t>(limits_.seconds)) {
    return broken("a track goes on for months");
  }
  const auto begin = static_cast<int64_t>(time);
  if (!track.samples.empty()) {
    Sample& last = track.samples.back();
    const int64_t duration = begin - last.dts;
    if (duration < 0 || duration > UINT32_MAX) return broken("its fragments are out of order");
    last.duration = static_cast<uint32_t>(duration);
  }
  source.end = begin;
  return {};
}

Status FragmentReader::add_run(View run, Source& source, const Defaults& defaults, uint64_t base) {
  constexpr uint32_t kOffset = 0x1, kFirstFlags = 0x4, kDuration = 0x100, kSize = 0x200,
                     kFlags = 0x400, kShift = 0x800;
  FieldReader fields(run);
  const uint32_t says = fields.u32() & 0xFFFFFF, count = fields.u32();
  if ((says & kOffset) != 0) {
    const int64_t at = static_cast<int64_t>(base) + fields.i32();
    if (at < 0) return broken("samples before its beginning");
    at_ = static_cast<uint64_t>(at);
  }
  std::optional<uint32_t> first_flags;
  if ((says & kFirstFlags) != 0) first_flags = fields.u32();
  size_t bytes = 0;
  for (const uint32_t field : {kDuration, kSize, kFlags, kShift}) {
    bytes += (says & field) != 0 ? 4 : 0;
  }
  // What is the same of all samples takes no bytes, and promises as many as it likes.
  if ((says & kSize) == 0 && defaults.size == 0 && count > 0) return broken("samples of no size");
  const uint64_t most =
      bytes > 0 ? fields.rest().size() / bytes : limits_.file_size / std::max(defaults.size, 1U);
  if (!fields.ok() || count > most) return broken("more samples than fit");
  if (movie_.tracks[source.track].samples.size() + count > limits_.samples) {
    return base::unsupported("has a track of more than 20 million samples");
  }
  for (uint32_t i = 0; i < count && !cut_off_; ++i) {
    Defaults sample = defaults;
    if (i == 0 && first_flags) sample.flags = *first_flags;
    if ((says & kDuration) != 0) sample.duration = fields.u32();
    if ((says & kSize) != 0) sample.size = fields.u32();
    if ((says & kFlags) != 0) sample.flags = fields.u32();
    // In version 0 too, writers mean negative ones.
    const int32_t shift = (says & kShift) != 0 ? fields.i32() : 0;
    RETURN_IF_ERROR(add_sample(source, sample, shift));
  }
  return {};
}

Status FragmentReader::add_sample(Source& source, const Defaults& sample, int32_t shift) {
  constexpr uint32_t kNoSync = 0x10000;
  Track& track = movie_.tracks[source.track];
  if (at_ > limits_.file_size || sample.size > limits_.file_size - at_) {
    cut_off_ = true;
    return {};
  }
  if (sample.entry == 0 || sample.entry > UINT16_MAX) return broken("a sample of no kind");
  track.samples.push_back({.offset = at_,
                           .size = sample.size,
                           .duration = sample.duration,
                           .dts = source.end,
                           .shift = shift,
                           .entry = static_cast<uint16_t>(sample.entry),
                           .sync = (sample.flags & kNoSync) == 0,
                           .depends = static_cast<uint8_t>(sample.flags >> 20 & 0xFF)});
  source.grew = true;
  source.end += sample.duration;
  if (source.end / track.timescale > limits_.seconds) return broken("a track goes on for months");
  at_ += sample.size;
  return {};
}

void FragmentReader::finish() {
  std::optional<Rational> begins;
  for (const auto& [id, source] : sources_) {
    Track& track = movie_.tracks[source.track];
    if (source.grew) {
      track.has_sync_table =
          std::ranges::any_of(track.samples, [](const Sample& s) { return !s.sync; });
      track.has_dependencies =
          std::ranges::any_of(track.samples, [](const Sample& s) { return s.depends != 0; });
      // It was written when only the first samples were there.
      track.length.reset();
    }
    if (track.samples.empty()) continue;
    int64_t first = INT64_MAX;
    for (const Sample& sample : track.samples) first = std::min(first, sample.pts());
    const Rational shown = track.shown_at(first);
    begins = begins ? std::min(*begins, shown) : shown;
  }
  if (!begins || *begins <= 0) return;
  for (Track& track : movie_.tracks) {
    const Rational waits = std::min(track.delay, *begins);
    track.delay -= waits;
    track.start += ((*begins - waits) * track.timescale).round();
  }
}

}  // namespace rushes::mp4
