#include "plan/dash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rushes::plan {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

DashManifest ladder() {
  DashManifest m{.fps = Rational(30000, 1001),
                 .duration = Rational(12012, 1000),
                 .sample_rate = 48000,
                 .channels = 2};
  const std::vector<int64_t> durations = {120120, 120120, 120120};
  m.pictures.push_back({"video-720p_1", "avc1.64001f", 3'000'000, 30000, durations, 1280, 720});
  m.pictures.push_back({"video-360p_2", "avc1.64001e", 900'000, 30000, durations, 640, 360});
  m.sounds.push_back({"audio_3", "mp4a.40.2", 128'000, 48000, {193536, 191488, 191552}});
  return m;
}

TEST(Dash, SizesOfOneCodecAreOneSet) {
  const std::string text = dash_manifest(ladder());
  EXPECT_THAT(text, StartsWith(kManifestMark));
  EXPECT_THAT(text,
              HasSubstr("mediaPresentationDuration=\"PT12.012S\" minBufferTime=\"PT4.004S\""));
  EXPECT_THAT(text, HasSubstr("      <SegmentTemplate timescale=\"30000\" startNumber=\"0\" "
                              "initialization=\"$RepresentationID$_header.mp4\" "
                              "media=\"$RepresentationID$_$Number%05d$.m4s\">\n"
                              "        <SegmentTimeline>\n"
                              "          <S t=\"0\" d=\"120120\" r=\"2\"/>\n"
                              "        </SegmentTimeline>\n"
                              "      </SegmentTemplate>\n"
                              "      <Representation id=\"video-720p_1\" codecs=\"avc1.64001f\" "
                              "bandwidth=\"3000000\" width=\"1280\" height=\"720\" "
                              "frameRate=\"30000/1001\" sar=\"1:1\"/>\n"
                              "      <Representation id=\"video-360p_2\""));
  EXPECT_THAT(text, HasSubstr("          <S t=\"0\" d=\"193536\"/>\n          <S d=\"191488\"/>\n"
                              "          <S d=\"191552\"/>\n"));
}

TEST(Dash, SubtitlesAreFiles) {
  DashManifest m = ladder();
  m.subtitles = {{"subtitles-en_1_whole.vtt", "en"}};
  const std::string text = dash_manifest(m);
  EXPECT_THAT(text, HasSubstr("mimeType=\"text/vtt\" lang=\"en\">"));
  EXPECT_THAT(text, HasSubstr("<BaseURL>subtitles-en_1_whole.vtt</BaseURL>"));
}

TEST(Dash, AnotherCodecIsASetOfItsOwn) {
  DashManifest m = ladder();
  m.pictures[1].codec = "hvc1.1.6.L93.90";
  m.sounds.clear();
  const std::string text = dash_manifest(m);
  size_t sets = 0;
  for (size_t at = 0; (at = text.find("<AdaptationSet", at)) != std::string::npos; ++at) ++sets;
  EXPECT_EQ(sets, 2U);
}

}  // namespace
}  // namespace rushes::plan
