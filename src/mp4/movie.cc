#include "mp4/movie.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mp4/cut_off.h"
#include "mp4/movie_fragments.h"

namespace rushes::mp4 {
namespace {

using base::Result;
using base::Status;

constexpr uint64_t kMostIndexBytes = 512 << 20;
constexpr uint64_t kMostSamples = 20'000'000;  // of a track: four days of 60 frames a second
constexpr size_t kMostTracks = 64;
constexpr uint64_t kMostBoxes = 20'000'000;      // beside one another
constexpr int64_t kLongestSeconds = 10'000'000;  // four months, whatever an index says

base::Error broken(const std::string& what) { return base::corrupt("its index: " + what); }

// The boxes of a file that matter, without what lies in "mdat".
struct TopLevel {
  struct Fragment {
    uint64_t box = 0;  // where it begins
    base::ByteRange payload;
  };
  Bytes file_type, index;
  std::vector<Fragment> fragments;
  bool cut_off = false;  // it ends within a box, amid fragments
  uint64_t no_box = 0;   // bytes that follow all boxes
};

Result<Bytes> read_part(const base::ByteSource& source, uint64_t offset, uint64_t size) {
  Bytes bytes(size);
  ASSIGN_OR_RETURN(const size_t read, source.read_at(offset, bytes));
  if (read != size) return base::corrupt("ends within a box");
  return bytes;
}

Result<TopLevel> read_top(const base::ByteSource& source) {
  TopLevel top;
  bool first = true;
  base::ByteRange media;
  uint64_t index_bytes = 0, boxes = 0;
  for (uint64_t at = 0; at + 8 <= source.size(); ++boxes) {
    if (boxes == kMostBoxes) return broken("it has too many boxes");
    std::array<std::byte, 16> bytes = {};
    ASSIGN_OR_RETURN(const size_t read, source.read_at(at, bytes));
    FieldReader header(View(bytes).first(read));
    uint64_t size = header.u32();
    const Type type = header.u32();
    uint64_t begin = 8;
    if (size == 1) {
      size = header.u64();
      begin = 16;
    }
    if (size == 0) size = source.size() - at;  // to the end
    constexpr std::array kFirst = {type_of("ftyp"), type_of("mdat"), type_of("moov"),
                                   type_of("free"), type_of("skip"), type_of("wide"),
                                   type_of("pnot"), type_of("uuid")};
    if (std::exchange(first, false) && std::ranges::count(kFirst, type) == 0) {
      return base::unsupported("is neither an MP4 nor a QuickTime file");
    }
    if (type == type_of("mdat") && media.size == 0 && at + begin < source.size()) {
      media = {at + begin, source.size() - at - begin};
    }
    if (!header.ok() || size < begin || size > source.size() - at) {
      top.cut_off = type == type_of("moof") || !top.fragments.empty();
      // A recorder writes the length of "mdat" when it is done.
      if (type == type_of("mdat") || top.cut_off) break;
      if (!top.index.empty()) {
        top.no_box = source.size() - at;
        break;
      }
      return base::corrupt("the box \"" + name_of(type) + "\" reaches beyond its end");
    }
    const bool is_fragment = type == type_of("moof");
    if (type == type_of("ftyp") || type == type_of("moov") || is_fragment) {
      index_bytes += std::min(size, kMostIndexBytes + 1);
      if (index_bytes > kMostIndexBytes) return broken("it is too large");
    }
    if (is_fragment) {
      top.fragments.push_back({at, {at + begin, size - begin}});
    } else if (type == type_of("ftyp") || type == type_of("moov")) {
      Bytes& out = type == type_of("ftyp") ? top.file_type : top.index;
      if (out.empty()) {
        ASSIGN_OR_RETURN(out, read_part(source, at + begin, size - begin));
      }
    }
    at += size;
  }
  if (!top.index.empty()) return top;
  if (media.size == 0) return base::corrupt("has no index, and no media either");
  ASSIGN_OR_RETURN(const std::string what, cut_off_text(source, media));
  return base::corrupt(what);
}

Bytes copy(View bytes) { return {bytes.begin(), bytes.end()}; }

// The tables of a track, one after the other.
class SampleTables {
 public:
  SampleTables(const std::vector<Box>& boxes, uint64_t file_size)
      : boxes_(boxes), file_size_(file_size) {}

