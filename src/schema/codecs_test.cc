#include "schema/codecs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rushes::schema {
namespace {

using ::testing::HasSubstr;

TEST(Codecs, TheTableAgreesWithItself) {
  for (const VideoCodec& codec : video_codecs()) {
    SCOPED_TRACE(codec.name);
    EXPECT_EQ(find_video_codec(codec.name), &codec);
    EXPECT_NE(codec.speed(codec.usual_speed), nullptr);
    EXPECT_NE(codec.speed(codec.quickest), nullptr);
    EXPECT_GE(codec.usual_crf, codec.best_crf);
    EXPECT_LE(codec.preview_crf, codec.worst_crf);
    EXPECT_GE(codec.rate.lowest, codec.best_crf);
    EXPECT_LE(codec.rate.highest, codec.worst_crf);
  }
  for (const Container& container : containers()) {
    SCOPED_TRACE(container.name);
    EXPECT_EQ(find_container(container.name), &container);
    for (const std::string_view codec : container.video) {
      EXPECT_NE(find_video_codec(codec), nullptr) << codec;
    }
    for (const std::string_view codec : container.audio) {
      EXPECT_NE(find_audio_codec(codec), nullptr) << codec;
    }
    EXPECT_THAT(what_goes_together(), HasSubstr(std::string(container.name) + " holds"));
  }
}

TEST(Codecs, AFileIsKnownByItsEnding) {
  EXPECT_EQ(container_of("a/b.mp4"), find_container("mp4"));
  EXPECT_EQ(container_of("B.MOV"), find_container("mov"));
  for (const char* other : {"", "mp4", "a.mp4/b", ".mp4x", "a.mp"}) {
    EXPECT_EQ(container_of(other), nullptr) << other;
  }
}

}  // namespace
}  // namespace rushes::schema
