#include "media/timing.h"

#include <gtest/gtest.h>

#include <string>

#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::made;
using testing::source_of;

const std::string kTest = "-f lavfi -i testsrc2=s=64x48:r=25:d=2 ";
const std::string kAsTimed = " -c:v libx264 -bf 0 -fps_mode passthrough -enc_time_base 1:1000";

Timing timing_of(testing::Bytes bytes, const TimingOptions& options = {.step = Rational(1, 25)}) {
  const auto source = source_of(std::move(bytes));
  auto timing = read_timing(*source, options);
  EXPECT_TRUE(timing.ok()) << timing.error().message;
  return timing.ok() ? *timing : Timing{};
}

TEST(Timing, OfAnEvenTrack) {
  const testing::Bytes film =
      made("even.mp4", kTest +
                           "-f lavfi -i sine=d=2:r=48000 -c:v libx264 -bf 2 -g 20 "
                           "-x264-params scenecut=0 -c:a aac");
  const Timing timing = timing_of(film);
  EXPECT_EQ(timing.packets, 50);
  EXPECT_EQ(timing.length, Rational(2));
  EXPECT_EQ(timing.gap_count, 0);
  EXPECT_EQ(timing.double_count, 0);
  EXPECT_EQ(timing.untimed, 0);
  EXPECT_EQ(timing.damaged, 0);
  EXPECT_EQ(timing.keyframes, 3);
  EXPECT_EQ(timing.least_key_distance, 20);
  EXPECT_EQ(timing.most_key_distance, 20);
  ASSERT_EQ(timing.bytes_of_second.size(), 2U);
  EXPECT_EQ(timing.bytes_of_second[0] + timing.bytes_of_second[1], timing.bytes);
  EXPECT_EQ(std::to_string(timing.bytes) + "\n",
            testing::output_of("ffprobe -v error -select_streams v -show_entries packet=size -of "
                               "csv=p=0 " +
                               testing::folder() + "/even.mp4 | awk '{n += $1} END {print n}'"));

  const Timing sound = timing_of(film, {.kind = StreamKind::kAudio});
  EXPECT_GT(sound.packets, 90);
  EXPECT_EQ(sound.gap_count, 0);
}

TEST(Timing, FindsAFrameThatIsMissing) {
  const Timing timing =
      timing_of(made("gap.mkv", kTest + "-vf settb=1/1000,select='not(eq(n\\,30))'" + kAsTimed));
  EXPECT_EQ(timing.packets, 49);
  EXPECT_EQ(timing.length, Rational(2));
  ASSERT_EQ(timing.gap_count, 1);
  EXPECT_EQ(timing.gaps[0].packet, 30);
  EXPECT_EQ(timing.gaps[0].at, Rational(31, 25));
  EXPECT_EQ(timing.gaps[0].step, Rational(2, 25));
  EXPECT_EQ(timing.double_count, 0);
}

TEST(Timing, FindsFramesThatAreNearlyAtOnce) {
  const Timing timing = timing_of(
      made("double.mkv", kTest + "-vf settb=1/1000,setpts='(N-0.75*eq(N\\,10))/25/TB'" + kAsTimed));
  EXPECT_EQ(timing.packets, 50);
  ASSERT_EQ(timing.double_count, 1);
  EXPECT_EQ(timing.doubles[0].packet, 10);
  EXPECT_EQ(timing.doubles[0].step, Rational(1, 100));
  ASSERT_EQ(timing.gap_count, 1);
  EXPECT_EQ(timing.gaps[0].packet, 11);
}

TEST(Timing, OfATrackThatIsNotThere) {
  const auto source = source_of(made("silent.mkv", kTest + kAsTimed));
  EXPECT_FALSE(read_timing(*source, {.kind = StreamKind::kAudio}).ok());
}

}  // namespace
}  // namespace rushes::media
