// VP9 and Opus in WebM: the same bytes, one stream when joined, sound to the sample.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "media/audio_reader.h"
#include "media/test_encode.h"
#include "media/testing.h"
#include "media/video_reader.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using testing::encode_sound;
using testing::encode_video;
using testing::Encoded;
using ::testing::HasSubstr;
using testing::mux;
using testing::output_of;
using testing::pattern;
using testing::source_of;

VideoEncoderOptions small() {
  return {
      .codec = Codec::kVp9, .width = 128, .height = 96, .preset = "5", .crf = 30, .gop_frames = 30};
}

Encoded joined() { return testing::encode_joined(small(), 40); }

// A click at each of two samples.
Encoded clicks(int64_t samples, int64_t a, int64_t b) {
  return encode_sound(samples, [=](int64_t n) { return n == a || n == b ? 0.9F : 0.0F; },
                      {.codec = Codec::kOpus, .bitrate = 192000});
}

TEST(Vp9, SameInputSameBytes) {
  VideoEncoderOptions options = small();
  options.width = 1024;  // four tiles
  for (const char* preset : {"5", "2"}) {
    options.preset = preset;
    testing::expect_same_bytes(options, 6);
  }
}

TEST(Vp9, FramesComeInTheOrderInWhichTheyAreShown) {
  for (const int gop : {1, 30}) {
    VideoEncoderOptions options = small();
    options.gop_frames = gop;
    const Encoded video = encode_video(options, 70);
    ASSERT_EQ(video.packets.size(), 70U);
    for (size_t i = 0; i < video.packets.size(); ++i) {
      ASSERT_EQ(video.packets[i].dts, static_cast<int64_t>(i)) << gop;
      ASSERT_EQ(video.packets[i].pts, static_cast<int64_t>(i)) << gop;
      const bool due = i % static_cast<size_t>(gop) == 0;
      EXPECT_TRUE(video.packets[i].key || !due) << gop << " " << i;
    }
  }
}

TEST(Vp9, LosslessGivesBackEveryPixel) {
  VideoEncoderOptions options = small();
  options.lossless = true;
  const Bytes file = mux(encode_video(options, 20), nullptr, "webm");
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  for (int n = 0; n < 20; ++n) {
    // Its times are milliseconds.
    const Rational time = Rational(n, 30) + Rational(1, 1000);
    ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(time));
    ASSERT_TRUE(testing::pixels_of(f) == testing::pixels_of(pattern(128, 96, n))) << n;
  }
}

TEST(Vp9, WhatItDoesNotTake) {
  const auto message = [](auto change) {
    VideoEncoderOptions options = small();
    change(options);
    const auto opened = VideoEncoder::open(options);
    return opened.ok() ? std::string() : opened.error().message;
  };
  for (const char* preset : {"warp", "6", "-1", ""}) {
    EXPECT_THAT(message([&](auto& o) { o.preset = preset; }), HasSubstr("is not a speed"));
  }
  for (const double crf : {-1.0, 30.5, 64.0}) {
    EXPECT_THAT(message([&](auto& o) { o.crf = crf; }), HasSubstr("whole number"));
  }
  EXPECT_THAT(message([](auto& o) { o.bitrate = 100'000; }), HasSubstr("a quality alone"));
}

TEST(WebM, StretchesJoin) {
  const Encoded video = joined();
  const Encoded sound = clicks(80 * 1600, 100, 127'000);
  const Bytes file = mux(video, &sound, "webm");
  EXPECT_EQ(mux(video, &sound, "webm"), file);
  const std::string path = testing::keep("joined.webm", file);
  EXPECT_EQ(output_of("ffmpeg -v warning -xerror -i " + path + " -f null - 2>&1"), "");
  EXPECT_EQ(output_of("ffprobe -v error -select_streams v -count_frames -show_entries "
                      "stream=codec_name,profile,width,color_range,color_space,color_primaries,"
                      "chroma_location,r_frame_rate,nb_read_frames -of csv=p=0 " +
                      path),
            "vp9,Profile 0,128,tv,bt709,bt709,left,30/1,80\n");
  // 80 frames, and what Opus has before its first sample.
  EXPECT_EQ(
      output_of("ffprobe -v error -show_entries format=duration,format_name -of csv=p=0 " + path),
      "\"matroska,webm\",2.673000\n");
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  for (const int n : {0, 39, 40, 60, 79}) {
    ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(n, 30)));
    EXPECT_LT(testing::difference(f, pattern(128, 96, n)), 8) << n;
  }
}

TEST(WebM, TellsNeitherWhenNorByWhat) {
  const Encoded video = joined();
  const Bytes file = mux(video, nullptr, "webm");
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  for (const char* word : {"Lavf5", "Lavc", "libvpx", "ENCODER"}) {
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  }
}

TEST(WebM, SoundIsHeardWhereItWasAndAsLong) {
  const Encoded video = joined();
  constexpr int64_t kSamples = 80 * 1600;
  const Encoded sound = clicks(kSamples, 4800, 124'000);
  const Bytes file = mux(video, &sound, "webm");
  const std::string path = testing::keep("clicks.webm", file);
  // Both begin at 0; before that is what Opus begins with, 312 samples.
  EXPECT_EQ(output_of("ffprobe -v error -select_streams v -show_entries packet=pts -of csv=p=0 "
                      "-read_intervals %+#1 " +
                      path),
            "0\n");
  const auto bytes = source_of(file);
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*bytes));
  EXPECT_LT(std::abs(reader->start_offset().to_double()), 0.001);
  const std::string heard = output_of("ffmpeg -v error -i " + path + " -map 0:a -ac 1 -f s16le -");
  ASSERT_EQ(heard.size(), static_cast<size_t>(kSamples) * 2);
  const auto sample = [&](int64_t n) {
    const auto* at = reinterpret_cast<const uint8_t*>(heard.data()) + 2 * n;
    return static_cast<int16_t>(at[0] | at[1] << 8);
  };
  for (const int64_t click : {int64_t{4800}, int64_t{124'000}}) {
    int64_t loudest = click - 2000;
    for (int64_t n = click - 2000; n < click + 2000; ++n) {
      if (std::abs(sample(n)) > std::abs(sample(loudest))) loudest = n;
    }
    EXPECT_EQ(loudest, click);
  }
}

}  // namespace
}  // namespace rushes::media
