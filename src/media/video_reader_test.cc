#include "media/video_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <sstream>
#include <string>

#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using ::testing::HasSubstr;
using testing::made;
using testing::pixels_of;
using testing::source_of;

// How a test video is made, and what must come out of it.
struct Case {
  const char* name;
  std::string arguments;
  const char* pixels;  // ffmpeg's name, for comparison with its own decoding; null: no comparison
  bool luma_only = false;
  // Made first, if not empty, as base_<name>; arguments then read it.
  std::string base = "";
};

const std::string kSource = "-f lavfi -i testsrc2=s=128x96:r=25:d=2.4 ";
// Uneven gaps between frames.
const std::string kUneven =
    "-vf \"select='not(mod(n,2))+not(mod(n,7))+gt(mod(n,23),17)'\" -vsync vfr ";

std::vector<Case> cases() {
  const std::string x264 = "-c:v libx264 -preset fast -pix_fmt yuv420p ";
  return {
      {"bframes.mp4", kSource + x264 + "-g 25 -bf 3", "yuv420p"},
      {"bframes.mkv", kSource + x264 + "-g 25 -bf 3", "yuv420p"},
      {"bframes.ts", kSource + x264 + "-g 25 -bf 3", "yuv420p"},
      {"open_gop.mp4", kSource + x264 + "-x264-params open-gop=1:keyint=12:bframes=3", "yuv420p"},
      {"vfr.mp4", kSource + kUneven + x264 + "-g 12", "yuv420p"},
      {"vfr.webm", kSource + kUneven + "-c:v libvpx -b:v 300k -cpu-used 8 -g 12", "yuv420p"},
      {"late.mp4", kSource + x264 + "-g 12 -output_ts_offset 3.7", "yuv420p"},
      {"hevc.mp4",
       kSource + "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params "
                 "log-level=none:keyint=15:bframes=3:open-gop=1",
       "yuv420p10le"},
      {"full.mp4", kSource + "-c:v libx264 -preset fast -pix_fmt yuvj420p -g 12", "yuvj420p"},
      {"mpeg4.mp4", kSource + "-c:v mpeg4 -bf 2 -g 12 -q:v 3", "yuv420p"},
      {"mpeg4.avi", kSource + "-c:v mpeg4 -bf 2 -g 12 -q:v 3", "yuv420p"},
      {"mpeg2.mpg", kSource + "-c:v mpeg2video -bf 2 -g 12 -q:v 3", "yuv420p"},
      {"prores.mov", kSource + "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le", nullptr},
      {"gif.gif", kSource + "-r 10", nullptr},
      {"turned.mp4", "-i FOLDER/base_turned.mp4 -c copy -metadata:s:v rotate=270", "yuv420p", true,
       kSource + x264 + "-g 12"},
      {"cut.mp4", "-ss 0.9 -i FOLDER/base_cut.mp4 -c copy", "yuv420p", false,
       kSource + x264 + "-g 60 -bf 2"},
  };
}

Bytes make(const Case& c) {
  const auto placed = [](std::string text) {
    const size_t at = text.find("FOLDER");
    if (at != std::string::npos) text.replace(at, 6, testing::folder());
    return text;
  };
  if (!c.base.empty()) made("base_" + std::string(c.name), c.base);
  return made(c.name, placed(c.arguments));
}

Case case_named(const std::string& name) {
  const auto all = cases();
  return *std::find_if(all.begin(), all.end(), [&](const Case& c) { return c.name == name; });
}

// Start times of the frames that ffmpeg shows, since the first one, in seconds.
std::vector<Rational> times_of(const std::string& path) {
  const std::string out = testing::output_of(
      "ffmpeg -v error -copyts -i " + path +
      " -map 0:v:0 -vsync passthrough -enc_time_base -1 -f framemd5 - | grep -v '^#' ; "
      "ffprobe -v error -select_streams v:0 -show_entries stream=time_base -of csv=p=0 " +
      path);
  std::istringstream lines(out);
  std::string line;
  std::vector<int64_t> pts;
  std::string unit;
  while (std::getline(lines, line)) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    std::string part;
    while (std::getline(parts, part, ',')) fields.push_back(part);
    if (fields.size() > 3) pts.push_back(std::stoll(fields[2]));
    if (fields.size() == 1) unit = fields[0];
  }
  std::vector<Rational> times;
  const Rational tick = *Rational::parse(unit);
  for (const int64_t p : pts) times.push_back(Rational(p - pts[0]) * tick);
  return times;
}

