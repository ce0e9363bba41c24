// GIF: the same bytes, colours close to what they were, delays that add up, and only what changes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "media/gif_encoder.h"
#include "media/lzw.h"
#include "media/palette.h"
#include "media/test_encode.h"
#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using testing::Encoded;
using ::testing::HasSubstr;
using testing::mux;
using testing::output_of;
using testing::pattern;

constexpr int kWidth = 128, kHeight = 96;

VideoEncoderOptions small(const std::string& preset = "medium") {
  return {.codec = Codec::kGif, .width = kWidth, .height = kHeight, .fps = 15, .preset = preset};
}

// A gradient, with a bright square on it at a place that `n` says.
frame::Frame square_at(int n) {
  frame::FrameBuffer out(frame::kWorking, kWidth, kHeight);
  for (int plane = 0; plane < 3; ++plane) {
    const frame::MutablePlaneView& p = out.plane(plane);
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        const int shade = plane == 0 ? 40 + x : plane == 1 ? 100 + y / 2 : 140 + x / 4;
        p.row(y)[x] = static_cast<uint8_t>(shade);
      }
    }
  }
  const frame::MutablePlaneView& luma = out.plane(0);
  for (int y = 20; y < 36; ++y) {
    for (int x = n; x < n + 16; ++x) luma.row(y)[x] = 230;
  }
  return std::move(out).freeze();
}

Encoded encode(const VideoEncoderOptions& options, int frames,
               const std::function<frame::Frame(int)>& picture) {
  Encoded e;
  auto encoder = VideoEncoder::open(options);
  EXPECT_TRUE(encoder.ok()) << encoder.error().message;
  if (!encoder.ok()) return e;
  for (int n = 0; n < frames; ++n) EXPECT_TRUE((*encoder)->send(picture(n), n).ok());
  EXPECT_TRUE((*encoder)->finish().ok());
  testing::take_all(**encoder, e.packets);
  e.format = (*encoder)->format();
  return e;
}

std::string colors_of(const Bytes& file) {
  const std::string path = testing::keep("colors.gif", file);
  return output_of("ffmpeg -v error -i " + path +
                   " -fps_mode passthrough -f rawvideo "
                   "-pix_fmt rgb24 -");
}

// The mean over red, green and blue of frame n of those.
double difference(const std::string& colors, int n, const frame::Frame& sent) {
  std::vector<Ycc> pixels;
  full_color(sent, pixels);
  const size_t size = pixels.size() * 3;
  if (colors.size() < size * static_cast<size_t>(n + 1)) return 255;
  const auto* at = reinterpret_cast<const uint8_t*>(colors.data()) + size * static_cast<size_t>(n);
  int64_t sum = 0;
  for (const Ycc& p : pixels) {
    const Rgb c = to_rgb(p);
    for (const uint8_t v : {c.r, c.g, c.b}) sum += std::abs(v - *at++);
  }
  return static_cast<double>(sum) / static_cast<double>(size);
}

// What a reader of LZW sees.
std::vector<uint8_t> read_lzw(const std::vector<std::byte>& data) {
  std::vector<uint8_t> bytes;
  size_t at = 1;
  while (std::to_integer<int>(data.at(at)) != 0) {
    const auto size = std::to_integer<size_t>(data[at++]);
    for (size_t i = 0; i < size; ++i) bytes.push_back(std::to_integer<uint8_t>(data.at(at++)));
  }
  EXPECT_EQ(at + 1, data.size());
  const int bits = std::to_integer<int>(data[0]);
  const int clear = 1 << bits;
  std::vector<std::vector<uint8_t>> table;
  std::vector<uint8_t> out, before;
  int width = bits + 1;
  size_t bit = 0;
  while (bit + static_cast<size_t>(width) <= bytes.size() * 8) {
    int code = 0;
    for (int i = 0; i < width; ++i, ++bit) code |= (bytes[bit / 8] >> (bit % 8) & 1) << i;
    if (code == clear + 1) return out;
    if (code == clear) {
      table.assign(static_cast<size_t>(clear) + 2, {});
      for (int i = 0; i < clear; ++i) table[static_cast<size_t>(i)] = {static_cast<uint8_t>(i)};
      before.clear();
      width = bits + 1;
      continue;
    }
    const auto place = static_cast<size_t>(code);
    if (place > table.size() || (place == table.size() && before.empty())) break;
    if (!before.empty() && table.size() < 4096) {
      before.push_back(place < table.size() ? table[place][0] : before[0]);
      table.push_back(before);
    }
    before = table[place];
    out.insert(out.end(), before.begin(), before.end());
    if (table.size() == size_t{1} << width && width < 12) ++width;
  }
  ADD_FAILURE() << "the codes break off";
  return out;
}

