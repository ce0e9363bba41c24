#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "mp4/cut.h"
#include "mp4/exact_cut.h"
#include "mp4/layout.h"
#include "mp4/testing.h"

namespace rushes::mp4 {
namespace {

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

// Of any size; each byte tells about where it lies.
class Endless final : public base::ByteSource {
 public:
  static std::byte at(uint64_t offset) { return static_cast<std::byte>(offset * 2654435761 >> 24); }
  uint64_t size() const override { return uint64_t{1} << 50; }
  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    for (std::byte& b : out) b = at(offset++);
    return out.size();
  }
};

TEST(Movie, OfAnySizeComesBackAsItWasWritten) {
  const Endless source;
  const std::vector<const base::ByteSource*> sources = {&source};
  // Beneath 4 GiB with its index, just beneath without it, just above, and far above.
  for (const uint64_t all : {0xFFFF0000ULL, 0xFFFFFE00ULL, 0x102000000ULL, 0x4000000000ULL}) {
    SCOPED_TRACE(all);
    constexpr size_t kSamples = 150;  // of each track, in turn
    Movie movie;
    movie.header = header(100, {600, 0, 0x10000});
    movie.timescale = 600;
    movie.tracks = {track_of({}, kSamples, 1),
                    track_of({kSound, type_of("mp4a"), 2, 48000, "sound"}, kSamples, 1024)};
    uint64_t left = all, offset = 12345;
    for (size_t i = 0; i < 2 * kSamples; ++i) {
      Sample& sample = movie.tracks[i % 2].samples[i / 2];
      sample.size = static_cast<uint32_t>(left / (2 * kSamples - i));
      sample.offset = offset;
      left -= sample.size;
      offset += sample.size + (i % 7 == 0 ? 999 : 0);  // some lie apart
    }
    const Layout layout = lay_out(movie);
    const auto file = laid_out(layout, sources);
    EXPECT_EQ(layout.size, layout.head.size() + all);
    const Movie got = read(*file);
    ASSERT_EQ(got.tracks.size(), 2U);
    for (size_t i = 0; i < 2 * kSamples; ++i) {
      ASSERT_EQ(got.tracks[i % 2].samples.size(), kSamples);
      const Sample& a = got.tracks[i % 2].samples[i / 2];
      const Sample& b = movie.tracks[i % 2].samples[i / 2];
      ASSERT_EQ(a.size, b.size);
      for (const uint64_t k : {uint64_t{0}, uint64_t{a.size} - 1}) {
        std::array<std::byte, 1> byte = {};
        ASSERT_EQ(*file->read_at(a.offset + k, byte), 1U);
        EXPECT_EQ(byte[0], Endless::at(b.offset + k)) << i;
      }
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

Movie picture_of(size_t frames) {
  Movie picture;
  picture.tracks = {
      track_of({.timescale = 15'360, .more = "another entry", .width = 200}, frames, 512)};
  Track& track = picture.tracks[0];
  track.start = 1024;
  for (Sample& sample : track.samples) sample.shift = 1024;
  track.has_sync_table = true;
  return picture;
}

TEST(Exact, TakesThePictureAndCopiesTheRest) {
  const File file = file_of(rich()), made = file_of(picture_of(20));
  const Recording recording = joined({file.movie});
  const auto shown = frames_in(recording, {Rational(251, 300), Rational(4501, 3000)});
  ASSERT_TRUE(shown.ok()) << shown.error().message;
  EXPECT_EQ(std::tuple(shown->first, shown->end, shown->count), std::tuple(25, 46, 100));
  EXPECT_EQ(shown->from, Rational(25, 30));
  EXPECT_EQ(shown->to, Rational(46, 30));
  const std::vector<const base::ByteSource*> sources = {file.source.get(), made.source.get()};
  EXPECT_EQ(exact_cut(recording, *shown, {made.movie, 1}, sources).error().code,
            base::Code::kInternal);
  const auto range = frames_in(recording, {Rational(25, 30), Rational(45, 30)});
  const auto part = exact_cut(recording, *range, {made.movie, 1}, sources);
  ASSERT_TRUE(part.ok()) << part.error().message;
  EXPECT_EQ(part->frames, 20);
  const Track& video = part->movie.tracks[0];
  EXPECT_EQ(video.sample_entries, made.movie.tracks[0].sample_entries);
  EXPECT_EQ(video.timescale, 15'360U);
  const auto geometry = [](const Track& track) {
    return Bytes(track.track_header.end() - 44, track.track_header.end());
  };
  EXPECT_EQ(geometry(video), geometry(made.movie.tracks[0]));
  EXPECT_NE(geometry(video), geometry(file.movie.tracks[0]));
  EXPECT_EQ(video.shown_at(video.samples.front().pts()), 0);
  EXPECT_EQ(*video.length, Rational(20, 30));
  const Track& sound = part->movie.tracks[1];
  EXPECT_EQ(sound.start, 25 * 1600 % 1024 + 1024);
  // As a file, second by second: of its own track in the first, the other's before the second.
  const Layout layout = lay_out(part->movie, {.by_time = true});
  const auto whole = laid_out(layout, sources);
  const Movie back = read(*whole);
  ASSERT_EQ(back.tracks.size(), 2U);
  EXPECT_EQ(back.tracks[0].samples.size(), 20U);
  const auto& packets = back.tracks[1].samples;
  EXPECT_LT(packets.front().offset, back.tracks[0].samples.front().offset);
  for (const Track& track : back.tracks) {
    for (const Sample& sample : track.samples) {
      std::array<std::byte, 1> byte = {};
      EXPECT_EQ(*whole->read_at(sample.offset, byte), 1U);
      EXPECT_EQ(std::to_integer<int>(byte[0]), &track == &back.tracks[0] ? 0 : 1);
    }
  }
  // Of a long one, sound of the last second lies behind pictures of the first.
  const File longer = file_of(picture_of(90));
  const auto three = frames_in(recording, {Rational(0), Rational(3)});
  ASSERT_TRUE(three.ok());
  const std::vector<const base::ByteSource*> others = {file.source.get(), longer.source.get()};
  const auto all = exact_cut(recording, *three, {longer.movie, 1}, others);
  ASSERT_TRUE(all.ok());
  for (const bool by_time : {false, true}) {
    const Layout laid = lay_out(all->movie, {.by_time = by_time});
    const Movie joined_again = read(*laid_out(laid, others));
    EXPECT_EQ(joined_again.tracks[1].samples.back().offset >
                  joined_again.tracks[0].samples.front().offset,
              by_time);
  }
}

TEST(Movie, WhatFollowsTheLastBoxIsToldOf) {
  const File file = file_of(rich());
  Bytes all(file.source->size());
  ASSERT_TRUE(file.source->read_at(0, all).ok());
  EXPECT_TRUE(file.movie.notes.empty());
  EXPECT_EQ(*bytes_behind(*file.source), 0U);
  for (int i = 0; i < 100; ++i) all.push_back(std::byte{0x77});
  const auto source = base::memory_source(std::move(all));
  EXPECT_EQ(*bytes_behind(*source), 100U);
  const Movie movie = read(*source);
  EXPECT_EQ(movie.tracks.size(), 2U);
  ASSERT_EQ(movie.notes.size(), 1U);
  EXPECT_NE(movie.notes[0].find("100 bytes behind its last box"), std::string::npos);
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