class Videos : public ::testing::TestWithParam<std::string> {};

TEST_P(Videos, EveryFrameIsTheSameInOrderAndAtRandom) {
  const Case c = case_named(GetParam());
  const auto source = source_of(make(c));
  ASSERT_OK_AND_ASSIGN(const auto in_order, VideoReader::open(*source));
  // Steps much finer than frames, past both ends.
  const Rational step(1, 97);
  std::vector<std::string> shown;
  for (Rational t = -step; t < in_order->duration() + step * 3; t += step) {
    ASSERT_OK_AND_ASSIGN(const frame::Frame f, in_order->frame_at(t));
    shown.push_back(pixels_of(f));
  }
  EXPECT_EQ(in_order->damaged(), 0);
  EXPECT_THAT(in_order->warnings(), ::testing::IsEmpty());
  std::vector<size_t> order(shown.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  ASSERT_OK_AND_ASSIGN(const auto at_random, VideoReader::open(*source, {.threads = 2}));
  for (const size_t i : order) {
    ASSERT_OK_AND_ASSIGN(const frame::Frame f,
                         at_random->frame_at(step * Rational(static_cast<int64_t>(i) - 1)));
    ASSERT_TRUE(pixels_of(f) == shown[i]) << "at " << i << " steps";
  }
  for (size_t i = shown.size(); i-- > 0;) {
    ASSERT_OK_AND_ASSIGN(const frame::Frame f,
                         in_order->frame_at(step * Rational(static_cast<int64_t>(i) - 1)));
    ASSERT_TRUE(pixels_of(f) == shown[i]) << "backwards, at " << i << " steps";
  }
}

TEST_P(Videos, FramesAndTimesAreThoseThatFfmpegShows) {
  const Case c = case_named(GetParam());
  if (c.pixels == nullptr) return;
  const auto source = source_of(make(c));
  const std::string path = testing::folder() + "/" + c.name;
  const std::vector<Rational> times = times_of(path);
  const std::string raw =
      testing::output_of("ffmpeg -v error -i " + path +
                         " -map 0:v:0 -vsync passthrough -f rawvideo -pix_fmt " + c.pixels + " -");
  ASSERT_GT(times.size(), 20U);
  ASSERT_EQ(raw.size() % times.size(), 0U);
  const size_t size = raw.size() / times.size();
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  for (size_t i = 0; i < times.size(); ++i) {
    const Rational next = i + 1 < times.size() ? times[i + 1] : times[i] + Rational(1, 100);
    // At the frame's first moment, and just before the next one's.
    for (const Rational& t : {times[i], next - Rational(1, 1000000)}) {
      ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(t));
      const std::string pixels = pixels_of(f);
      const size_t n = c.luma_only ? static_cast<size_t>(f.width()) * size_t(f.height()) : size;
      ASSERT_TRUE(pixels.substr(0, n) == raw.substr(i * size, n)) << "frame " << i;
    }
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Case& c : cases()) all.emplace_back(c.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, Videos, ::testing::ValuesIn(names()), [](const auto& c) {
  std::string name = c.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(VideoReader, DurationIsFromFirstFrameToEnd) {
  for (const char* name : {"bframes.mp4", "bframes.mkv", "bframes.ts", "late.mp4"}) {
    const auto source = source_of(make(case_named(name)));
    ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
    EXPECT_EQ(reader->duration(), Rational(12, 5)) << name;
  }
}

TEST(VideoReader, TheSameFrameIsTheSameHandle) {
  const auto source = source_of(make(case_named("bframes.mp4")));
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  ASSERT_OK_AND_ASSIGN(const frame::Frame a, reader->frame_at(Rational(1, 2)));
  ASSERT_OK_AND_ASSIGN(const frame::Frame b, reader->frame_at(Rational(51, 100)));
  ASSERT_OK_AND_ASSIGN(const frame::Frame c, reader->frame_at(Rational(53, 100)));
  EXPECT_EQ(a, b);
  EXPECT_NE(a.identity(), c.identity());
}

TEST(VideoReader, FramesOutliveTheReader) {
  frame::Frame kept;
  {
    const auto source = source_of(make(case_named("bframes.mp4")));
    ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
    ASSERT_OK_AND_ASSIGN(kept, reader->frame_at(1));
  }
  EXPECT_EQ(pixels_of(kept).size(), size_t{128 * 96 * 3 / 2});
}

TEST(VideoReader, RotationAndDescription) {
  const auto source = source_of(make(case_named("turned.mp4")));
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  EXPECT_EQ(reader->info().video.orientation.rotation, 90);
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(0));
  EXPECT_EQ(f.width(), 96);
  EXPECT_EQ(f.height(), 128);
  EXPECT_EQ(f.format(), reader->info().video.format);
  EXPECT_EQ(f.format().matrix, frame::Matrix::kBt601);
  EXPECT_EQ(f.format().site, frame::ChromaSite::kCenter);
  const auto full = source_of(make(case_named("full.mp4")));
  ASSERT_OK_AND_ASSIGN(const auto full_reader, VideoReader::open(*full));
  EXPECT_EQ(full_reader->info().video.format.range, frame::Range::kFull);
}

TEST(VideoReader, AlphaOfVp8AndVp9) {
  for (const std::string codec : {"libvpx", "libvpx-vp9"}) {
    const Bytes bytes =
        made(codec + ".webm",
             "-f lavfi -i testsrc2=s=64x48:r=10:d=2,format=yuva420p,colorchannelmixer=aa=0.25 "
             "-auto-alt-ref 0 -cpu-used 8 -b:v 300k -g 5 -pix_fmt yuva420p -c:v " +
                 codec);
    const auto source = source_of(bytes);
    ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
    EXPECT_TRUE(reader->info().video.alpha);
    std::vector<std::string> shown;
    for (int i = 0; i < 20; ++i) {
      ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(i, 10)));
      ASSERT_TRUE(f.format().alpha);
      EXPECT_NEAR(f.alpha().row(20)[20], 64, 4);
      shown.push_back(pixels_of(f));
    }
    for (const int i : {17, 3, 12, 0, 19, 8}) {
      ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(i, 10)));
      EXPECT_TRUE(pixels_of(f) == shown[static_cast<size_t>(i)]) << codec << " " << i;
    }
    ASSERT_OK_AND_ASSIGN(const auto opaque, VideoReader::open(*source, {.want_alpha = false}));
    ASSERT_OK_AND_ASSIGN(const frame::Frame f, opaque->frame_at(0));
    EXPECT_FALSE(f.format().alpha);
  }
}

