// AV1 as segments of a file: the same bytes, equal headers, one stream when joined.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "media/fragment_muxer.h"
#include "media/test_encode.h"
#include "media/testing.h"
#include "media/video_reader.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using testing::encode_click;
using testing::encode_video;
using testing::Encoded;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::mux;
using testing::pattern;
using testing::source_of;

VideoEncoderOptions small() {
  return {.codec = Codec::kAv1,
          .width = 128,
          .height = 96,
          .preset = "12",
          .crf = 30,
          .gop_frames = 30};
}

TEST(Av1, SameInputSameBytes) {
  VideoEncoderOptions options = small();
  for (const char* preset : {"12", "8"}) {
    options.preset = preset;
    testing::expect_same_bytes(options, 45);
  }
}

TEST(Av1, HeadersAreEqualWhateverIsEncoded) {
  const TrackFormat plain = encode_video(small(), 1).format;
  VideoEncoderOptions other = small();
  other.crf = 55;
  other.gliding = true;
  other.frames = 17;
  other.threads = 3;
  EXPECT_EQ(encode_video(other, 17, 50).format, plain);
  // The header within the stream is that beside it.
  const std::string header(reinterpret_cast<const char*>(plain.extradata.data()),
                           plain.extradata.size());
  for (const int frames : {1, 17, 40}) {
    const Encoded video = encode_video(small(), frames);
    const auto& data = video.packets.at(0).data;
    EXPECT_THAT(std::string(reinterpret_cast<const char*>(data.data()), data.size()),
                HasSubstr(header));
  }
}

// Grey, or something else at every sample of every frame.
frame::Frame drawn(bool noise, int n) {
  frame::FrameBuffer buffer(frame::kWorking, 128, 96);
  uint32_t state = static_cast<uint32_t>(n) + 1;
  for (int i = 0; i < 3; ++i) {
    const frame::MutablePlaneView p = buffer.plane(i);
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        state = state * 1664525 + 1013904223;
        p.row(y)[x] = static_cast<uint8_t>(noise ? 16 + (state >> 24) % 220 : 128);
      }
    }
  }
  return std::move(buffer).freeze();
}

// Which tools may be used stands in the header.
TEST(Av1, HeadersAreEqualOfStillsNoiseAndMotion) {
  for (const char* preset : {"12", "10", "7", "4"}) {
    VideoEncoderOptions options = small();
    options.preset = preset;
    const TrackFormat moving = encode_video(options, 20).format;
    for (const bool noise : {false, true}) {
      ASSERT_OK_AND_ASSIGN(const auto encoder, VideoEncoder::open(options));
      std::vector<Packet> packets;
      for (int n = 0; n < 20; ++n) {
        ASSERT_OK(encoder->send(drawn(noise, n), n));
        testing::take_all(*encoder, packets);
      }
      ASSERT_OK(encoder->finish());
      testing::take_all(*encoder, packets);
      EXPECT_EQ(packets.size(), 20U);
      EXPECT_EQ(encoder->format(), moving) << preset << noise;
    }
  }
}

TEST(Av1, FramesComeInTheOrderInWhichTheyAreShown) {
  for (const int gop : {2, 30}) {
    VideoEncoderOptions options = small();
    options.gop_frames = gop;
    const Encoded video = encode_video(options, 70);
    ASSERT_EQ(video.packets.size(), 70U);
    for (size_t i = 0; i < video.packets.size(); ++i) {
      ASSERT_EQ(video.packets[i].dts, static_cast<int64_t>(i)) << gop;
      ASSERT_EQ(video.packets[i].pts, static_cast<int64_t>(i)) << gop;
      EXPECT_EQ(video.packets[i].key, i % static_cast<size_t>(gop) == 0) << gop << " " << i;
    }
  }
}

TEST(Av1, StretchesJoin) {
  // Two encoders, other content and other quality: one track.
  testing::expect_plays(testing::encode_joined(small(), 40), "mp4", "Main,av01");
}

TEST(Av1, ItsNameForPlayers) {
  ASSERT_OK_AND_ASSIGN(const std::string name, codec_name(encode_video(small(), 1).format));
  EXPECT_THAT(name, MatchesRegex("av01\\.0\\.[0-9][0-9]M\\.08"));
  TrackFormat cut = encode_video(small(), 1).format;
  cut.extradata.resize(5);
  EXPECT_FALSE(codec_name(cut).ok());
}

TEST(Av1, WhatItDoesNotTake) {
  const auto message = [](auto change) {
    VideoEncoderOptions options = small();
    change(options);
    const auto opened = VideoEncoder::open(options);
    return opened.ok() ? std::string() : opened.error().message;
  };
  for (const char* preset : {"warp", "3", "13", "08", "veryfast", ""}) {
    EXPECT_THAT(message([&](auto& o) { o.preset = preset; }), HasSubstr("is not a preset"));
  }
  for (const double crf : {0.0, 30.5, 64.0}) {
    EXPECT_THAT(message([&](auto& o) { o.crf = crf; }), HasSubstr("whole number"));
  }
  EXPECT_THAT(message([](auto& o) { o.lossless = true; }), HasSubstr("a quality alone"));
  EXPECT_THAT(message([](auto& o) { o.bitrate = 100'000; }), HasSubstr("a quality alone"));
  EXPECT_THAT(message([](auto& o) { o.width = 62; }), HasSubstr("too small"));
  EXPECT_THAT(message([](auto& o) { o.gop_frames = 1; }), HasSubstr("two frames apart"));
}

}  // namespace
}  // namespace rushes::media
