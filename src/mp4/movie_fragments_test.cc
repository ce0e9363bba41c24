#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "mp4/cut.h"
#include "mp4/testing.h"

namespace rushes::mp4 {
namespace {

// How fragments are written.
struct Style {
  bool base_is_moof = true;  // else offsets count from the moof of the first track, and run on
  bool says_base = false;    // ... or from the beginning of the file
  bool says_time = true;
  bool uniform = false;  // durations are those of the track's defaults
  size_t samples = 10;   // of a track in a fragment
  uint32_t begins = 0;   // seconds that the clock shows at the beginning
};

uint32_t flags_of(const Sample& sample) {
  return uint32_t{sample.depends} << 20 | (sample.sync ? 0U : 0x10000U);
}

void write_run(FieldWriter& out, const Track& track, size_t first, size_t end, const Style& style,
               size_t& offset_at) {
  const uint32_t says = 0x1U | (style.uniform ? 0U : 0x100U) | 0x200U | 0x400U | 0x800U;
  out.full_box(type_of("trun"), 1, says, [&] {
    out.u32(static_cast<uint32_t>(end - first));
    offset_at = out.out.size();
    out.u32(0);
    for (size_t i = first; i < end; ++i) {
      const Sample& sample = track.samples[i];
      if (!style.uniform) out.u32(sample.duration);
      out.u32(sample.size);
      out.u32(flags_of(sample));
      out.u32(static_cast<uint32_t>(sample.shift));
    }
  });
}

// A moof and its mdat: samples [first, end) of each track, as far as there are any.
void write_fragment(FieldWriter& out, const Movie& movie, const Bytes& media, size_t first,
                    const Style& style) {
  const size_t moof = out.out.size();
  struct Patch {
    size_t at = 0;
    size_t begins = 0;  // in the mdat
  };
  std::vector<Patch> patches;
  Bytes data;
  out.box(type_of("moof"), [&] {
    out.full_box(type_of("mfhd"), 0, 0, [&] { out.u32(1); });
    for (size_t t = 0; t < movie.tracks.size(); ++t) {
      const Track& track = movie.tracks[t];
      const size_t end = std::min(first + style.samples, track.samples.size());
      if (first >= end) continue;
      out.box(type_of("traf"), [&] {
        const uint32_t flags = style.base_is_moof ? 0x20000U : style.says_base ? 0x1U : 0U;
        out.full_box(type_of("tfhd"), 0, flags, [&] {
          out.u32(static_cast<uint32_t>(t + 1));
          if (flags == 0x1U) out.u64(0);
        });
        if (style.says_time) {
          out.full_box(type_of("tfdt"), 1, 0, [&] {
            out.u64(static_cast<uint64_t>(track.samples[first].dts) +
                    uint64_t{style.begins} * track.timescale);
          });
        }
        Patch patch{.begins = data.size()};
        write_run(out, track, first, end, style, patch.at);
        patches.push_back(patch);
        for (size_t i = first; i < end; ++i) {
          const Sample& sample = track.samples[i];
          const auto at = media.begin() + static_cast<ptrdiff_t>(sample.offset);
          data.insert(data.end(), at, at + sample.size);
        }
      });
    }
  });
  const size_t begins = out.out.size() + 8;
  for (size_t i = 0; i < patches.size(); ++i) {
    size_t from = moof;
    if (style.says_base) from = 0;
    // From where the data of the track before ends.
    if (!style.base_is_moof && !style.says_base && i > 0) from = begins + patches[i].begins;
    out.set_u32(patches[i].at, static_cast<uint32_t>(begins + patches[i].begins - from));
  }
  out.box(type_of("mdat"), [&] { out.bytes(data); });
}

struct Fragmented {
  Movie wanted;
  Bytes bytes;
};

Fragmented fragmented(Movie movie, const Style& style) {
  const Bytes media = place(movie, 0);
  // The writer of whole files leaves tracks without samples out.
  FieldWriter out;
  out.box(type_of("ftyp"), [&] { out.bytes(text("isom")); });
  out.box(type_of("moov"), [&] {
    out.box(type_of("mvhd"), [&] { out.bytes(header(100, {600, 0, 0x10000})); });
    for (const Track& track : movie.tracks) {
      out.box(type_of("trak"), [&] {
        out.box(type_of("tkhd"), [&] { out.bytes(track.track_header); });
        out.box(type_of("mdia"), [&] {
          out.box(type_of("mdhd"), [&] { out.bytes(track.media_header); });
          out.bytes(track.handler_box);
          out.box(type_of("minf"), [&] {
            out.box(type_of("stbl"), [&] {
              out.box(type_of("stsd"), [&] { out.bytes(track.sample_entries); });
              for (const Type type : {type_of("stts"), type_of("stsc"), type_of("stco")}) {
                out.full_box(type, 0, 0, [&] { out.u32(0); });
              }
              out.full_box(type_of("stsz"), 0, 0, [&] { out.u64(0); });
            });
          });
        });
      });
    }
    out.box(type_of("mvex"), [&] {
      for (size_t t = 0; t < movie.tracks.size(); ++t) {
        out.full_box(type_of("trex"), 0, 0, [&] {
          for (const uint32_t value :
               {static_cast<uint32_t>(t + 1), 1U, movie.tracks[t].samples[0].duration, 0U, 0U}) {
            out.u32(value);
          }
        });
      }
    });
  });
  for (size_t first = 0;; first += style.samples) {
    const bool more = std::ranges::any_of(
        movie.tracks, [&](const Track& track) { return first < track.samples.size(); });
    if (!more) break;
    write_fragment(out, movie, media, first, style);
  }
  return {std::move(movie), std::move(out.out)};
}

// As `rich`, but shown from its first moment on without an edit list.
Movie plain() {
  Movie movie = rich();
  movie.tracks[0].start = 0;
  for (Sample& sample : movie.tracks[0].samples) {
    sample.shift -= 1;
    sample.depends = sample.sync ? 0x20 : 0x10;
  }
  return movie;
}

void expect_same(const Movie& got, const Movie& want, const base::ByteSource& file) {
  ASSERT_EQ(got.tracks.size(), want.tracks.size());
  for (size_t t = 0; t < want.tracks.size(); ++t) {
    ASSERT_EQ(got.tracks[t].samples.size(), want.tracks[t].samples.size());
    for (size_t i = 0; i < want.tracks[t].samples.size(); ++i) {
      const Sample &a = got.tracks[t].samples[i], &b = want.tracks[t].samples[i];
      EXPECT_EQ(std::tuple(a.size, a.duration, a.shift, a.sync, a.entry),
                std::tuple(b.size, b.duration, b.shift, b.sync, b.entry));
      EXPECT_EQ(got.tracks[t].shown_at(a.pts()), want.tracks[t].shown_at(b.pts()));
      std::array<std::byte, 2> bytes = {};
      EXPECT_EQ(*file.read_at(a.offset, bytes), 2U);
      EXPECT_EQ(std::to_integer<size_t>(bytes[0]), t);
      EXPECT_EQ(std::to_integer<size_t>(bytes[1]), i & 0xFF);
    }
  }
}

TEST(Fragments, AreReadHoweverTheyAreWritten) {
  for (const Style& style :
       {Style{}, Style{.base_is_moof = false}, Style{.base_is_moof = false, .says_base = true},
        Style{.says_time = false}, Style{.uniform = true}, Style{.samples = 1},
        Style{.samples = 1000}, Style{.begins = 5000}}) {
    const Fragmented file = fragmented(plain(), style);
    const auto source = base::memory_source(file.bytes);
    const Movie movie = read(*source);
    expect_same(movie, file.wanted, *source);
    EXPECT_TRUE(movie.notes.empty());
    EXPECT_TRUE(movie.tracks[0].has_sync_table);
    EXPECT_TRUE(movie.tracks[0].has_dependencies);
    EXPECT_FALSE(movie.tracks[1].has_sync_table);
    // What is written of it is a plain file.
    const Recording recording = *join({movie});
    const Layout layout = lay_out(recording.movie);
    const std::vector<const base::ByteSource*> sources = {source.get()};
    const auto whole = laid_out(layout, sources);
    expect_same(read(*whole), file.wanted, *whole);
  }
}

TEST(Fragments, OneThatComesLaterMakesTheFrameBeforeItLonger) {
  Movie movie = plain();
  for (size_t i = 50; i < 100; ++i) movie.tracks[0].samples[i].dts += 7;
  const Fragmented file = fragmented(movie, {});
  const auto source = base::memory_source(file.bytes);
  const Movie got = read(*source);
  ASSERT_EQ(got.tracks[0].samples.size(), 100U);
  EXPECT_EQ(got.tracks[0].samples[49].duration, 8U);
  EXPECT_EQ(got.tracks[0].samples[50].dts, 57);
  // Before the one that it follows, it is none that we would know how to read.
  for (size_t i = 50; i < 100; ++i) movie.tracks[0].samples[i].dts -= 20;
  EXPECT_FALSE(read_movie(*base::memory_source(fragmented(movie, {}).bytes)).ok());
}

TEST(Fragments, WhatIsWholeOfAFileThatWasCutOffIsTaken) {
  const Fragmented file = fragmented(plain(), {});
  size_t before = 0;
  for (size_t size = file.bytes.size() / 4; size < file.bytes.size(); size += 13) {
    const auto begin = file.bytes.begin();
    const auto movie =
        read_movie(*base::memory_source(Bytes(begin, begin + static_cast<ptrdiff_t>(size))));
    ASSERT_TRUE(movie.ok()) << size << movie.error().message;
    const size_t samples = movie->tracks[0].samples.size() + movie->tracks[1].samples.size();
    EXPECT_GE(samples, before);
    before = samples;
    for (const Track& track : movie->tracks) {
      for (const Sample& sample : track.samples) EXPECT_LE(sample.offset + sample.size, size);
    }
  }
  EXPECT_GT(before, 200U);
}

TEST(Fragments, AreReadWhateverTheySay) {
  const Fragmented file = fragmented(plain(), {});
  size_t refused = 0;
  for (size_t i = 300; i < std::min<size_t>(file.bytes.size(), 3000); ++i) {
    for (const unsigned value : {0U, 1U, 0x7FU, 0xFFU}) {
      Bytes bytes = file.bytes;
      bytes[i] = static_cast<std::byte>(value);
      const auto source = base::memory_source(std::move(bytes));
      const auto movie = read_movie(*source);
      if (!movie.ok()) {
        ++refused;
        continue;
      }
      const auto recording = join({*movie});
      if (!recording.ok()) continue;
      const auto part = cut(*recording, {Rational(1), Rational(2)}, {source.get()});
      if (part.ok()) static_cast<void>(lay_out(part->movie).size);
    }
  }
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace rushes::mp4