TEST(VideoReader, HdrIsToldNotHidden) {
  const auto source =
      source_of(made("hlg.mp4",
                     "-f lavfi -i testsrc2=s=64x64:d=0.2 -c:v libx265 -pix_fmt yuv420p10le "
                     "-x265-params log-level=none -color_trc arib-std-b67 -colorspace bt2020nc "
                     "-color_primaries bt2020"));
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  EXPECT_TRUE(reader->info().video.hdr);
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(0));
  EXPECT_EQ(f.format().transfer, frame::Transfer::kHlg);
}

TEST(VideoReader, InterlacedIsTold) {
  const auto source =
      source_of(made("tff.mp4",
                     "-f lavfi -i testsrc2=s=64x64:d=0.4 -c:v libx264 -pix_fmt yuv420p "
                     "-flags +ildct+ilme -x264-params tff=1"));
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  EXPECT_TRUE(reader->info().video.interlaced);
}

TEST(VideoReader, DamageIsCountedAndSurvived) {
  Bytes bytes = make(case_named("bframes.mkv"));
  for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + 3000 && i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(i * 31);
  }
  const auto source = source_of(bytes);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(reader->frame_at(Rational(i, 25)).ok());
  EXPECT_GT(reader->damaged(), 0);
  EXPECT_FALSE(reader->warnings().empty());
}