  Status read_into(Track& track) {
    RETURN_IF_ERROR(read_sizes(track.samples));
    RETURN_IF_ERROR(read_durations(track.samples));
    RETURN_IF_ERROR(read_shifts(track.samples));
    RETURN_IF_ERROR(read_places(track.samples));
    RETURN_IF_ERROR(read_sync(track));
    read_dependencies(track);
    return {};
  }

 private:
  // After version and flags.
  Result<FieldReader> open(Type type) const {
    const Box* box = find(boxes_, type);
    if (box == nullptr) return broken("a track has no \"" + name_of(type) + "\"");
    FieldReader reader(box->payload);
    version_ = reader.u8();
    reader.skip(3);
    return reader;
  }

  Status read_sizes(std::vector<Sample>& samples) const {
    if (find(boxes_, type_of("stz2")) != nullptr) return base::unsupported("sizes in \"stz2\"");
    ASSIGN_OR_RETURN(FieldReader sizes, open(type_of("stsz")));
    const uint32_t same = sizes.u32(), count = sizes.u32();
    // One size for all takes no bytes, and promises as many samples as it likes.
    const uint64_t most = same != 0 ? file_size_ / same : sizes.rest().size() / 4;
    if (!sizes.ok() || count > most) return broken("more samples than fit");
    if (count > kMostSamples)
      return base::unsupported("has a track of more than 20 million samples");
    samples.resize(count);
    for (Sample& sample : samples) sample.size = same != 0 ? same : sizes.u32();
    return {};
  }

  Status read_durations(std::vector<Sample>& samples) const {
    ASSIGN_OR_RETURN(FieldReader runs, open(type_of("stts")));
    const uint32_t count = runs.u32();
    size_t at = 0;
    int64_t dts = 0;
    for (uint32_t i = 0; i < count && runs.ok() && at < samples.size(); ++i) {
      const uint32_t length = runs.u32(), duration = runs.u32();
      for (uint32_t k = 0; k < length && at < samples.size(); ++k, ++at) {
        samples[at].dts = dts;
        samples[at].duration = duration;
        dts += duration;
      }
    }
    if (at < samples.size()) return broken("not all samples have a time");
    return {};
  }

  Status read_shifts(std::vector<Sample>& samples) const {
    if (find(boxes_, type_of("ctts")) == nullptr) return {};
    ASSIGN_OR_RETURN(FieldReader runs, open(type_of("ctts")));
    const uint32_t count = runs.u32();
    size_t at = 0;
    for (uint32_t i = 0; i < count && runs.ok() && at < samples.size(); ++i) {
      const uint32_t length = runs.u32();
      const int32_t shift = runs.i32();  // in version 0 too, writers mean negative ones
      for (uint32_t k = 0; k < length && at < samples.size(); ++k) samples[at++].shift = shift;
    }
    return {};
  }

  Status read_places(std::vector<Sample>& samples) const {
    const bool wide = find(boxes_, type_of("co64")) != nullptr;
    ASSIGN_OR_RETURN(FieldReader chunks, open(wide ? type_of("co64") : type_of("stco")));
    const uint32_t chunk_count = chunks.u32();
    ASSIGN_OR_RETURN(FieldReader runs, open(type_of("stsc")));
    const uint32_t run_count = runs.u32();
    struct Run {
      uint32_t first = 1, samples = 0, entry = 1;
    };
    Run run, next;
    uint32_t read = 0;
    const auto read_next = [&] {
      next = read++ < run_count ? Run{runs.u32(), runs.u32(), runs.u32()} : Run{UINT32_MAX, 0, 1};
    };
    read_next();
    size_t at = 0;
    for (uint32_t chunk = 1; chunk <= chunk_count && at < samples.size(); ++chunk) {
      while (next.first <= chunk) {
        run = next;
        read_next();
        if (next.first <= run.first) return broken("its chunks are out of order");
      }
      uint64_t offset = chunks.number(wide ? 8 : 4);
      if (!chunks.ok() || !runs.ok()) return broken("a table of places ends early");
      for (uint32_t k = 0; k < run.samples && at < samples.size(); ++k, ++at) {
        Sample& sample = samples[at];
        if (offset > file_size_ || sample.size > file_size_ - offset) {
          return base::corrupt("ends before its last sample: the file is not whole");
        }
        sample.offset = offset;
        sample.entry = static_cast<uint16_t>(std::min<uint32_t>(run.entry, UINT16_MAX));
        offset += sample.size;
      }
    }
    if (at < samples.size()) return broken("not all samples have a place");
    return {};
  }

