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

TEST(Hls, APlaylistGrowsAndEnds) {
  const std::string begin =
      "#EXTM3U\n"
      "# Rushes\n"
      "#EXT-X-VERSION:7\n"
      "#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-TARGETDURATION:9\n"
      "#EXT-X-MEDIA-SEQUENCE:0\n"
      "#EXT-X-PLAYLIST-TYPE:EVENT\n"
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
  MasterPlaylist master{.width = 1080,
                        .height = 1920,
                        .fps = Rational(30000, 1001),
                        .video = "video.m3u8",
                        .video_codec = "avc1.640028",
                        .bit_rate = 5'000'000};
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