TEST(VideoReader, AStreamThatEndsEarlySaysSo) {
  Bytes bytes = make(case_named("bframes.mkv"));
  bytes.resize(bytes.size() / 4);
  const auto source = source_of(bytes);
  const auto reader = VideoReader::open(*source);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  ASSERT_TRUE((*reader)->frame_at(100).ok());
  EXPECT_GT((*reader)->damaged() + static_cast<int64_t>((*reader)->warnings().size()), 0);
}

TEST(VideoReader, ErrorsAreClear) {
  const auto sound = source_of(made("only.wav", "-f lavfi -i sine=d=0.1"));
  const auto no_video = VideoReader::open(*sound);
  ASSERT_FALSE(no_video.ok());
  EXPECT_EQ(no_video.error().message, "has no video");
  const auto source = source_of(make(case_named("bframes.mp4")));
  EXPECT_THAT(VideoReader::open(*source, {.stream = 3}).error().message,
              HasSubstr("no video stream 3 (has 1)"));
  EXPECT_THAT(VideoReader::open(*source, {.max_pixels = 1000}).error().message,
              HasSubstr("128x96"));
  const auto picture = source_of(made("p.png", "-f lavfi -i testsrc2=s=16x16 -frames:v 1"));
  EXPECT_THAT(VideoReader::open(*picture).error().message, HasSubstr("picture"));
}

// Fails while `down`.
class FlakySource final : public base::ByteSource {
 public:
  explicit FlakySource(Bytes bytes) : whole_(base::memory_source(std::move(bytes))) {}
  uint64_t size() const override { return whole_->size(); }
  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (down) return base::Error{base::Code::kUnavailable, "the disk is gone"};
    return whole_->read_at(offset, out);
  }
  bool down = false;

 private:
  std::unique_ptr<base::ByteSource> whole_;
};

TEST(VideoReader, AfterAReadErrorFramesAreRightOrErrors) {
  // More than is read ahead.
  const Bytes bytes = made("large.mp4",
                           "-f lavfi -i testsrc2=s=320x240:r=25:d=3 -c:v libx264 "
                           "-preset ultrafast -qp 3 -g 10 -pix_fmt yuv420p");
  const auto good = source_of(bytes);
  ASSERT_OK_AND_ASSIGN(const auto expected, VideoReader::open(*good));
  FlakySource source(bytes);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(source));
  source.down = true;
  const auto failed = reader->frame_at(2);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "the disk is gone");
  source.down = false;
  for (const int i : {50, 51, 3, 70}) {
    const auto f = reader->frame_at(Rational(i, 25));
    ASSERT_TRUE(f.ok()) << f.error().message;
    EXPECT_TRUE(pixels_of(*f) == pixels_of(*expected->frame_at(Rational(i, 25)))) << i;
  }
}

TEST(VideoReader, HostileBytesEndInAnAnswer) {
  const Bytes whole = make(case_named("bframes.mp4"));
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    Bytes bytes = whole;
    for (int i = 0; i < 20; ++i) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    // The index stands at the end: where most of the damage is to be.
    for (int i = 0; i < 3; ++i) {
      bytes[bytes.size() - 1 - random() % 2000] = static_cast<std::byte>(random());
    }
    const auto source = source_of(std::move(bytes));
    const auto reader = VideoReader::open(*source);
    if (!reader.ok()) continue;
    for (const int i : {0, 50, 20, 59, 100})
      static_cast<void>((*reader)->frame_at(Rational(i, 25)));
  }
}

}  // namespace
}  // namespace rushes::media