  Status read_sync(Track& track) const {
    if (find(boxes_, type_of("stss")) == nullptr) return {};
    ASSIGN_OR_RETURN(FieldReader numbers, open(type_of("stss")));
    track.has_sync_table = true;
    for (Sample& sample : track.samples) sample.sync = false;
    const uint32_t count = numbers.u32();
    for (uint32_t i = 0; i < count && numbers.ok(); ++i) {
      const uint32_t number = numbers.u32();
      if (number >= 1 && number <= track.samples.size()) track.samples[number - 1].sync = true;
    }
    return {};
  }

  void read_dependencies(Track& track) const {
    const Box* box = find(boxes_, type_of("sdtp"));
    if (box == nullptr || box->payload.size() < 4 + track.samples.size()) return;
    track.has_dependencies = true;
    for (size_t i = 0; i < track.samples.size(); ++i) {
      track.samples[i].depends = std::to_integer<uint8_t>(box->payload[4 + i]);
    }
  }

  const std::vector<Box>& boxes_;
  uint64_t file_size_;
  mutable uint8_t version_ = 0;
};

// Version and flags, then the times of making, in 4 or 8 bytes each.
struct DatedHeader {
  bool wide = false;
  int64_t created = 0;
};
DatedHeader read_dates(FieldReader& reader) {
  DatedHeader out;
  out.wide = reader.u8() == 1;
  reader.skip(3);
  const size_t bytes = out.wide ? 8 : 4;
  out.created = static_cast<int64_t>(reader.number(bytes));
  reader.skip(bytes);
  return out;
}

Status read_edits(View edits, uint32_t movie_timescale, Track& track) {
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(edits));
  const Box* list = find(boxes, type_of("elst"));
  if (list == nullptr) return {};
  FieldReader reader(list->payload);
  const bool wide = reader.u8() == 1;
  reader.skip(3);
  const uint32_t count = reader.u32();
  bool shown = false;
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const uint64_t length = reader.number(wide ? 8 : 4);
    const int64_t start = wide ? reader.i64() : reader.i32();
    const uint32_t rate = reader.u32();
    if (!reader.ok()) return broken("an edit list ends early");
    if (length / movie_timescale > kLongestSeconds || start / track.timescale > kLongestSeconds) {
      return broken("an edit list goes on for months");
    }
    const Rational seconds(static_cast<int64_t>(length), movie_timescale);
    if (start == -1 && !shown) {
      track.delay += seconds;
      continue;
    }
    if (shown || start < 0 || rate != 0x10000) {
      return base::unsupported("an edit list that does more than trim");
    }
    shown = true;
    track.start = start;
    if (length > 0) track.length = seconds;
  }
  return {};
}

Status read_media(View media, uint64_t file_size, Track& track) {
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(media));
  const Box* header = find(boxes, type_of("mdhd"));
  const Box* handler = find(boxes, type_of("hdlr"));
  const Box* info = find(boxes, type_of("minf"));
  if (header == nullptr || handler == nullptr || info == nullptr) return broken("half a track");
  track.media_header = copy(header->payload);
  track.handler_box = copy(handler->whole);
  FieldReader dates(header->payload);
  read_dates(dates);
  track.timescale = dates.u32();
  FieldReader kind(handler->payload);
  kind.skip(8);
  track.handler = kind.u32();
  if (!dates.ok() || !kind.ok() || track.timescale == 0 || track.timescale > INT32_MAX) {
    return broken("a track without a clock");
  }
  ASSIGN_OR_RETURN(const auto parts, boxes_in(info->payload));
  const Box* tables = find(parts, type_of("stbl"));
  if (tables == nullptr) return broken("half a track");
  for (const Box& part : parts) {
    if (part.type != type_of("stbl")) track.media.push_back(copy(part.whole));
  }
  ASSIGN_OR_RETURN(const auto lists, boxes_in(tables->payload));
  const Box* entries = find(lists, type_of("stsd"));
  if (entries == nullptr || entries->payload.size() < 16) return broken("a track of no kind");
  track.sample_entries = copy(entries->payload);
  FieldReader first(entries->payload);
  first.skip(12);
  track.codec = first.u32();
  RETURN_IF_ERROR(SampleTables(lists, file_size).read_into(track));
  if (!track.samples.empty() && track.samples.back().dts / track.timescale > kLongestSeconds) {
    return broken("a track goes on for months");
  }
  return {};
}

