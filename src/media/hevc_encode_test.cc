// HEVC as segments of a file: the same bytes, equal headers, one stream when joined.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
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
  return {.codec = Codec::kHevc, .width = 128, .height = 96, .crf = 23, .gop_frames = 30};
}

std::string text_of(const std::vector<std::byte>& data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

TEST(Hevc, SameInputSameBytes) {
  const auto first = encode_video(small(), 45).packets;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(encode_video(small(), 45).packets, first);
  VideoEncoderOptions limited = small();
  limited.buffer = {.rate = 200'000, .size = 200'000, .filled = 0.875};
  EXPECT_EQ(encode_video(limited, 45).packets, encode_video(limited, 45).packets);
  EXPECT_NE(encode_video(limited, 45).packets, first);
}

TEST(Hevc, HeadersAreEqualWhateverIsEncoded) {
  const TrackFormat plain = encode_video(small(), 1).format;
  VideoEncoderOptions other = small();
  other.crf = 40;
  other.gliding = true;
  other.frames = 17;
  EXPECT_EQ(encode_video(other, 17, 50).format, plain);
  // Nothing tells how it was made.
  const Encoded video = encode_video(small(), 20);
  EXPECT_THAT(text_of(video.format.extradata), Not(HasSubstr("x265")));
  for (const Packet& p : video.packets) EXPECT_THAT(text_of(p.data), Not(HasSubstr("x265")));
}

TEST(Hevc, DtsRunsOnAcrossFrames) {
  for (const int gop : {1, 30}) {
    VideoEncoderOptions options = small();
    options.gop_frames = gop;
    const Encoded video = encode_video(options, 60);
    ASSERT_EQ(video.packets.size(), 60U);
    EXPECT_TRUE(video.packets[0].key);
    for (size_t i = 0; i < video.packets.size(); ++i) {
      ASSERT_EQ(video.packets[i].dts, static_cast<int64_t>(i) - video.format.reorder) << gop;
    }
  }
}

TEST(Hevc, StretchesJoin) {
  const Encoded joined = testing::encode_joined(small(), 30);
  for (const char* container : {"mp4", "mov"}) {
    testing::expect_plays(joined, container, "Main,hvc1");
  }
}

TEST(Hevc, LosslessGivesBackEveryPixel) {
  VideoEncoderOptions options = small();
  options.lossless = true;
  options.preset = "ultrafast";
  const Bytes file = mux(encode_video(options, 20), nullptr);
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  for (int n = 0; n < 20; ++n) {
    ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(n, 30)));
    ASSERT_TRUE(testing::pixels_of(f) == testing::pixels_of(pattern(128, 96, n))) << n;
  }
}

TEST(Hevc, ItsNameForPlayers) {
  ASSERT_OK_AND_ASSIGN(const std::string name, codec_name(encode_video(small(), 1).format));
  // Main profile and tier; progressive frames only.
  EXPECT_THAT(name, MatchesRegex("hvc1\\.1\\.6\\.L[0-9]+\\.90"));
}

TEST(Hevc, WhatItDoesNotTake) {
  VideoEncoderOptions options = small();
  options.threads = 2;
  EXPECT_THAT(VideoEncoder::open(options).error().message, HasSubstr("one thread"));
  options = small();
  options.preset = "warp";
  EXPECT_THAT(VideoEncoder::open(options).error().message, HasSubstr("\"warp\""));
  options = small();
  options.crf = 52;
  EXPECT_FALSE(VideoEncoder::open(options).ok());
  options = small();
  options.width = 8;
  EXPECT_THAT(VideoEncoder::open(options).error().message, HasSubstr("too small"));
}

}  // namespace
}  // namespace rushes::media
