#include "mp4/layout.h"

#include <algorithm>
#include <set>

namespace rushes::mp4 {
namespace {

constexpr size_t kLargestPlainBox = UINT32_MAX - 16;

struct Placed {
  const Sample* sample = nullptr;
  size_t track = 0;
  uint64_t at = 0;  // from the first sample of all
};

// Samples of one track that lie side by side and are described alike.
struct Chunk {
  uint64_t at = 0;
  uint32_t samples = 0;
  uint16_t entry = 1;
};

// The smallest multiple of the picture's clock with at least a thousand units a second.
uint32_t clock_of(const Movie& movie) {
  const Track* video = movie.video();
  const uint32_t clock = video != nullptr ? video->timescale : movie.timescale;
  return clock >= 1000 ? clock : clock * ((1000 + clock - 1) / clock);
}

uint64_t length_of(const std::vector<Sample>& samples) {
  return samples.empty() ? 0 : static_cast<uint64_t>(samples.back().dts) + samples.back().duration;
}

// A header box with dates: what lies between them and its length, and after it, stays as it was.
struct HeaderChange {
  Type type = 0;
  size_t between = 4;
  std::optional<uint32_t> clock;  // in the place of what is between
  uint64_t length = 0;
  int64_t later = 0;
};
void write_header(FieldWriter& out, const Bytes& payload, const HeaderChange& change) {
  FieldReader in(payload);
  const bool was_wide = in.u8() == 1;
  const auto flags = static_cast<uint32_t>(in.number(3));
  const size_t bytes = was_wide ? 8 : 4;
  uint64_t dates[2] = {in.number(bytes), in.number(bytes)};
  for (uint64_t& date : dates) {
    if (date != 0) date += static_cast<uint64_t>(change.later);
  }
  const View between = in.take(change.between);
  in.skip(bytes);
  const bool wide = std::max({dates[0], dates[1], change.length}) > UINT32_MAX;
  out.full_box(change.type, wide ? 1 : 0, flags, [&] {
    for (const uint64_t date : dates) out.number(date, wide ? 8 : 4);
    if (change.clock) {
      out.u32(*change.clock);
    } else {
      out.bytes(between);
    }
    out.number(change.length, wide ? 8 : 4);
    out.bytes(in.rest());
  });
}

// Runs of equal values: `write` gets how many and which.
template <class Value, class Write>
void write_runs(FieldWriter& out, const std::vector<Sample>& samples, Value value, Write write) {
  const size_t count_at = out.out.size();
  out.u32(0);
  uint32_t runs = 0;
  for (size_t i = 0; i < samples.size(); ++runs) {
    size_t end = i + 1;
    while (end < samples.size() && value(samples[end]) == value(samples[i])) ++end;
    out.u32(static_cast<uint32_t>(end - i));
    write(value(samples[i]));
    i = end;
  }
  out.set_u32(count_at, runs);
}

class Index {
 public:
  Index(const Movie& movie, const LayoutOptions& options, std::vector<std::vector<Chunk>> chunks)
      : movie_(movie), options_(options), chunks_(std::move(chunks)), clock_(clock_of(movie)) {
    for (const Track& track : movie.tracks) {
      if (!track.samples.empty()) ids_.insert(id_of(track));
    }
  }

  // `base` is where the first sample lies.
  Bytes write(uint64_t base, bool wide) const {
    FieldWriter out;
    out.box(type_of("moov"), [&] {
      Rational length;
      for (const Track& track : movie_.tracks) {
        if (!track.samples.empty()) length = std::max(length, shown_length(track));
      }
      write_header(out, movie_.header,
                   {.type = type_of("mvhd"),
                    .between = 4,
                    .clock = clock_,
                    .length = in_clock(length),
                    .later = options_.seconds_later});
      for (size_t i = 0; i < movie_.tracks.size(); ++i) {
        if (!movie_.tracks[i].samples.empty()) write_track(out, i, base, wide);
      }
      for (const Bytes& box : movie_.others) out.bytes(box);
    });
    return std::move(out.out);
  }

