#pragma once

// Movies for tests: their samples hold the number of their track and their own.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "mp4/layout.h"

namespace rushes::mp4 {

inline Bytes text(const std::string& s) {
  const View bytes = std::as_bytes(std::span(s));
  return {bytes.begin(), bytes.end()};
}

// A header with dates, of version 0: seconds made, and what follows them.
inline Bytes header(uint32_t created, const std::vector<uint32_t>& rest) {
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
  uint32_t width = 320;
};

inline Track track_of(const Kind& kind, size_t samples, uint32_t duration) {
  Track track;
  track.handler = kind.handler;
  track.codec = kind.codec;
  track.timescale = kind.timescale;
  // Its matrix, width and height come last.
  track.track_header = header(100, {kind.id, 0, 0, 0, 0, 0, 0, 0x10000, 0, 0, 0, 0x10000, 0, 0, 0,
                                    0x40000000, kind.width << 16, 240 << 16});
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
inline Bytes place(Movie& movie, uint64_t at) {
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

inline Movie read(const base::ByteSource& source) {
  auto movie = read_movie(source);
  EXPECT_TRUE(movie.ok()) << movie.error().message;
  return movie.ok() ? *std::move(movie) : Movie();
}

// A movie as a file, by the writer itself: its samples lie in memory until then.
inline File file_of(Movie movie) {
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
inline Movie rich() {
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

}  // namespace rushes::mp4
