// Beside testing/fake_devices.cc: there is one that works, and one that lies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/test_encode.h"
#include "media/video_encoder.h"

namespace rushes::media {
namespace {

using ::testing::HasSubstr;

VideoEncoderOptions options(const std::string& device, Codec codec = Codec::kH264) {
  return {.codec = codec, .device = device, .width = 322, .height = 180, .threads = 1};
}

TEST(TryEncoder, TakesWhatWorks) {
  for (const double crf : {0.0, 21.0, 51.0}) {
    VideoEncoderOptions asked = options("vaapi");
    asked.crf = crf;
    const base::Status tried = try_encoder(asked);
    EXPECT_TRUE(tried.ok()) << tried.error().message;
  }
}

// Software passes too, with B-frames and all.
TEST(TryEncoder, TakesSoftware) {
  for (const Codec codec : {Codec::kH264, Codec::kHevc}) {
    const base::Status tried = try_encoder(options("", codec));
    EXPECT_TRUE(tried.ok()) << tried.error().message;
  }
}

TEST(TryEncoder, FindsOutWhatLies) {
  const base::Status tried = try_encoder(options("qsv"));
  ASSERT_FALSE(tried.ok());
  EXPECT_EQ(tried.error().code, base::Code::kUnsupported);
  EXPECT_THAT(tried.error().message, HasSubstr("not what it was given"));
}

TEST(TryEncoder, ThereIsNoneOfThatName) {
  EXPECT_FALSE(try_encoder(options("vaapi", Codec::kHevc)).ok());
  EXPECT_FALSE(try_encoder(options("knots")).ok());
  EXPECT_FALSE(encoder_driver("knots").ok());
}

TEST(TryEncoder, WantsStretchesThatJoin) {
  EXPECT_TRUE(try_encoder(options("abacus")).ok());
  EXPECT_TRUE(try_encoder(options("vaapi"), true).ok());
  const base::Status tried = try_encoder(options("abacus"), true);
  ASSERT_FALSE(tried.ok());
  EXPECT_THAT(tried.error().message, HasSubstr("do not join"));
}

// What a device makes joins like what software makes.
TEST(TryEncoder, StretchesOfADeviceJoin) {
  const auto joined = testing::encode_joined(options("vaapi"), 30);
  EXPECT_EQ(joined.packets.size(), 80U);
}

}  // namespace
}  // namespace rushes::media