 private:
  static Rational shown_length(const Track& track) {
    return track.length ? track.delay + *track.length : track.shown_until();
  }
  uint64_t in_clock(const Rational& t) const {
    return static_cast<uint64_t>(std::max<int64_t>((t * clock_).round(), 0));
  }
  static uint32_t id_of(const Track& track) {
    FieldReader header(track.track_header);
    const bool wide = header.u8() == 1;
    header.skip(wide ? 3 + 16 : 3 + 8);
    return header.u32();
  }

  void write_track(FieldWriter& out, size_t i, uint64_t base, bool wide) const {
    const Track& track = movie_.tracks[i];
    out.box(type_of("trak"), [&] {
      write_header(out, track.track_header,
                   {.type = type_of("tkhd"),
                    .between = 8,
                    .clock = {},
                    .length = in_clock(shown_length(track)),
                    .later = options_.seconds_later});
      write_edits(out, track);
      for (const Bytes& box : track.others) write_other(out, box);
      out.box(type_of("mdia"), [&] {
        write_header(out, track.media_header,
                     {.type = type_of("mdhd"),
                      .between = 4,
                      .clock = {},
                      .length = length_of(track.samples),
                      .later = options_.seconds_later});
        out.bytes(track.handler_box);
        out.box(type_of("minf"), [&] {
          for (const Bytes& box : track.media) out.bytes(box);
          out.box(type_of("stbl"), [&] { write_tables(out, i, base, wide); });
        });
      });
    });
  }

  // References to tracks that are left out are too.
  void write_other(FieldWriter& out, const Bytes& box) const {
    const auto boxes = boxes_in(box);
    if (!boxes.ok() || boxes->size() != 1 || (*boxes)[0].type != type_of("tref")) {
      return out.bytes(box);
    }
    const auto references = boxes_in((*boxes)[0].payload);
    if (!references.ok()) return;
    FieldWriter kept;
    for (const Box& reference : *references) {
      FieldWriter ids;
      FieldReader in(reference.payload);
      while (!in.rest().empty()) {
        if (const uint32_t id = in.u32(); in.ok() && ids_.contains(id)) ids.u32(id);
      }
      if (!ids.out.empty()) kept.box(reference.type, [&] { kept.bytes(ids.out); });
    }
    if (!kept.out.empty()) out.box(type_of("tref"), [&] { out.bytes(kept.out); });
  }

  void write_edits(FieldWriter& out, const Track& track) const {
    const uint64_t wait = in_clock(track.delay);
    const uint64_t length = in_clock(shown_length(track) - track.delay);
    const bool wide = std::max(wait, length) > INT32_MAX || track.start > INT32_MAX;
    const size_t bytes = wide ? 8 : 4;
    out.box(type_of("edts"), [&] {
      out.full_box(type_of("elst"), wide ? 1 : 0, 0, [&] {
        out.u32(wait > 0 ? 2 : 1);
        if (wait > 0) {
          out.number(wait, bytes);
          out.number(UINT64_MAX, bytes);  // -1: nothing is shown
          out.u32(0x10000);
        }
        out.number(length, bytes);
        out.number(static_cast<uint64_t>(track.start), bytes);
        out.u32(0x10000);
      });
    });
  }

  void write_tables(FieldWriter& out, size_t i, uint64_t base, bool wide) const {
    const Track& track = movie_.tracks[i];
    const auto& samples = track.samples;
    out.box(type_of("stsd"), [&] { out.bytes(track.sample_entries); });
    out.full_box(type_of("stts"), 0, 0, [&] {
      write_runs(
          out, samples, [](const Sample& s) { return s.duration; },
          [&](uint32_t duration) { out.u32(duration); });
    });
    const auto [low, high] = std::ranges::minmax(samples, {}, &Sample::shift);
    if (low.shift != 0 || high.shift != 0) {
      out.full_box(type_of("ctts"), static_cast<uint8_t>(low.shift < 0 ? 1 : 0), 0, [&] {
        write_runs(
            out, samples, [](const Sample& s) { return s.shift; },
            [&](int32_t shift) { out.u32(static_cast<uint32_t>(shift)); });
      });
    }
    if (track.has_sync_table) {
      out.full_box(type_of("stss"), 0, 0, [&] {
        out.u32(static_cast<uint32_t>(std::ranges::count(samples, true, &Sample::sync)));
        for (size_t k = 0; k < samples.size(); ++k) {
          if (samples[k].sync) out.u32(static_cast<uint32_t>(k + 1));
        }
      });
    }
    if (track.has_dependencies) {
      out.full_box(type_of("sdtp"), 0, 0, [&] {
        for (const Sample& sample : samples) out.u8(sample.depends);
      });
    }
    write_sizes(out, samples);
    write_chunks(out, chunks_[i], base, wide);
  }

