#include "plan/hls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/key.h"

namespace rushes::plan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

MediaPlaylist three_pieces() {
  return {"v_header.mp4",
          {{"v_0.m4s", Rational(8)}, {"v_1.m4s", Rational(1001, 120)}, {"v_2.m4s", Rational(1, 3)}},
          9};
}

// Of all its lists.
constexpr char kBegin[] =
    "#EXTM3U\n"
    "# Rushes\n"
    "#EXT-X-VERSION:7\n"
    "#EXT-X-INDEPENDENT-SEGMENTS\n"
    "#EXT-X-TARGETDURATION:9\n"
    "#EXT-X-MEDIA-SEQUENCE:0\n"
    "#EXT-X-PLAYLIST-TYPE:EVENT\n";

TEST(Hls, APlaylistGrowsAndEnds) {
  const std::string begin = std::string(kBegin) +
                            "#EXT-X-START:TIME-OFFSET=0\n"
                            "#EXT-X-MAP:URI=\"v_header.mp4\"\n";
  EXPECT_EQ(media_playlist(three_pieces(), 0), begin);
  EXPECT_EQ(media_playlist(three_pieces(), 1), begin + "#EXTINF:8.000000,\nv_0.m4s\n");
  EXPECT_EQ(media_playlist(three_pieces(), 3), begin +
                                                   "#EXTINF:8.000000,\nv_0.m4s\n"
                                                   "#EXTINF:8.341667,\nv_1.m4s\n"
                                                   "#EXTINF:0.333333,\nv_2.m4s\n"
                                                   "#EXT-X-ENDLIST\n");
}

