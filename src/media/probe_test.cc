#include "media/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "media/audio_reader.h"
#include "media/testing.h"
#include "media/video_reader.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using ::testing::HasSubstr;
using testing::made;
using testing::source_of;

const std::string kTest = "-f lavfi -i testsrc2=s=320x180:r=25:d=2 ";
const std::string kTone = "-f lavfi -i sine=f=440:r=44100:d=2 ";

Bytes av_mp4() {
  return made("av.mp4", kTest + kTone +
                            "-c:v libx264 -pix_fmt yuv420p -c:a aac -ac 2 -shortest "
                            "-color_range tv -colorspace bt709 -color_primaries bt709 "
                            "-color_trc bt709 -metadata creation_time=2024-05-06T07:08:09Z");
}

Bytes live_webm() {
  made("alpha.webm",
       "-f lavfi -i testsrc2=s=160x90:r=10:d=1.3,format=yuva420p,colorchannelmixer=aa=0.5 "
       "-c:v libvpx-vp9 -cpu-used 8 -pix_fmt yuva420p");
  return made("live.webm", "-i " + testing::folder() + "/alpha.webm -c copy -live 1");
}

Bytes slow_mp4() { return made("slow.mp4", kTest + "-c:v libx264"); }

Bytes picture() {
  return made("p.jpg", "-f lavfi -i testsrc2=s=50x40:d=1 -frames:v 1 -pix_fmt yuvj422p");
}

base::Result<MediaInfo> probe_bytes(Bytes bytes) { return probe(*source_of(std::move(bytes))); }

std::string error_of(Bytes bytes) {
  const auto result = probe_bytes(std::move(bytes));
  return result.ok() ? "(no error)" : result.error().message;
}

TEST(Probe, Mp4) {
  ASSERT_OK_AND_ASSIGN(const MediaInfo info, probe_bytes(av_mp4()));
  EXPECT_EQ(info.container, "mp4");
  EXPECT_EQ(info.creation_time, "2024-05-06T07:08:09.000000Z");
  EXPECT_GT(info.bit_rate, 0);
  ASSERT_EQ(info.streams.size(), 2U);
  const StreamInfo* v = info.find(StreamKind::kVideo);
  ASSERT_NE(v, nullptr);
  EXPECT_EQ(v->codec, "h264");
  EXPECT_EQ(v->profile, "High");
  EXPECT_EQ(v->duration, Rational(2));
  EXPECT_EQ(v->video.width, 320);
  EXPECT_EQ(v->video.display_height, 180);
  EXPECT_EQ(v->video.frame_rate, Rational(25));
  EXPECT_EQ(v->video.frames, 50);
  EXPECT_FALSE(v->video.variable_frame_rate);
  EXPECT_EQ(v->video.matrix, "bt709");
  EXPECT_EQ(v->video.range, "tv");
  EXPECT_EQ(v->video.format.matrix, frame::Matrix::kBt709);
  const StreamInfo* a = info.find(StreamKind::kAudio);
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->codec, "aac");
  EXPECT_EQ(a->audio.sample_rate, 44100);
  EXPECT_EQ(a->audio.channels, 2);
  EXPECT_EQ(a->audio.layout, "stereo");
  EXPECT_EQ(info.find(StreamKind::kVideo, 1), nullptr);
}

TEST(Probe, RotationAndPixelAspect) {
  made("plain.mp4", kTest + "-c:v libx264 -pix_fmt yuv420p -vf setsar=2/1");
  ASSERT_OK_AND_ASSIGN(const MediaInfo info,
                       probe_bytes(made("sideways.mp4", "-i " + testing::folder() +
                                                            "/plain.mp4 -c copy "
                                                            "-metadata:s:v rotate=270")));
  const VideoInfo& v = info.streams[0].video;
  EXPECT_EQ(v.orientation.rotation, 90);
  EXPECT_EQ(v.width, 320);
  EXPECT_EQ(v.sample_aspect, Rational(2));
  EXPECT_EQ(v.display_width, 180);
  EXPECT_EQ(v.display_height, 640);
}

TEST(Probe, WebmWithoutDurationIsMeasured) {
  ASSERT_OK_AND_ASSIGN(const MediaInfo info, probe_bytes(live_webm()));
  EXPECT_EQ(info.container, "webm");
  EXPECT_EQ(info.duration, Rational(13, 10));
  EXPECT_EQ(info.streams[0].video.frames, 13);
  EXPECT_TRUE(info.streams[0].video.alpha);
}

TEST(Probe, VariableFrameRate) {
  ASSERT_OK_AND_ASSIGN(
      const MediaInfo info,
      probe_bytes(made("vfr.mp4", kTest + "-vf \"select='not(mod(n,7))+not(mod(n,3))'\" "
                                          "-vsync vfr -c:v libx264 -pix_fmt yuv420p")));
  EXPECT_TRUE(info.streams[0].video.variable_frame_rate);
}