  static void write_sizes(FieldWriter& out, const std::vector<Sample>& samples) {
    const uint32_t first = samples.front().size;
    const bool same = first != 0 && std::ranges::all_of(
                                        samples, [&](const Sample& s) { return s.size == first; });
    out.full_box(type_of("stsz"), 0, 0, [&] {
      out.u32(same ? first : 0);
      out.u32(static_cast<uint32_t>(samples.size()));
      if (same) return;
      for (const Sample& sample : samples) out.u32(sample.size);
    });
  }

  static void write_chunks(FieldWriter& out, const std::vector<Chunk>& chunks, uint64_t base,
                           bool wide) {
    out.full_box(type_of("stsc"), 0, 0, [&] {
      const size_t count_at = out.out.size();
      out.u32(0);
      uint32_t runs = 0;
      for (size_t k = 0; k < chunks.size(); ++k) {
        const Chunk& c = chunks[k];
        if (k > 0 && c.samples == chunks[k - 1].samples && c.entry == chunks[k - 1].entry) continue;
        ++runs;
        out.u32(static_cast<uint32_t>(k + 1));
        out.u32(c.samples);
        out.u32(c.entry);
      }
      out.set_u32(count_at, runs);
    });
    out.full_box(wide ? type_of("co64") : type_of("stco"), 0, 0, [&] {
      out.u32(static_cast<uint32_t>(chunks.size()));
      for (const Chunk& c : chunks) out.number(base + c.at, wide ? 8 : 4);
    });
  }

  const Movie& movie_;
  const LayoutOptions& options_;
  std::vector<std::vector<Chunk>> chunks_;
  uint32_t clock_;
  std::set<uint32_t> ids_;
};

// Of the movie, in which a sample is decoded; what comes before it is of the first.
int64_t second_of(const Track& track, const Sample& sample) {
  return std::max<int64_t>(sample.dts - track.start, 0) / track.timescale;
}

// All samples in the order in which they will lie: the movie's own, then as they lay.
std::vector<Placed> in_order(const Movie& movie, bool by_time) {
  std::vector<Placed> all;
  for (size_t t = 0; t < movie.tracks.size(); ++t) {
    for (const Sample& sample : movie.tracks[t].samples) all.push_back({&sample, t});
  }
  const auto key = [&](const Placed& p) {
    const Sample& s = *p.sample;
    const int64_t second = by_time && s.source != kOwn ? second_of(movie.tracks[p.track], s) : 0;
    return std::tuple(s.source != kOwn, second, s.source, s.offset, p.track);
  };
  std::ranges::stable_sort(all, {}, key);
  uint64_t at = 0;
  for (Placed& placed : all) {
    placed.at = at;
    at += placed.sample->size;
  }
  return all;
}

// Chunks of each track. Its samples are in decoding order, which may not be that in the file: each
// that is out of order is a chunk of its own.
std::vector<std::vector<Chunk>> chunks_of(const Movie& movie, const std::vector<Placed>& placed) {
  std::vector<std::vector<uint64_t>> places(movie.tracks.size());
  for (size_t t = 0; t < movie.tracks.size(); ++t) places[t].resize(movie.tracks[t].samples.size());
  for (const Placed& p : placed) {
    places[p.track][static_cast<size_t>(p.sample - movie.tracks[p.track].samples.data())] = p.at;
  }
  std::vector<std::vector<Chunk>> all(movie.tracks.size());
  for (size_t t = 0; t < movie.tracks.size(); ++t) {
    uint64_t end = 0;
    for (size_t i = 0; i < places[t].size(); ++i) {
      const Sample& sample = movie.tracks[t].samples[i];
      std::vector<Chunk>& chunks = all[t];
      if (chunks.empty() || places[t][i] != end || chunks.back().entry != sample.entry) {
        chunks.push_back({.at = places[t][i], .entry = sample.entry});
      }
      ++chunks.back().samples;
      end = places[t][i] + sample.size;
    }
  }
  return all;
}

class LaidOut final : public base::ByteSource {
 public:
  LaidOut(const Layout& layout, const std::vector<const base::ByteSource*>& sources)
      : layout_(layout), sources_(sources) {
    uint64_t at = layout.head.size();
    for (const Piece& piece : layout.pieces) {
      begins_.push_back(at);
      at += piece.size;
    }
  }