TEST(Hls, RoundedDurationsDoNotDrift) {
  MediaPlaylist list{"h", {}, 1};
  for (int i = 0; i < 3000; ++i) list.pieces.push_back({"p", Rational(1, 3)});
  const std::string text = media_playlist(list, 3000);
  int64_t sum = 0;
  for (size_t at = 0; (at = text.find("#EXTINF:0.", at)) != std::string::npos;) {
    at += 10;
    sum += std::stoll(text.substr(at, 6));
  }
  EXPECT_EQ(sum, 1'000'000'000);
}

// As RFC 8216 wants it: no duration, rounded to whole seconds, is larger.
TEST(Hls, TargetDurations) {
  EXPECT_EQ(target_seconds({Rational(1, 30)}), 1);
  EXPECT_EQ(target_seconds({Rational(2), Rational(2005333, 1000000)}), 2);
  EXPECT_EQ(target_seconds({Rational(15, 2), Rational(1)}), 8);
  EXPECT_EQ(target_seconds({Rational(7'499'999'600, 1'000'000'000)}), 8);  // written as 7.500000
}

TEST(Hls, EachVersionExtendsTheOneBefore) {
  std::string before;
  for (size_t ready = 0; ready <= 3; ++ready) {
    const std::string now = media_playlist(three_pieces(), ready);
    EXPECT_THAT(now, StartsWith(before));
    before = now;
  }
}

TEST(Hls, TheMasterPlaylist) {
  MasterPlaylist master{.fps = Rational(30000, 1001),
                        .pictures = {{.width = 1080,
                                      .height = 1920,
                                      .playlist = "video.m3u8",
                                      .codec = "avc1.640028",
                                      .bit_rate = 5'000'000}}};
  EXPECT_THAT(master_playlist(master),
              HasSubstr("#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS=\"avc1.640028\","
                        "RESOLUTION=1080x1920,FRAME-RATE=29.970\nvideo.m3u8\n"));
  master.sound = {.playlist = "audio.m3u8", .codec = "mp4a.40.2", .channels = 2};
  const std::string final_sound = master_playlist(master);
  EXPECT_THAT(final_sound, HasSubstr("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Sound\","
                                     "DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","
                                     "URI=\"audio.m3u8\"\n"));
  EXPECT_THAT(final_sound, HasSubstr("CODECS=\"avc1.640028,mp4a.40.2\""));
  EXPECT_THAT(final_sound, HasSubstr("FRAME-RATE=29.970,AUDIO=\"sound\"\n"));
  EXPECT_THAT(final_sound, Not(HasSubstr("review")));
  master.sound->preview = true;
  const std::string preview = master_playlist(master);
  EXPECT_THAT(preview, HasSubstr("NAME=\"Preview, loudness not adjusted\""));
  EXPECT_THAT(preview, HasSubstr("#EXT-X-SESSION-DATA:DATA-ID=\"rushes.sound\","));
}

TEST(Hls, ALadder) {
  MasterPlaylist master{.fps = Rational(25),
                        .pictures = {{.width = 1280,
                                      .height = 720,
                                      .playlist = "video-720p.m3u8",
                                      .codec = "avc1.64001f",
                                      .bit_rate = 3'000'000,
                                      .average = 2'000'000,
                                      .keyframes = "keyframes-720p.m3u8",
                                      .keyframe_rate = 200'000},
                                     {.width = 640,
                                      .height = 360,
                                      .playlist = "video-360p.m3u8",
                                      .codec = "avc1.64001e",
                                      .bit_rate = 900'000}},
                        .sound = SoundRendition{"audio.m3u8", "mp4a.40.2", 2}};
  const std::string text = master_playlist(master);
  EXPECT_THAT(text,
              HasSubstr("#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2000000,"
                        "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=25.000,"
                        "AUDIO=\"sound\"\nvideo-720p.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=900000,"
                        "CODECS=\"avc1.64001e,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=25.000,"
                        "AUDIO=\"sound\"\nvideo-360p.m3u8\n"));
  EXPECT_THAT(text, HasSubstr("#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=200000,CODECS=\"avc1.64001f\","
                              "RESOLUTION=1280x720,URI=\"keyframes-720p.m3u8\"\n"));
}

TEST(Hls, Subtitles) {
  MasterPlaylist master{.fps = Rational(25), .pictures = {{.playlist = "video.m3u8"}}};
  master.subtitles = {{"subtitles-en.m3u8", "en"}, {"subtitles.m3u8", ""}};
  const std::string text = master_playlist(master);
  EXPECT_THAT(text, HasSubstr("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\","
                              "NAME=\"Subtitles (en)\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,"
                              "LANGUAGE=\"en\",URI=\"subtitles-en.m3u8\"\n"));
  EXPECT_THAT(text, HasSubstr("NAME=\"Subtitles\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,"
                              "URI=\"subtitles.m3u8\"\n"));
  EXPECT_THAT(text, HasSubstr("FRAME-RATE=25.000,SUBTITLES=\"subtitles\"\nvideo.m3u8\n"));
  MediaPlaylist list = three_pieces();
  list.header.clear();
  EXPECT_THAT(media_playlist(list, 1), Not(HasSubstr("EXT-X-MAP")));
}

TEST(Hls, KeyframesAreTheBeginningsOfPieces) {
  EXPECT_EQ(keyframe_playlist(three_pieces(), {1000, 2000, 300}),
            std::string(kBegin) +
                "#EXT-X-I-FRAMES-ONLY\n"
                "#EXT-X-MAP:URI=\"v_header.mp4\"\n"
                "#EXTINF:8.000000,\n#EXT-X-BYTERANGE:1000@0\nv_0.m4s\n"
                "#EXTINF:8.341667,\n#EXT-X-BYTERANGE:2000@0\nv_1.m4s\n"
                "#EXTINF:0.333333,\n#EXT-X-BYTERANGE:300@0\nv_2.m4s\n"
                "#EXT-X-ENDLIST\n");
}

TEST(Hls, TheAverageIsOfAllBytes) {
  EXPECT_EQ(average_bit_rate(three_pieces(), {}), 0);
  EXPECT_EQ(average_bit_rate(three_pieces(), {1'000'000, 1'042'708, 41'667}), 1'000'000);
}

TEST(Hls, TheLargestBitRateCounts) {
  EXPECT_EQ(peak_bit_rate(three_pieces(), {}), 0);
  EXPECT_EQ(peak_bit_rate(three_pieces(), {1'000'000, 1001, 100}), 1'000'000);
  EXPECT_EQ(peak_bit_rate(three_pieces(), {1000, 1001, 1'000'000}), 24'000'000);
}

TEST(Hls, SoundIsCutIntoWholePackets) {
  const std::vector<Segment> segments = {{30, 60}, {60, 90}, {90, 120}};
  EXPECT_EQ(sound_pieces(segments, {Rational(30), 48000}),
            (std::vector<SoundPiece>{{0, 48128}, {48128, 96256}, {96256, 144000}}));
}

TEST(Hls, SoundHasNoEmptyPieces) {
  const std::vector<Segment> segments = {{0, 1}, {1, 2}, {2, 3}};
  EXPECT_EQ(sound_pieces(segments, {Rational(120), 48000}),
            (std::vector<SoundPiece>{{0, 1024}, {1024, 1200}}));
}

TEST(Hls, PiecesOfSoundHaveKeysOfTheirOwn) {
  EXPECT_NE(sound_piece_key("a", {0, 1024}), sound_piece_key("a", {1024, 2048}));
  EXPECT_NE(sound_piece_key("a", {0, 1024}), sound_piece_key("b", {0, 1024}));
}

}  // namespace
}  // namespace rushes::plan
