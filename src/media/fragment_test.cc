// Fragmented MP4, proved on what ffmpeg makes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "media/fragment_muxer.h"
#include "media/test_encode.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using testing::Encoded;
using ::testing::HasSubstr;

struct Fragmented {
  Bytes header;
  std::vector<Bytes> pieces;
  Bytes whole() const {
    Bytes all = header;
    for (const Bytes& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
    return all;
  }
};

// Pieces of so many packets each.
Fragmented fragment(const Encoded& encoded, size_t packets) {
  base::MemorySink header;
  Fragmented out;
  auto muxer = FragmentMuxer::open(header, encoded.format);
  EXPECT_TRUE(muxer.ok()) << muxer.error().message;
  if (!muxer.ok()) return out;
  for (size_t i = 0; i < encoded.packets.size(); i += packets) {
    base::MemorySink piece;
    EXPECT_TRUE((*muxer)->begin(piece).ok());
    for (size_t k = i; k < std::min(i + packets, encoded.packets.size()); ++k) {
      const base::Status written = (*muxer)->write(encoded.packets[k]);
      EXPECT_TRUE(written.ok()) << written.error().message;
    }
    EXPECT_TRUE((*muxer)->end().ok());
    out.pieces.push_back(std::move(piece.data));
  }
  out.header = std::move(header.data);
  return out;
}

// Where the first box of this name within the bytes says that its piece begins.
uint64_t decode_time(const Bytes& piece) {
  const std::string text(reinterpret_cast<const char*>(piece.data()), piece.size());
  const size_t at = text.find("tfdt");
  uint64_t time = 0;
  for (size_t i = 0; i < 8; ++i) time = time << 8U | std::to_integer<uint64_t>(piece[at + 8 + i]);
  return time;
}

// Two segments, joined as the assembler does.
Encoded two_segments() {
  const VideoEncoderOptions options{.width = 128, .height = 96, .frames = 40};
  Encoded video = testing::encode_video(options, 40);
  for (Packet p : testing::encode_video(options, 40, 40).packets) {
    p.pts += 40;
    p.dts += 40;
    video.packets.push_back(std::move(p));
  }
  return video;
}

std::string frames_of(const std::string& path) {
  return testing::output_of("ffmpeg -v warning -xerror -i " + path +
                            " -f framemd5 - 2>&1 | grep -v '^#'");
}

TEST(Fragments, ShowWhatTheMp4Shows) {
  const Encoded video = two_segments();
  ASSERT_GT(video.format.reorder, 0);
  const Fragmented made = fragment(video, 40);
  const std::string want = frames_of(testing::keep("whole.mp4", testing::mux(video, nullptr)));
  EXPECT_EQ(frames_of(testing::keep("pieces.mp4", made.whole())), want);
  EXPECT_EQ(std::count(want.begin(), want.end(), '\n'), 80);
  EXPECT_EQ(testing::output_of("ffprobe -v error -show_entries stream=start_pts -of csv=p=0 " +
                               testing::keep("pieces.mp4", made.whole())),
            "0\n");
}

TEST(Fragments, EachCanBePlayedBehindTheHeader) {
  const Fragmented made = fragment(two_segments(), 40);
  ASSERT_EQ(made.pieces.size(), 2U);
  EXPECT_EQ(decode_time(made.pieces[0]), 0U);
  EXPECT_EQ(decode_time(made.pieces[1]) % 40, 0U);
  Fragmented second{made.header, {made.pieces[1]}};
  const std::string frames = frames_of(testing::keep("second.mp4", second.whole()));
  EXPECT_EQ(std::count(frames.begin(), frames.end(), '\n'), 40);
  EXPECT_EQ(testing::output_of("ffprobe -v error -show_entries packet=pts_time -of csv=p=0 " +
                               testing::keep("second.mp4", second.whole()))
                .substr(0, 8),
            "1.333333");
}

TEST(Fragments, SoundBeginsWhereItBegan) {
  const Encoded audio = testing::encode_click(48000, 1000);
  // What lies before 0 is priming, for players to leave out.
  const auto samples_of = [](const std::string& path) {
    return testing::output_of("ffmpeg -v error -copyts -i " + path +
                              " -map 0:a -af atrim=start_pts=0:end_pts=48000 -f s16le -");
  };
  const Fragmented made = fragment(audio, 10);
  EXPECT_EQ(decode_time(made.pieces[1]), 10U * 1024);
  const Encoded video = testing::encode_video({.width = 128, .height = 96}, 30);
  const std::string want = samples_of(testing::keep("whole.mp4", testing::mux(video, &audio)));
  EXPECT_EQ(want.size(), 48000U * 4);
  EXPECT_EQ(samples_of(testing::keep("sound.mp4", made.whole())), want);
}

TEST(Fragments, TheSamePacketsGiveTheSameBytes) {
  const Encoded video = two_segments();
  const Fragmented one = fragment(video, 40);
  const Fragmented two = fragment(video, 40);
  EXPECT_EQ(one.header, two.header);
  EXPECT_EQ(one.pieces, two.pieces);
}

TEST(Fragments, NamesOfCodecs) {
  const Encoded audio = testing::encode_click(2048, 0);
  EXPECT_EQ(*codec_name(audio.format), "mp4a.40.2");
  auto video = VideoEncoder::open({.width = 128, .height = 96});
  ASSERT_TRUE(video.ok());
  ASSERT_OK_AND_ASSIGN(const std::string name, codec_name((*video)->format()));
  EXPECT_THAT(name, ::testing::MatchesRegex("avc1\\.6400[0-9a-f][0-9a-f]"));
}

TEST(Fragments, GapsAreRefused) {
  const Encoded video = two_segments();
  base::MemorySink sink;
  ASSERT_OK_AND_ASSIGN(const auto muxer, FragmentMuxer::open(sink, video.format));
  EXPECT_FALSE(muxer->write(video.packets[0]).ok());
  ASSERT_OK(muxer->begin(sink));
  EXPECT_FALSE(muxer->end().ok());
  EXPECT_FALSE(muxer->write(video.packets[1]).ok());
  ASSERT_OK(muxer->write(video.packets[0]));
  EXPECT_THAT(muxer->write(video.packets[2]).error().message, HasSubstr("does not follow"));
}

}  // namespace
}  // namespace rushes::media