TEST(Lzw, IsReadBack) {
  for (int bits = 2; bits <= 8; ++bits) {
    for (const size_t size : {0U, 1U, 2U, 100U, 5000U, 100'000U}) {
      for (const unsigned step : {0U, 1U, 40'503U}) {
        std::vector<uint8_t> symbols(size);
        uint32_t state = 1;
        for (uint8_t& s : symbols) {
          state = state * 1664525U + step;
          s = static_cast<uint8_t>((step == 1 ? state >> 30 : state >> 20) % (1U << bits));
        }
        std::vector<std::byte> out;
        put_lzw(symbols, bits, out);
        ASSERT_EQ(read_lzw(out), symbols) << bits << " " << size << " " << step;
      }
    }
  }
}

TEST(Palette, FewColorsAreKept) {
  for (const Ycc color : {Ycc{16, 128, 128}, Ycc{235, 128, 128}, Ycc{81, 90, 200}}) {
    ColorCounts counts;
    counts.add({color, color, Ycc{120, 60, 60}});
    for (const int refinements : {0, 4}) {
      const auto palette = make_palette(counts, {.refinements = refinements});
      ASSERT_EQ(palette.size(), 2U);
      const auto is_there = [&](const Ycc& wanted) {
        const Rgb due = to_rgb(wanted);
        return std::ranges::any_of(
            palette, [&](const Rgb& c) { return c.r == due.r && c.g == due.g && c.b == due.b; });
      };
      EXPECT_TRUE(is_there(color));
      EXPECT_TRUE(is_there({120, 60, 60}));
    }
  }
}

TEST(Palette, ColorsGoThereAndBack) {
  for (int r = 0; r < 256; r += 15) {
    for (int g = 0; g < 256; g += 17) {
      for (int b = 0; b < 256; b += 51) {
        const Rgb sent{static_cast<uint8_t>(r), static_cast<uint8_t>(g), static_cast<uint8_t>(b)};
        const Rgb back = to_rgb(to_ycc(sent));
        ASSERT_LE(std::abs(back.r - r), 2) << r << " " << g << " " << b;
        ASSERT_LE(std::abs(back.g - g), 2) << r << " " << g << " " << b;
        ASSERT_LE(std::abs(back.b - b), 3) << r << " " << g << " " << b;
      }
    }
  }
}

TEST(Gif, SameInputSameBytes) {
  for (const char* preset : {"fast", "medium"}) testing::expect_same_bytes(small(preset), 6);
}

TEST(Gif, StretchesJoin) {
  const Encoded video = testing::encode_joined(small(), 0);
  ASSERT_EQ(video.packets.size(), 80U);
  for (size_t n = 0; n < 80; ++n) EXPECT_EQ(video.packets[n].key, n == 0 || n == 40) << n;
  const Bytes file = mux(video, nullptr, "gif");
  const std::string path = testing::keep("joined.gif", file);
  EXPECT_EQ(output_of("ffmpeg -v warning -xerror -i " + path + " -f null - 2>&1"), "");
  EXPECT_EQ(output_of("ffprobe -v error -count_frames -show_entries "
                      "stream=codec_name,width,height,nb_read_frames,duration -of csv=p=0 " +
                      path),
            "gif,128,96,5.330000,80\n");
  const std::string colors = colors_of(file);
  for (const int n : {0, 39, 40, 41, 79}) {
    EXPECT_LT(difference(colors, n, pattern(kWidth, kHeight, n)), 20) << n;
  }
}

TEST(Gif, LooksLikeWhatWasSent) {
  const Encoded video = encode(small(), 20, square_at);
  const std::string colors = colors_of(mux(video, nullptr, "gif"));
  for (int n = 0; n < 20; ++n) EXPECT_LT(difference(colors, n, square_at(n)), 3) << n;
}

TEST(Gif, AsManyFramesAsAreHeldShareAPalette) {
  VideoEncoderOptions options = small("fast");
  options.frames = 150;
  const Encoded all = encode(options, 150, [](int) { return square_at(3); });
  options.frames = 0;
  options.gop_frames = 4;
  const Encoded few = encode(options, 10, [](int) { return square_at(3); });
  for (size_t n = 0; n < 150; ++n) EXPECT_EQ(all.packets[n].key, n % 75 == 0) << n;
  for (size_t n = 0; n < 10; ++n) EXPECT_EQ(few.packets[n].key, n % 4 == 0) << n;
}

// Where each image lies: from 10 bytes after its beginning.
int field(const Packet& p, size_t at) {
  return std::to_integer<int>(p.data.at(at)) | std::to_integer<int>(p.data.at(at + 1)) << 8;
}

TEST(Gif, OnlyWhatChangesIsStored) {
  const Encoded still = encode(small(), 10, [](int) { return square_at(3); });
  for (size_t n = 1; n < 10; ++n) EXPECT_LT(still.packets[n].data.size(), 40U) << n;
  const Encoded moving = encode(small(), 10, [](int n) { return square_at(4 * n); });
  for (size_t n = 1; n < 10; ++n) {
    const Packet& p = moving.packets[n];
    EXPECT_EQ(field(p, 9), 4 * (static_cast<int>(n) - 1)) << n;
    EXPECT_EQ(field(p, 11), 20) << n;
    EXPECT_EQ(field(p, 13), 20) << n;
    EXPECT_EQ(field(p, 15), 16) << n;
    EXPECT_LT(p.data.size(), moving.packets[0].data.size() / 5) << n;
  }
}

// Noise of a code or two is left as it was drawn, and does not add up.
TEST(Gif, WhatHardlyChangesStays) {
  const auto fading = [](int n) {
    frame::FrameBuffer out(frame::kWorking, kWidth, kHeight);
    for (int plane = 0; plane < 3; ++plane) {
      const frame::MutablePlaneView& p = out.plane(plane);
      const int code = plane == 0 ? 60 + n : 128;
      for (int y = 0; y < p.height; ++y) std::fill_n(p.row(y), p.width, static_cast<uint8_t>(code));
    }
    return std::move(out).freeze();
  };
  const Encoded video = encode(small(), 30, fading);
  const std::string colors = colors_of(mux(video, nullptr, "gif"));
  for (int n = 0; n < 30; ++n) EXPECT_LT(difference(colors, n, fading(n)), 3.5) << n;
  EXPECT_LT(video.packets[1].data.size(), 40U);
}

TEST(Gif, DelaysAddUp) {
  const Encoded video = encode(small(), 16, square_at);
  const std::string path = testing::keep("delays.gif", mux(video, nullptr, "gif"));
  EXPECT_EQ(output_of("ffprobe -v error -show_entries packet=pts -of csv=p=0 " + path +
                      " | tr -d ',' | tr '\n' ' '"),
            "0 7 13 20 27 33 40 47 53 60 67 73 80 87 93 100 ");
  const Bytes file = mux(video, nullptr, "gif");
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  EXPECT_THAT(text, HasSubstr(std::string("NETSCAPE2.0\x03\x01\0\0\0", 16)));
  EXPECT_EQ(text.back(), '\x3B');
}

TEST(Gif, WhatItDoesNotTake) {
  const auto message = [](auto change) {
    VideoEncoderOptions options = small();
    change(options);
    const auto opened = VideoEncoder::open(options);
    return opened.ok() ? std::string() : opened.error().message;
  };
  for (const char* preset : {"slow", ""}) {
    EXPECT_THAT(message([&](auto& o) { o.preset = preset; }), HasSubstr("is not a preset"));
  }
  EXPECT_THAT(message([](auto& o) { o.bitrate = 100'000; }), HasSubstr("a preset alone"));
  EXPECT_THAT(message([](auto& o) { o.fps = 60; }), HasSubstr("at most 50 frames"));
  const Encoded video = encode(small(), 2, square_at);
  const Encoded sound = testing::encode_click(2000, 100);
  base::MemorySink sink;
  EXPECT_FALSE(
      Muxer::open(sink, {.container = "mp4", .video = video.format, .video_packets = 2}).ok());
  EXPECT_FALSE(Muxer::open(sink, {.container = "gif",
                                  .video = video.format,
                                  .audio = sound.format,
                                  .video_packets = 2,
                                  .audio_packets = 1})
                   .ok());
}

}  // namespace
}  // namespace rushes::media
