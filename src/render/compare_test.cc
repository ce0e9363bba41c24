// Rendered files beside their timelines: the figures of every frame.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "qc/figures.h"
#include "render/testing/desk.h"

namespace rushes::render {
namespace {

constexpr const char* kTimeline = R"({
  "version": 1,
  "output": {"size": "160x120", "fps": 25, "video": {"preset": "ultrafast", "crf": 30}},
  "tracks": [
    [{"image": "a.png", "duration": 1, "motion": {"zoom": [1, 1.2]}},
     {"video": "b.mp4", "duration": 1, "transition": {"type": "fade", "duration": 0.4}}],
    [{"audio": "c.wav", "duration": "end", "loop": true}]
  ]})";
constexpr int64_t kFrames = 40;

class Compared : public Desk {
 protected:
  void SetUp() override {
    Desk::SetUp();
    ffmpeg("-f lavfi -i testsrc2=s=320x240 -frames:v 1 a.png");
    ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25 -t 2 -pix_fmt yuv420p b.mp4");
    ffmpeg("-f lavfi -i anoisesrc=d=0.7:c=pink:a=0.3 -ar 44100 c.wav");
    compile_and_render(kTimeline);
  }
  void compile_and_render(const std::string& timeline) {
    base::Status s = compile(timeline, {"a.png", "b.mp4", "c.wav"});
    ASSERT_TRUE(s.ok()) << s.error().message;
    s = render("out.mp4");
    ASSERT_TRUE(s.ok()) << s.error().message;
  }

  std::map<std::string, std::string> inputs(const std::string& output) const {
    auto all = program_inputs();
    all["output"] = path(output);
    return all;
  }
  base::Status compare(const std::string& output, const json& list, int64_t first = 0) {
    return run("compare", inputs(output), {}, {{"segments", list}, {"first", first}},
               compiled_["fonts"]);
  }
  std::string figures_text(size_t number) const {
    return read_file(path("objects/segment:" + std::to_string(number)));
  }
  qc::SegmentFigures figures(const std::string& output, const json& list) {
    const base::Status s = compare(output, list);
    EXPECT_TRUE(s.ok()) << s.error().message;
    auto read = qc::segment_from_json(json::parse(figures_text(0)));
    EXPECT_TRUE(read.ok());
    return read.ok() ? *read : qc::SegmentFigures{};
  }
  // Of a line a frame, the number after `name`.
  std::vector<double> numbers(const std::string& file, const std::string& name) const {
    std::vector<double> out;
    std::istringstream lines(read_file(path(file)));
    for (std::string line; std::getline(lines, line);) {
      const size_t at = line.find(name);
      if (at != std::string::npos) out.push_back(std::stod(line.substr(at + name.size())));
    }
    return out;
  }
};

// The numbers of FFmpeg's filters, of the same frames.
TEST_F(Compared, AsFfmpegDoes) {
  const qc::SegmentFigures found = figures("out.mp4", segments({0, kFrames}));
  ASSERT_EQ(found.frames.size(), static_cast<size_t>(kFrames));
  EXPECT_EQ(found.damaged, 0);
  EXPECT_EQ(found.error, "");
  std::string lossless = kTimeline;
  lossless.replace(lossless.find("\"crf\": 30"), 9, "\"lossless\": true");
  fs::rename(path("out.mp4"), path("lossy.mp4"));
  compile_and_render(lossless);
  ffmpeg("-i lossy.mp4 -i out.mp4 -lavfi ssim=stats_file=ssim.txt -f null -");
  ffmpeg("-i lossy.mp4 -i out.mp4 -lavfi psnr=stats_file=psnr.txt -f null -");
  const std::vector<double> ssim = numbers("ssim.txt", " Y:");
  ASSERT_EQ(ssim.size(), found.frames.size());
  const std::vector<std::vector<double>> mse = {
      numbers("psnr.txt", "mse_y:"), numbers("psnr.txt", "mse_u:"), numbers("psnr.txt", "mse_v:")};
  for (size_t i = 0; i < ssim.size(); ++i) {
    const qc::FrameFigures& f = found.frames[i];
    EXPECT_TRUE(f.fresh);
    const double ours =
        static_cast<double>(f.ssim) / static_cast<double>(found.windows() * qc::kSsimUnit);
    EXPECT_NEAR(ours, ssim[i], 2e-6) << "frame " << i;
    EXPECT_LT(ours, 0.9999);
    for (size_t plane = 0; plane < 3; ++plane) {
      const double samples = static_cast<double>(found.luma()) / (plane == 0 ? 1 : 4);
      EXPECT_NEAR(static_cast<double>(f.error[plane]) / samples, mse[plane][i], 0.0051);
    }
  }
  // And what was kept without loss is the same.
  for (const qc::FrameFigures& f : figures("out.mp4", segments({0, kFrames})).frames) {
    EXPECT_EQ(f.ssim, found.windows() * qc::kSsimUnit);
    EXPECT_EQ(f.error, (std::array<uint64_t, 3>{}));
    EXPECT_EQ(f.shift, (std::array<int64_t, 3>{}));
    EXPECT_LE(f.reference_moved, f.moved);
  }
}