  uint64_t size() const override { return layout_.size; }

  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    size_t done = 0;
    while (done < out.size() && offset + done < layout_.size) {
      const uint64_t at = offset + done;
      const std::span<std::byte> rest = out.subspan(done);
      if (at < layout_.head.size()) {
        const size_t n = std::min<size_t>(rest.size(), layout_.head.size() - at);
        std::copy_n(layout_.head.begin() + static_cast<ptrdiff_t>(at), n, rest.begin());
        done += n;
        continue;
      }
      const auto next = std::ranges::upper_bound(begins_, at);
      const auto i = static_cast<size_t>(next - begins_.begin()) - 1;
      const Piece& piece = layout_.pieces[i];
      const uint64_t skipped = at - begins_[i];
      const size_t n = std::min<uint64_t>(rest.size(), piece.size - skipped);
      ASSIGN_OR_RETURN(const size_t read,
                       sources_[piece.source]->read_at(piece.offset + skipped, rest.first(n)));
      if (read != n) return base::corrupt("a chapter became shorter while it was read");
      done += n;
    }
    return done;
  }

 private:
  const Layout& layout_;
  const std::vector<const base::ByteSource*>& sources_;
  std::vector<uint64_t> begins_;  // of the pieces, in the file
};

}  // namespace

std::unique_ptr<base::ByteSource> laid_out(const Layout& layout,
                                           const std::vector<const base::ByteSource*>& sources) {
  return std::make_unique<LaidOut>(layout, sources);
}

Layout lay_out(const Movie& movie, const LayoutOptions& options) {
  const std::vector<Placed> placed = in_order(movie, options.by_time);
  Layout out;
  uint64_t media = 0;
  for (const Placed& p : placed) {
    const Sample& s = *p.sample;
    media += s.size;
    if (s.source == kOwn || s.size == 0) continue;
    if (!out.pieces.empty()) {
      Piece& last = out.pieces.back();
      if (last.source == s.source && last.offset + last.size == s.offset) {
        last.size += s.size;
        continue;
      }
    }
    out.pieces.push_back({s.source, s.offset, s.size});
  }

  FieldWriter head;
  if (!movie.file_type.empty()) {
    head.box(type_of("ftyp"), [&] { head.bytes(movie.file_type); });
  }
  const Index index(movie, options, chunks_of(movie, placed));
  const size_t media_header = media > kLargestPlainBox ? 16 : 8;
  const auto head_size = [&](bool wide) {
    return head.out.size() + index.write(0, wide).size() + media_header;
  };
  const bool wide = head_size(true) + media > UINT32_MAX;
  const uint64_t base = head_size(wide);
  head.bytes(index.write(base, wide));
  if (media_header == 16) {
    head.u32(1);
    head.u32(type_of("mdat"));
    head.u64(media + media_header);
  } else {
    head.u32(static_cast<uint32_t>(media + media_header));
    head.u32(type_of("mdat"));
  }
  head.bytes(movie.own);
  out.head = std::move(head.out);
  out.size = base + media;
  return out;
}

}  // namespace rushes::mp4