Result<Track> read_track(View bytes, uint32_t movie_timescale, uint64_t file_size) {
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(bytes));
  Track track;
  const Box* header = find(boxes, type_of("tkhd"));
  const Box* media = find(boxes, type_of("mdia"));
  if (header == nullptr || media == nullptr) return broken("half a track");
  track.track_header = copy(header->payload);
  RETURN_IF_ERROR(read_media(media->payload, file_size, track));
  for (const Box& box : boxes) {
    if (box.type == type_of("edts")) {
      RETURN_IF_ERROR(read_edits(box.payload, movie_timescale, track));
    } else if (box.type != type_of("tkhd") && box.type != type_of("mdia")) {
      track.others.push_back(copy(box.whole));
    }
  }
  return track;
}

Status read_fragments(const base::ByteSource& source, const TopLevel& top,
                      const std::vector<Box>& boxes, Movie& movie) {
  ASSIGN_OR_RETURN(FragmentReader reader, FragmentReader::open(boxes, movie,
                                                               {.file_size = source.size(),
                                                                .samples = kMostSamples,
                                                                .seconds = kLongestSeconds}));
  bool whole = !top.cut_off;
  for (const TopLevel::Fragment& fragment : top.fragments) {
    const auto& [offset, size] = fragment.payload;
    ASSIGN_OR_RETURN(const Bytes moof, read_part(source, offset, size));
    ASSIGN_OR_RETURN(const bool all, reader.add(moof, fragment.box));
    if (all) continue;
    whole = false;
    break;
  }
  reader.finish();
  if (!whole) movie.notes.emplace_back("was cut off: what is whole of its fragments is taken");
  return {};
}

}  // namespace

Rational Track::shown_until() const {
  if (samples.empty()) return 0;
  int64_t end = INT64_MIN;
  for (const Sample& sample : samples) end = std::max(end, sample.end());
  const Rational last = shown_at(end);
  return length ? std::min(last, delay + *length) : last;
}

const Track* Movie::video() const {
  const auto at = std::ranges::find_if(
      tracks, [](const Track& track) { return track.handler == kVideo && !track.samples.empty(); });
  return at != tracks.end() ? &*at : nullptr;
}

Result<uint64_t> bytes_behind(const base::ByteSource& source) {
  ASSIGN_OR_RETURN(const TopLevel top, read_top(source));
  return top.no_box;
}

Result<Movie> read_movie(const base::ByteSource& source) {
  ASSIGN_OR_RETURN(const TopLevel top, read_top(source));
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(top.index));
  Movie movie;
  movie.file_type = top.file_type;
  const Box* header = find(boxes, type_of("mvhd"));
  if (header == nullptr) return broken("it has no header");
  movie.header = copy(header->payload);
  FieldReader reader(header->payload);
  movie.created = read_dates(reader).created;
  movie.timescale = reader.u32();
  if (!reader.ok() || movie.timescale == 0 || movie.timescale > INT32_MAX) {
    return broken("it has no clock");
  }
  if (find(boxes, type_of("cmov")) != nullptr) return base::unsupported("has a compressed index");
  for (const Box& box : boxes) {
    if (box.type == type_of("trak")) {
      if (movie.tracks.size() == kMostTracks) return broken("more than 64 tracks");
      ASSIGN_OR_RETURN(Track track, read_track(box.payload, movie.timescale, source.size()));
      movie.tracks.push_back(std::move(track));
    } else if (box.type != type_of("mvhd") && box.type != type_of("iods") &&
               box.type != type_of("mvex")) {
      movie.others.push_back(copy(box.whole));
    }
  }
  if (!top.fragments.empty() || top.cut_off) {
    RETURN_IF_ERROR(read_fragments(source, top, boxes, movie));
  }
  if (top.no_box > 0) {
    movie.notes.push_back("has " + std::to_string(top.no_box) +
                          " bytes behind its last box, as some cameras write sensor data: they "
                          "are left out");
  }
  return movie;
}

}  // namespace rushes::mp4