TEST_F(Compared, FiguresAreTheSameForAnySplit) {
  // Intact, and with a keyframe and another frame that are damaged.
  std::string bytes = read_file(path("out.mp4"));
  const json packets = json::parse(
      output_of("ffprobe -v error -select_streams v -show_packets -of json out.mp4"))["packets"];
  for (const size_t at : {0U, 25U}) {
    const auto first = std::stoul(packets[at]["pos"].get<std::string>());
    const auto size = std::stoul(packets[at]["size"].get<std::string>());
    for (size_t i = size / 3; i < size; i += 40) bytes[first + i] ^= 0x55;
  }
  write("damaged.mp4", bytes);
  for (const std::string file : {"out.mp4", "damaged.mp4"}) {
    SCOPED_TRACE(file);
    const json list = segments({0, 17, 23, kFrames});
    ASSERT_TRUE(compare(file, list).ok());
    std::vector<std::string> whole;
    int64_t damaged = 0;
    for (size_t i = 0; i < 3; ++i) {
      whole.push_back(figures_text(i));
      const auto read = qc::segment_from_json(json::parse(whole.back()));
      ASSERT_TRUE(read.ok());
      damaged += read->damaged;
    }
    EXPECT_EQ(damaged > 0, file == "damaged.mp4");
    for (const size_t i : {2U, 0U, 1U}) {
      ASSERT_TRUE(compare(file, json::array({list[i]})).ok());
      EXPECT_EQ(figures_text(i), whole[i]) << "segment " << i;
    }
  }
}

TEST_F(Compared, FramesThatAreNotThereAreNotFresh) {
  ffmpeg(
      "-i out.mp4 -vf select='not(eq(n\\,30))' -fps_mode passthrough -c:v libx264 -crf 1 "
      "dropped.mp4");
  const qc::SegmentFigures found = figures("dropped.mp4", segments({0, kFrames}));
  ASSERT_EQ(found.frames.size(), static_cast<size_t>(kFrames));
  for (size_t i = 0; i < found.frames.size(); ++i) {
    EXPECT_EQ(found.frames[i].fresh, i != 30) << i;
    EXPECT_EQ(found.frames[i].moved == 0, i == 30) << i;
  }
}

TEST_F(Compared, WhatCannotBeReadIsSaid) {
  // The size changes in the middle.
  ffmpeg("-i out.mp4 -t 0.8 -c:v libx264 -bf 0 -an a.h264");
  ffmpeg("-i out.mp4 -ss 0.8 -vf scale=80:60 -c:v libx264 -bf 0 -an b.h264");
  write("two.h264", read_file(path("a.h264")) + read_file(path("b.h264")));
  ffmpeg("-r 25 -i two.h264 -c copy two.mp4");
  const qc::SegmentFigures found = figures("two.mp4", segments({0, kFrames}));
  EXPECT_EQ(found.frames.size(), 20U);
  EXPECT_THAT(found.error, testing::HasSubstr("80x60"));
}

TEST_F(Compared, SoundBesideItsMix) {
  ASSERT_TRUE(run("listen", inputs("out.mp4"), {}, {{"first", 0}, {"end", kFrames}}).ok());
  const auto sound = qc::sound_from_json(events_->found);
  ASSERT_TRUE(sound.ok());
  EXPECT_TRUE(sound->has_output && sound->has_reference);
  EXPECT_EQ(sound->reference_length, base::Rational(8, 5));
  EXPECT_LT(std::abs((sound->length - sound->reference_length).to_double()), 0.04);
  ASSERT_TRUE(sound->loudness.integrated_lufs && sound->reference_loudness.integrated_lufs);
  EXPECT_NEAR(*sound->loudness.integrated_lufs, *sound->reference_loudness.integrated_lufs, 0.3);
  ASSERT_TRUE(sound->offset_begin && sound->offset_end);
  EXPECT_EQ(sound->offset_begin->seconds, base::Rational(0));
  EXPECT_EQ(sound->offset_end->seconds, base::Rational(0));
  EXPECT_GT(*sound->seconds[0].match, 950);
}

TEST_F(Compared, PacketsAreInspected) {
  ASSERT_TRUE(run("inspect", {{"media", path("out.mp4")}}, {}, {{"fps", "25"}}).ok());
  const json& found = events_->found;
  EXPECT_EQ(found["timing"]["video"]["packets"], kFrames);
  EXPECT_EQ(found["timing"]["video"]["length"], "8/5");
  EXPECT_EQ(found["timing"]["video"]["gap_count"], 0);
  EXPECT_EQ(found["timing"]["video"]["keyframes"], 1);
  EXPECT_GT(found["timing"]["audio"]["bytes"], 1000);
}

}  // namespace
}  // namespace rushes::render
