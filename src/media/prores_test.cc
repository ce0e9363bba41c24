// ProRes and PCM in QuickTime files: the same bytes, pictures of 10 bits, samples as they were.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "media/prores_picture.h"
#include "media/test_encode.h"
#include "media/testing.h"

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

VideoEncoderOptions small(const std::string& profile = "proxy") {
  return {.codec = Codec::kProres, .width = 128, .height = 96, .preset = profile};
}

constexpr AudioEncoderOptions kPcm = {.codec = Codec::kPcm};

// As testing::difference(), of luma that is four times as deep.
double difference(const frame::Frame& deep, const frame::Frame& sent) {
  int64_t sum = 0;
  const frame::PlaneView& luma = sent.plane(0);
  for (int y = 0; y < luma.height; ++y) {
    for (int x = 0; x < luma.width; ++x) {
      sum += std::abs(deep.plane(0).row16(y)[x] - 4 * luma.row(y)[x]);
    }
  }
  return static_cast<double>(sum) / 4 / luma.width / luma.height;
}

TEST(ProresPicture, HoldsExactlyWhatLiesBetweenTwoRows) {
  const int sides[][2] = {{2, 2}, {130, 6}, {64, 98}};
  for (const auto& [width, height] : sides) {
    const frame::Frame from = pattern(width, height, 7);
    ASSERT_OK_AND_ASSIGN(const AvFrame to, to_prores_picture(from));
    ASSERT_EQ(to->format, AV_PIX_FMT_YUV422P10LE);
    const auto at = [&](int plane, int x, int y) {
      return int{reinterpret_cast<const uint16_t*>(to->data[plane] +
                                                   ptrdiff_t{y} * to->linesize[plane])[x]};
    };
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) ASSERT_EQ(at(0, x, y), 4 * from.plane(0).row(y)[x]);
    }
    for (const int plane : {1, 2}) {
      const frame::PlaneView& chroma = from.plane(plane);
      for (int y = 0; y < height; ++y) {
        // In quarters of a row of chroma, whose sample c lies beside luma 2c + 1/2.
        const int place = std::clamp(2 * y - 1, 0, 4 * (chroma.height - 1));
        const uint8_t* above = chroma.row(place / 4);
        const uint8_t* below = chroma.row(std::min(place / 4 + 1, chroma.height - 1));
        for (int x = 0; x < width / 2; ++x) {
          ASSERT_EQ(at(plane, x, y), (4 - place % 4) * above[x] + place % 4 * below[x])
              << plane << " " << x << " " << y;
        }
      }
    }
  }
}

TEST(Prores, SameInputSameBytes) {
  for (const char* profile : {"proxy", "hq"}) testing::expect_same_bytes(small(profile), 6);
}

TEST(Prores, EachFrameIsAKeyframe) {
  const Encoded video = encode_video(small(), 10);
  ASSERT_EQ(video.packets.size(), 10U);
  for (int n = 0; n < 10; ++n) {
    const Packet& p = video.packets[static_cast<size_t>(n)];
    EXPECT_TRUE(p.key && p.pts == n && p.dts == n && p.duration == 1) << n;
  }
}

TEST(Prores, EveryProfileJoinsUnderItsName) {
  const std::pair<const char*, const char*> profiles[] = {
      {"proxy", "Proxy,apco"}, {"lt", "LT,apcs"}, {"standard", "Standard,apcn"}, {"hq", "HQ,apch"}};
  for (const auto& [profile, says] : profiles) {
    const Encoded video = testing::encode_joined(small(profile), 0);
    const Encoded sound = encode_sound(
        80 * 1600, [](int64_t) { return 0.25F; }, kPcm);
    const std::string path =
        testing::keep(std::string(profile) + ".mov", mux(video, &sound, "mov"));
    EXPECT_EQ(output_of("ffmpeg -v warning -xerror -i " + path + " -f null - 2>&1"), "");
    EXPECT_EQ(
        output_of("ffprobe -v error -select_streams v -count_frames -show_entries "
                  "stream=profile,codec_tag_string,width,pix_fmt,color_range,color_space,"
                  "color_transfer,color_primaries,field_order,duration,nb_read_frames "
                  "-of csv=p=0 " +
                  path),
        std::string(says) + ",128,yuv422p10le,tv,bt709,bt709,bt709,progressive,2.666667,80\n");
    EXPECT_EQ(output_of("ffprobe -v error -select_streams a -show_entries "
                        "stream=codec_name,codec_tag_string,duration -of csv=p=0 " +
                        path),
              "pcm_s24le,in24,2.666667\n");
    const Bytes file = mux(video, nullptr, "mov");
    const auto source = testing::source_of(file);
    ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
    for (const int n : {0, 39, 40, 79}) {
      ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(n, 30)));
      ASSERT_EQ(f.format().depth, 10);
      EXPECT_LT(difference(f, pattern(128, 96, n)), 10) << profile << n;
    }
    const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
    EXPECT_EQ(text.find("Lavc"), std::string::npos);
  }
}

TEST(Prores, WhatItDoesNotTake) {
  const auto message = [](auto change) {
    VideoEncoderOptions options = small();
    change(options);
    const auto opened = VideoEncoder::open(options);
    return opened.ok() ? std::string() : opened.error().message;
  };
  for (const char* profile : {"4444", "auto", "2", ""}) {
    EXPECT_THAT(message([&](auto& o) { o.preset = profile; }), HasSubstr("is not a profile"));
  }
  EXPECT_THAT(message([](auto& o) { o.bitrate = 100'000; }), HasSubstr("a profile alone"));
  EXPECT_THAT(message([](auto& o) { o.lossless = true; }), HasSubstr("a profile alone"));
}

// To the sample, with what is beyond full scale at full scale, and cut where the picture ends.
TEST(Pcm, SamplesAreWhatWasSent) {
  const auto sent = [](int64_t n) {
    if (n % 100 == 0) return n % 200 == 0 ? 1.5F : -1.5F;
    return static_cast<float>(n * 7919 % 100'003) / 60'000 - 0.8F;
  };
  const Encoded video = encode_video(small(), 61);
  const Encoded sound = encode_sound(61 * 1600 + 200, sent, kPcm);
  const std::string path = testing::keep("pcm.mov", mux(video, &sound, "mov"));
  const std::string heard = output_of("ffmpeg -v error -i " + path + " -map 0:a -f s24le -");
  ASSERT_EQ(heard.size(), 61U * 1600 * 2 * 3);
  for (int64_t n = 0; n < 61 * 1600; ++n) {
    const auto* at = reinterpret_cast<const uint8_t*>(heard.data()) + 6 * n;
    const int32_t value = static_cast<int32_t>(uint32_t{at[0]} << 8 | uint32_t{at[1]} << 16 |
                                               uint32_t{at[2]} << 24) >>
                          8;
    const double due = std::clamp(double{sent(n)} * 8388608, -8388608.0, 8388607.0);
    ASSERT_LE(std::abs(value - due), 0.5) << n;
  }
}

}  // namespace
}  // namespace rushes::media
