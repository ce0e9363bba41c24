#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "mp4/cut.h"
#include "mp4/layout.h"

namespace rushes::mp4 {
namespace {

Bytes text(const std::string& s) {
  const View bytes = std::as_bytes(std::span(s));
  return {bytes.begin(), bytes.end()};
}

// A header with dates, of version 0: seconds made, and what follows them.
Bytes header(uint32_t created, const std::vector<uint32_t>& rest) {
  FieldWriter out;
  out.u32(0);
  out.u32(created);
  out.u32(created);
  for (const uint32_t v : rest) out.u32(v);
  return out.out;
}

struct Kind {
  Type handler = kVideo;
  Type codec = type_of("avc1");
  uint32_t id = 1;
  uint32_t timescale = 30;
  std::string more = "sample entry";
};

Track track_of(const Kind& kind, size_t samples, uint32_t duration) {
  Track track;
  track.handler = kind.handler;
  track.codec = kind.codec;
  track.timescale = kind.timescale;
  track.track_header = header(100, {kind.id, 0, 0, 1, 2, 3});
  track.media_header = header(100, {kind.timescale, 0, 0x55C40000});
  FieldWriter handler;
  handler.full_box(type_of("hdlr"), 0, 0, [&] {
    handler.u32(0);
    handler.u32(kind.handler);
  });
  track.handler_box = handler.out;
  FieldWriter entries;
  entries.u32(0);
  entries.u32(1);
  entries.box(kind.codec, [&] { entries.bytes(text(kind.more)); });
  track.sample_entries = entries.out;
  for (size_t i = 0; i < samples; ++i) {
    track.samples.push_back({.size = static_cast<uint32_t>(10 + i % 3),
                             .duration = duration,
                             .dts = static_cast<int64_t>(i * duration)});
  }
  return track;
}

// Samples of all tracks in turn, from `at` on; returns their bytes, each the number of its track
// and its own.
Bytes place(Movie& movie, uint64_t at) {
  Bytes all;
  for (size_t i = 0, left = 1; left > 0; ++i) {
    left = 0;
    for (size_t t = 0; t < movie.tracks.size(); ++t) {
      if (i >= movie.tracks[t].samples.size()) continue;
      ++left;
      Sample& sample = movie.tracks[t].samples[i];
      sample.offset = at + all.size();
      for (uint32_t k = 0; k < sample.size; ++k) {
        all.push_back(static_cast<std::byte>(k == 0 ? t : i));
      }
    }
  }
  return all;
}

struct File {
  Movie movie;
  std::unique_ptr<base::ByteSource> source;
};

Movie read(const base::ByteSource& source) {
  auto movie = read_movie(source);
  EXPECT_TRUE(movie.ok()) << movie.error().message;
  return movie.ok() ? *std::move(movie) : Movie();
}

// A movie as a file, by the writer itself: its samples lie in memory until then.
File file_of(Movie movie) {
  movie.file_type = text("isom");
  movie.header = header(100, {600, 0, 0x10000});
  movie.timescale = 600;
  const auto samples = base::memory_source(place(movie, 0));
  const Layout layout = lay_out(movie);
  Bytes bytes = layout.head;
  for (const Piece& piece : layout.pieces) {
    Bytes part(piece.size);
    EXPECT_EQ(*samples->read_at(piece.offset, part), piece.size);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  EXPECT_EQ(bytes.size(), layout.size);
  File out;
  out.source = base::memory_source(std::move(bytes));
  out.movie = read(*out.source);
  return out;
}

// Frames 0 to 99, a keyframe every 10, shown in another order than decoded; sound in packets that
// do not end with them.
Movie rich() {
  Movie movie;
  movie.tracks = {track_of({}, 100, 1),
                  track_of({kSound, type_of("mp4a"), 2, 48000, "sound"}, 157, 1024)};
  Track& video = movie.tracks[0];
  video.has_sync_table = true;
  video.start = 1;
  for (size_t i = 0; i < video.samples.size(); ++i) {
    video.samples[i].sync = i % 10 == 0;
    // I P B P B ...: each P is shown after the B that follows it.
    const size_t k = i % 10;
    video.samples[i].shift = k == 0 ? 1 : k % 2 == 1 && k < 9 ? 2 : k == 9 ? 1 : 0;
  }
  return movie;
}

TEST(Movie, ComesBackAsItWasWritten) {
  const Movie wanted = rich();
  const File file = file_of(wanted);
  ASSERT_EQ(file.movie.tracks.size(), 2U);
  for (size_t t = 0; t < 2; ++t) {
    const Track &got = file.movie.tracks[t], &want = wanted.tracks[t];
    EXPECT_EQ(got.handler, want.handler);
    EXPECT_EQ(got.codec, want.codec);
    EXPECT_EQ(got.timescale, want.timescale);
    EXPECT_EQ(got.sample_entries, want.sample_entries);
    EXPECT_EQ(got.start, want.start);
    ASSERT_EQ(got.samples.size(), want.samples.size());
    for (size_t i = 0; i < got.samples.size(); ++i) {
      const Sample &a = got.samples[i], &b = want.samples[i];
      EXPECT_EQ(std::tuple(a.size, a.duration, a.dts, a.shift, a.sync),
                std::tuple(b.size, b.duration, b.dts, b.shift, b.sync));
      std::array<std::byte, 2> bytes = {};
      EXPECT_EQ(*file.source->read_at(a.offset, bytes), 2U);
      EXPECT_EQ(std::to_integer<size_t>(bytes[0]), t);
      EXPECT_EQ(std::to_integer<size_t>(bytes[1]), i & 0xFF);
    }
  }
}

Recording joined(std::vector<Movie> chapters) {
  auto recording = join(std::move(chapters));
  EXPECT_TRUE(recording.ok()) << recording.error().message;
  return *std::move(recording);
}

TEST(Cut, BeginsWithTheKeyframeBeforeAndEndsWithAFrame) {
  const File file = file_of(rich());
  const Recording recording = joined({file.movie});
  EXPECT_EQ(recording.length, Rational(100, 30));
  const auto part = cut(recording, {Rational(25, 30), Rational(47, 30)}, {file.source.get()});
  ASSERT_TRUE(part.ok()) << part.error().message;
  EXPECT_EQ(part->from, Rational(20, 30));
  EXPECT_EQ(part->to, Rational(47, 30));
  EXPECT_EQ(part->frames, 27);
  const Track& video = part->movie.tracks[0];
  EXPECT_TRUE(video.samples.front().sync);
  EXPECT_EQ(video.shown_at(video.samples.front().pts()), 0);
  EXPECT_EQ(*video.length, Rational(27, 30));
  // Sound from the same moment on, to the sample, with one packet before it.
  const Track& sound = part->movie.tracks[1];
  EXPECT_EQ(sound.start, 20 * 1600 % 1024 + 1024);
  EXPECT_EQ(*sound.length, Rational(27, 30));
  EXPECT_GE(sound.samples.back().end() - sound.start, 27 * 1600);
}

TEST(Cut, KnowsWhereThereIsNothing) {
  const File file = file_of(rich());
  const Recording recording = joined({file.movie});
  const auto fails = [&](const Rational& from, const Rational& to) {
    return !cut(recording, {from, to}, {file.source.get()}).ok();
  };
  EXPECT_TRUE(fails(Rational(100, 30), 9));
  EXPECT_TRUE(fails(1, 1));
  EXPECT_TRUE(fails(2, 1));
  EXPECT_FALSE(fails(-1, 99));
}

TEST(Join, ChaptersRunOn) {
  const File one = file_of(rich()), two = file_of(rich());
  const Recording recording = joined({one.movie, two.movie});
  EXPECT_EQ(recording.length, Rational(200, 30));
  EXPECT_EQ(recording.chapters, (std::vector<Rational>{0, Rational(100, 30)}));
  const auto& video = recording.movie.tracks[0].samples;
  ASSERT_EQ(video.size(), 200U);
  for (size_t i = 1; i < video.size(); ++i) EXPECT_EQ(video[i].dts, video[i - 1].dts + 1);
  EXPECT_EQ(video[100].source, 1U);
  // 157 packets are 768 samples longer than the picture: no packet is lost, none overlaps.
  const auto& sound = recording.movie.tracks[1].samples;
  ASSERT_EQ(sound.size(), 314U);
  for (size_t i = 1; i < sound.size(); ++i) EXPECT_EQ(sound[i].dts, sound[i - 1].dts + 1024);
  EXPECT_TRUE(recording.notes.empty());
}

TEST(Join, WhatSoundIsOffDoesNotAddUp) {
  for (const size_t packets : {150U, 155U, 158U, 170U}) {
    Movie chapter = rich();
    chapter.tracks[1] = track_of({kSound, type_of("mp4a"), 2, 48000, "sound"}, packets, 1024);
    std::vector<File> files;
    std::vector<Movie> movies;
    for (int i = 0; i < 20; ++i) {
      files.push_back(file_of(chapter));
      movies.push_back(files.back().movie);
    }
    const Recording recording = joined(std::move(movies));
    const auto& sound = recording.movie.tracks[1].samples;
    for (size_t i = 0; i < sound.size(); ++i) {
      if (i > 0) {
        EXPECT_EQ(sound[i].dts, sound[i - 1].dts + sound[i - 1].duration);
      }
      if (i == 0 || sound[i].source == sound[i - 1].source) continue;
      EXPECT_LE(std::abs(sound[i].dts - int64_t{sound[i].source} * 160'000), 1024) << packets;
    }
  }
}

TEST(Join, RefusesChaptersThatDiffer) {
  const File one = file_of(rich());
  const auto refused = [&](const Movie& other) { return !join({one.movie, other}).ok(); };
  Movie other = rich();
  other.tracks[0].timescale = 25;
  EXPECT_TRUE(refused(other));
  other = rich();
  other.tracks[0].sample_entries.back() ^= std::byte{1};
  EXPECT_TRUE(refused(other));
  other = rich();
  other.tracks.pop_back();
  EXPECT_TRUE(refused(other));
  EXPECT_FALSE(refused(one.movie));
}

// A timecode counts on from what it was.
TEST(Cut, CountsTimecodes) {
  Movie movie = rich();
  movie.tracks.push_back(track_of({kTimecode, type_of("tmcd"), 3, 30, ""}, 1, 100));
  FieldWriter entries;
  entries.u32(0);
  entries.u32(1);
  entries.box(type_of("tmcd"), [&] {
    for (const uint32_t v : {0U, 1U, 0U, 0U, 30U, 1U}) entries.u32(v);
    entries.u8(30);
  });
  movie.tracks[2].sample_entries = entries.out;
  movie.tracks[2].samples[0].size = 4;
  File file = file_of(movie);
  Bytes all(file.source->size());
  ASSERT_TRUE(file.source->read_at(0, all).ok());
  const uint64_t at = file.movie.tracks[2].samples[0].offset;
  for (size_t i = 0; i < 4; ++i) all[at + i] = static_cast<std::byte>(i == 2 ? 3 : 0);  // 768
  file.source = base::memory_source(std::move(all));
  const auto part = cut(joined({file.movie}), {Rational(2), {}}, {file.source.get()});
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->from, Rational(2));
  EXPECT_EQ(FieldReader(part->movie.own).u32(), 768U + 60U);
}

// What an index promises is checked before anything is taken for it.
TEST(Movie, IsReadWhateverItSays) {
  const File file = file_of(rich());
  Bytes whole(file.source->size());
  ASSERT_TRUE(file.source->read_at(0, whole).ok());
  size_t refused = 0;
  for (size_t i = 0; i < 4000 && i < whole.size(); ++i) {
    for (const unsigned value : {0U, 1U, 0x7FU, 0xFFU}) {
      Bytes bytes = whole;
      bytes[i] = static_cast<std::byte>(value);
      const auto source = base::memory_source(std::move(bytes));
      const auto movie = read_movie(*source);
      if (!movie.ok()) {
        ++refused;
        continue;
      }
      auto recording = join({*movie});
      if (!recording.ok()) continue;
      const auto part = cut(*recording, {Rational(1), Rational(2)}, {source.get()});
      if (part.ok()) static_cast<void>(lay_out(part->movie).size);
    }
  }
  EXPECT_GT(refused, 100U);
  for (size_t size = 0; size < whole.size(); size += 97) {
    Bytes bytes(whole.begin(), whole.begin() + static_cast<int64_t>(size));
    EXPECT_FALSE(read_movie(*base::memory_source(std::move(bytes))).ok()) << size;
  }
}

}  // namespace
}  // namespace rushes::mp4