// A second of 60, then one of 6.
TEST(Probe, WhatASteadyRateMakesOfABurst) {
  const std::string burst =
      "-f lavfi -i testsrc2=s=160x90:r=60:d=2 -vf \"select='lt(t,1)+not(mod(n,10))'\" -vsync vfr ";
  for (const std::string name : {"burst.mp4", "burst.mkv"}) {
    ASSERT_OK_AND_ASSIGN(const MediaInfo info,
                         probe_bytes(made(name, burst + "-c:v libx264 -pix_fmt yuv420p -bf 0")));
    const auto at = [&](int64_t fps) {
      for (const Pace& pace : info.streams[0].video.paces) {
        if (pace.fps == Rational(fps)) return pace;
      }
      return Pace();
    };
    // What follows the last is not known: 65 of 66 are judged.
    EXPECT_EQ(at(60).pictures, 66) << name;
    EXPECT_EQ(at(60).left_out, 0) << name;
    EXPECT_EQ(at(60).repeated, 45) << name;
    EXPECT_EQ(at(30).left_out, 30) << name;
    EXPECT_EQ(at(120).left_out, 0) << name;
  }
}

// By the index, in whatever container it is; relative to the first frame that is shown.
TEST(Probe, Keyframes) {
  const std::string six =
      "-f lavfi -i testsrc2=s=160x90:r=25:d=6 -c:v libx264 -preset ultrafast -bf 2 ";
  const auto keyframes_of = [](Bytes bytes) {
    const auto info = probe_bytes(std::move(bytes));
    EXPECT_TRUE(info.ok());
    return info.ok() ? info->streams.at(0).video.keyframes : std::vector<Rational>();
  };
  const std::vector<Rational> fifty = {0, 2, 4};
  const std::string gop = "-g 50 -x264-params scenecut=0 ";
  EXPECT_EQ(keyframes_of(made("keys.mp4", six + gop)), fifty);
  EXPECT_EQ(keyframes_of(made("keys.mkv", six + gop)), fifty);
  EXPECT_EQ(keyframes_of(made("late.mp4", six + gop + "-output_ts_offset 3")), fifty);
  // Decoded before pictures that are shown before them: told not too early.
  const std::string open_gop = six + "-b_strategy 0 -x264-params open-gop=1:keyint=50:scenecut=0";
  EXPECT_EQ(keyframes_of(made("open.mkv", open_gop)), fifty);
  EXPECT_EQ(keyframes_of(made("open.mp4", open_gop)), fifty);
  // One that others wait for, and one at which the recording begins again, a second later: in turn.
  const std::string part =
      testing::keep("part.mp4", made("open_part.mp4",
                                     "-f lavfi -i testsrc2=s=160x90:r=25:d=3 -c:v libx264 -preset "
                                     "ultrafast -bf 2 -b_strategy 0 -x264-params "
                                     "open-gop=1:keyint=60:scenecut=0"));
  const auto again =
      keyframes_of(made("again.mp4", "-stream_loop 3 -i " + part + " -t 10 -c copy"));
  ASSERT_GE(again.size(), 4U);
  for (const Rational& t : again) {
    // 2.4, 3, 5.4, 6, ...: those a second apart, and never early.
    const Rational in_part = t - Rational((t / 3).floor() * 3);
    EXPECT_TRUE((in_part >= 0 && in_part <= Rational(2, 25)) ||
                (in_part >= Rational(12, 5) && in_part <= Rational(12, 5) + Rational(2, 25)))
        << t.to_string();
  }
  // One in ten, of which those a second apart are told.
  EXPECT_EQ(keyframes_of(made("dense.mp4", six + "-g 10 -x264-params scenecut=0")),
            (std::vector<Rational>{0, Rational(6, 5), Rational(12, 5), Rational(18, 5),
                                   Rational(24, 5)}));
  EXPECT_TRUE(keyframes_of(made("intra.mp4", six + "-g 1")).empty());
}

TEST(Probe, HdrAndDepth) {
  ASSERT_OK_AND_ASSIGN(
      const MediaInfo info,
      probe_bytes(made("pq.mp4",
                       "-f lavfi -i testsrc2=s=64x64:d=0.2 -c:v libx265 -pix_fmt "
                       "yuv420p10le -x265-params log-level=none -color_trc smpte2084 "
                       "-colorspace bt2020nc -color_primaries bt2020")));
  const VideoInfo& v = info.streams[0].video;
  EXPECT_TRUE(v.hdr);
  EXPECT_EQ(v.depth, 10);
  EXPECT_EQ(v.transfer, "smpte2084");
  EXPECT_EQ(v.format.matrix, frame::Matrix::kBt2020);
  EXPECT_EQ(v.format.transfer, frame::Transfer::kPq);
}

