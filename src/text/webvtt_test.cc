#include "text/webvtt.h"

#include <gtest/gtest.h>

#include "text/subtitles.h"

namespace rushes::text {
namespace {

using base::Rational;

std::vector<schema::Cue> cues() {
  std::vector<schema::Cue> out(3);
  out[0] = {Rational(1), Rational(3), "Hello,\n\nworld", {}};
  out[1] = {Rational(7, 2), Rational(3725004, 1000), "a < b & c --> d\n", {}};
  out[2] = {Rational(5000), Rational(5001), "later", {}};
  return out;
}

TEST(WebVtt, HasWhatIsSeenWithin) {
  const std::string begin = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
  const std::string first = "\n00:00:01.000 --> 00:00:03.000\nHello,\nworld\n";
  const std::string second = "\n00:00:03.500 --> 01:02:05.004\na &lt; b &amp; c --&gt; d\n";
  EXPECT_EQ(webvtt(cues(), 0, 3), begin + first);
  EXPECT_EQ(webvtt(cues(), 0, 4), begin + first + second);
  EXPECT_EQ(webvtt(cues(), 3, 4), begin + second);
  EXPECT_EQ(webvtt(cues(), 4000, 4004), begin);
}

TEST(WebVtt, ReadsAsItWas) {
  const auto read = parse_vtt(webvtt(cues(), 0, 10000));
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->cues.size(), 3U);
  EXPECT_EQ(read->cues[1].text, "a < b & c --> d");
  EXPECT_EQ(read->cues[1].end, Rational(3725004, 1000));
}

}  // namespace
}  // namespace rushes::text