TEST(Probe, Pictures) {
  ASSERT_OK_AND_ASSIGN(const MediaInfo jpeg, probe_bytes(picture()));
  EXPECT_TRUE(jpeg.still);
  EXPECT_EQ(jpeg.container, "jpeg");
  EXPECT_EQ(jpeg.streams[0].video.width, 50);
  EXPECT_EQ(jpeg.streams[0].video.format.layout, frame::Layout::kYuv422);
  ASSERT_OK_AND_ASSIGN(
      const MediaInfo apng,
      probe_bytes(made("a.apng", "-f lavfi -i testsrc2=s=50x40:d=0.2 -f apng -plays 0")));
  EXPECT_TRUE(apng.animated);
  ASSERT_OK_AND_ASSIGN(
      const MediaInfo webp,
      probe_bytes(made("a.webp", "-f lavfi -i testsrc2=s=50x40:d=0.2 -c:v libwebp_anim")));
  EXPECT_TRUE(webp.animated);
  EXPECT_EQ(webp.streams[0].video.width, 50);
}

TEST(Probe, RefusesWhatIsNotMedia) {
  EXPECT_EQ(error_of({}), "the file is empty");
  EXPECT_EQ(error_of(testing::bytes_of("Dear all,\nthis is no video.\n")), "is text, not media");
  EXPECT_THAT(error_of(Bytes(100000)), HasSubstr("not media"));
  Bytes noise(5000);
  uint32_t seed = 1;
  for (auto& b : noise) b = static_cast<std::byte>((seed = seed * 1664525 + 1013904223) >> 24);
  EXPECT_NE(error_of(noise), "(no error)");
}

TEST(Probe, RefusesPlaylistsThatNameOtherFiles) {
  const std::string target = testing::folder() + "/av.mp4";
  av_mp4();
  const std::vector<std::pair<std::string, std::string>> scripts = {
      {"ffconcat version 1.0\nfile '" + target + "'\n", "concat"},
      {"file '" + target + "'\n", "concat"},
      {"# a comment\nfile " + target + "\n", "concat"},
      {"\xEF\xBB\xBF#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + target + "\n", "HLS"},
      {"#EXTM3U\n" + target + "\n", "M3U"},
      {"#EXTM3U\n#EXT-X-VERSION:3\n\x01\n" + target + "\n", "HLS"},
      {"<?xml version=\"1.0\"?>\n<!-- x -->\n<MPD type=\"static\"></MPD>", "DASH"},
      {"[playlist]\nFile1=" + target + "\n", "PLS"},
      {"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "SDP"},
      {"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"},
  };
  for (const auto& [text, kind] : scripts) {
    const auto result = probe_bytes(testing::bytes_of(text));
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code, base::Code::kInvalidArgument) << text;
    EXPECT_THAT(result.error().message, HasSubstr(kind)) << text;
    EXPECT_THAT(result.error().message, HasSubstr("not media")) << text;
    EXPECT_FALSE(VideoReader::open(*source_of(testing::bytes_of(text))).ok());
    EXPECT_FALSE(AudioReader::open(*source_of(testing::bytes_of(text))).ok());
  }
}

TEST(Probe, TruncatedMp4SaysSo) {
  Bytes whole = made("fast.mp4", kTest + "-c:v libx264 -movflags +faststart");
  Bytes front = whole;
  front.resize(front.size() * 3 / 4);
  EXPECT_THAT(error_of(front), HasSubstr("is truncated: it has "));
  EXPECT_FALSE(VideoReader::open(*source_of(front)).ok());
  Bytes back = slow_mp4();
  back.resize(back.size() * 3 / 4);
  EXPECT_THAT(error_of(back), HasSubstr("has no index"));
}

TEST(Probe, EveryTruncationEndsInAnAnswer) {
  for (const Bytes& whole : {av_mp4(), live_webm(), picture()}) {
    for (size_t n = 1; n < whole.size(); n += whole.size() / 23 + 1) {
      static_cast<void>(
          probe_bytes(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(n))));
    }
  }
}

// A source that fails: its own error comes out, not libav's.
class FailingSource final : public base::ByteSource {
 public:
  explicit FailingSource(Bytes bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset > 0) return base::Error{base::Code::kUnavailable, "the disk is gone"};
    const size_t n = std::min<size_t>(out.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), n, out.begin());
    return n;
  }

 private:
  Bytes bytes_;
};

TEST(Probe, AReadErrorIsReportedAsItIs) {
  // Longer than what is read at once.
  const FailingSource source(made("large.mp4", kTest + "-c:v libx264 -qp 4"));
  const auto result = probe(source);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, base::Code::kUnavailable);
  EXPECT_EQ(result.error().message, "the disk is gone");
}

}  // namespace
}  // namespace rushes::media
