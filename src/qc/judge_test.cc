// Verdicts and their reasons.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "qc/report.h"

namespace rushes::qc {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kFrames = 100;
constexpr int kWidth = 320, kHeight = 180;

struct Case {
  Plan plan;
  Inspected inspected;
  std::vector<SegmentFigures> segments;
  std::optional<SoundFigures> sound;
};

FrameFigures good_frame(const SegmentFigures& s) {
  const auto luma = static_cast<uint64_t>(s.luma());
  return {.ssim = s.windows() * kSsimUnit / 100 * 98,
          .error = {luma * 4, luma / 4, luma / 4},
          .moved = 5 * luma,
          .reference_moved = 5 * luma};
}

// A good output of four seconds, in two segments.
Case good() {
  Case c;
  c.plan = {.output = "/o.mp4",
            .against = "t.json",
            .width = kWidth,
            .height = kHeight,
            .fps = 25,
            .frames = kFrames,
            .audio = true,
            .target_lufs = -14.0,
            .true_peak_db = -1.0};
  InspectedVideo video{.codec = "h264",
                       .pixel_format = "yuv420p",
                       .width = kWidth,
                       .height = kHeight,
                       .sample_aspect = "1",
                       .matrix = "bt709",
                       .range = "tv"};
  video.timing = {.packets = kFrames,
                  .length = 4,
                  .bytes = 1000,
                  .bytes_of_second = {400, 200, 200, 200},
                  .keyframes = 2};
  c.inspected = {.container = "mp4", .video = video, .audio = InspectedAudio{.codec = "aac"}};
  for (const int64_t first : {0, 60}) {
    SegmentFigures s{
        .first = first, .end = first == 0 ? 60 : kFrames, .width = kWidth, .height = kHeight};
    s.frames.assign(static_cast<size_t>(s.end - s.first), good_frame(s));
    c.segments.push_back(s);
  }
  SoundFigures sound{
      .has_output = true, .has_reference = true, .sample_rate = 48000, .reference_rate = 48000};
  sound.length = sound.reference_length = 4;
  sound.loudness = sound.reference_loudness = {-14.1, -1.2, 3};
  sound.seconds.assign(4, SoundSecond{-2000, -2000, 990});
  sound.offset_begin = sound.offset_end = SoundOffset{0, 999};
  c.sound = sound;
  return c;
}

Report judged(const Case& c) {
  Pictures pictures(c.plan);
  for (const SegmentFigures& s : c.segments) pictures.add(s);
  pictures.finish();
  return judge(c.plan, {}, {c.inspected, pictures, c.sound});
}

std::vector<std::string> texts(const Report& report, Verdict severity) {
  std::vector<std::string> out;
  for (const Reason& r : report.reasons) {
    if (r.severity == severity) out.push_back(r.text);
  }
  return out;
}

TEST(Judge, WhatIsGoodPasses) {
  const Report report = judged(good());
  EXPECT_EQ(report.verdict, Verdict::kPass);
  EXPECT_THAT(report.reasons, IsEmpty());
  const json document = json_of(report);
  EXPECT_EQ(document["verdict"], "pass");
  EXPECT_EQ(document["frames"]["compared"], kFrames);
  EXPECT_EQ(document["picture"]["mean"]["ssim"], 0.98);
  EXPECT_EQ(document["picture"]["mean"]["psnr_y"], 42.11);
  EXPECT_EQ(document["seconds"].size(), 4U);
  EXPECT_EQ(document["video"]["bit_rate"]["most"], 3200);
  EXPECT_EQ(document["video"]["bit_rate"]["mean"], 2000);
}

struct Fault {
  std::string name;
  std::function<void(Case&)> make;
  Verdict severity;
  std::string text;
  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }
};

class Faults : public testing::TestWithParam<Fault> {};

// Each is found, and is the one thing that is found.
TEST_P(Faults, AreFound) {
  Case c = good();
  GetParam().make(c);
  const Report report = judged(c);
  EXPECT_EQ(report.verdict, GetParam().severity);
  EXPECT_THAT(texts(report, GetParam().severity), ElementsAre(HasSubstr(GetParam().text)));
  EXPECT_EQ(report.reasons.size(), 1U);
}

constexpr Verdict kFail = Verdict::kFail;
constexpr Verdict kWarn = Verdict::kWarn;

// All frames from 10 on, for so many.
void change(Case& c, size_t count, const std::function<void(FrameFigures&)>& f) {
  for (size_t i = 10; i < 10 + count; ++i) f(c.segments[0].frames[i]);
}

INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    testing::Values(
        Fault{"too_few", [](Case& c) { c.inspected.video->timing.packets = 99; }, kFail,
              "it has 99 frames, and should have 100"},
        Fault{"gap",
              [](Case& c) {
                c.inspected.video->timing.gap_count = 1;
                c.inspected.video->timing.gaps = {{30, Rational(31, 25), Rational(2, 25)}};
              },
              kFail, "first before frame 30"},
        Fault{"double", [](Case& c) { c.inspected.video->timing.double_count = 2; }, kFail,
              "2 frames come at the time of another"},
        Fault{"untimed", [](Case& c) { c.inspected.video->timing.untimed = 2; }, kWarn,
              "2 frames have no time"},
        Fault{"codec", [](Case& c) { c.inspected.video->codec = "hevc"; }, kWarn, "hevc"},
        Fault{"pixels", [](Case& c) { c.inspected.video->pixel_format = "yuv422p"; }, kWarn,
              "yuv422p"},
        Fault{"other_pixels", [](Case& c) { c.plan.pixel_format = "yuv422p10le"; }, kWarn,
              "its pixels are yuv420p, and should be yuv422p10le"},
        Fault{"turned", [](Case& c) { c.inspected.video->rotation = 90; }, kWarn, "90 degrees"},
        Fault{"matrix", [](Case& c) { c.inspected.video->matrix = "smpte170m"; }, kFail,
              "smpte170m"},
        Fault{"no_matrix", [](Case& c) { c.inspected.video->matrix = ""; }, kWarn, "guess"},
        Fault{"range", [](Case& c) { c.inspected.video->range = "pc"; }, kFail, "full range"},
        Fault{"damaged", [](Case& c) { c.segments[1].damaged = 3; }, kFail, "in 3 places"},
        Fault{"unreadable",
              [](Case& c) {
                c.segments[1].frames.resize(5);
                c.segments[1].error = "no way";
              },
              kFail, "from frame 65 on it cannot be decoded: no way"},
        Fault{"missing", [](Case& c) { change(c, 1, [](auto& f) { f.fresh = false; }); }, kFail,
              "1 frames are not there, first frame 10"},
        Fault{"repeated", [](Case& c) { change(c, 2, [](auto& f) { f.moved = 0; }); }, kFail,
              "2 frames repeat the one before"},
        Fault{"frozen", [](Case& c) { change(c, 25, [](auto& f) { f.moved = 0; }); }, kFail,
              "it is frozen for 1.00 s"},
        Fault{"black",
              [](Case& c) { change(c, 20, [](auto& f) { f.dark = uint64_t{kWidth} * kHeight; }); },
              kFail, "it is black for 0.80 s"},
        Fault{"unlike", [](Case& c) { change(c, 40, [](auto& f) { f.ssim /= 2; }); }, kFail,
              "SSIM of its worst second"},
        Fault{"noisy", [](Case& c) { change(c, 40, [](auto& f) { f.error[0] *= 200; }); }, kFail,
              "PSNR of luma"},
        Fault{"colorful", [](Case& c) { change(c, 40, [](auto& f) { f.error[2] *= 40; }); }, kWarn,
              "PSNR of red chroma"},
        Fault{"bright",
              [](Case& c) {
                change(c, 40, [](auto& f) { f.shift[0] = 4 * int64_t{kWidth} * kHeight; });
              },
              kFail, "its brightness is off by +4.0"},
        Fault{"tinted",
              [](Case& c) {
                change(c, 40, [](auto& f) { f.shift[1] = -int64_t{kWidth} * kHeight / 2; });
              },
              kWarn, "its blue chroma is off by -2.0"},
        Fault{"another_grid", [](Case& c) { c.segments[0].chroma = false; }, kWarn, "grid"},
        Fault{"mute", [](Case& c) { c.sound->has_output = false; }, kFail, "it has no sound"},
        Fault{"sound_rate", [](Case& c) { c.sound->sample_rate = 44100; }, kWarn, "44100"},
        Fault{"short_sound", [](Case& c) { c.sound->length = 3; }, kFail, "1.00 s shorter"},
        Fault{"late",
              [](Case& c) {
                c.sound->offset_end = SoundOffset{Rational(1, 10), 900};
              },
              kFail, "where it ends, its sound is 100.0 ms late"},
        Fault{"early",
              [](Case& c) {
                c.sound->offset_begin = SoundOffset{Rational(-1, 50), 900};
              },
              kWarn, "where it begins, its sound is 20.0 ms early"},
        Fault{"other_sound", [](Case& c) { c.sound->seconds[2].match = 40; }, kFail,
              "another sound is heard in 1 seconds"},
        Fault{"silent",
              [](Case& c) {
                c.sound->silent = {{5, 15, false}};
              },
              kFail, "it is silent for 1.00 s"},
        Fault{"loud",
              [](Case& c) {
                c.sound->loudness.integrated_lufs = -12.5;
                c.plan.target_lufs.reset();
              },
              kFail, "is -12.5 LUFS, and should be -14.1"},
        Fault{"off_target",
              [](Case& c) {
                c.sound->loudness.integrated_lufs = c.sound->reference_loudness.integrated_lufs =
                    -15;
              },
              kWarn, "its loudness is -15.0 LUFS, its target -14.0"},
        Fault{"peak", [](Case& c) { c.sound->loudness.true_peak_db = 0.5; }, kWarn, "0.5 dBTP"},
        Fault{"clipped", [](Case& c) { c.sound->clipped = 9; }, kWarn, "9 samples"},
        Fault{"damaged_sound", [](Case& c) { c.sound->damaged = 1; }, kFail,
              "its sound is damaged"}),
    [](const auto& fault) { return fault.param.name; });

TEST(Judge, WhatTheReferenceHasTooIsNoFault) {
  Case c = good();
  for (FrameFigures& f : c.segments[0].frames) {
    f.dark = f.reference_dark = uint64_t{kWidth} * kHeight;
    f.moved = f.reference_moved = 0;
  }
  c.sound->silent = {{0, 24, true}};
  c.sound->clipped = c.sound->reference_clipped = 5;
  const Report report = judged(c);
  EXPECT_EQ(report.verdict, Verdict::kPass);
  EXPECT_EQ(report.stretches.size(), 3U);
  EXPECT_EQ(json_of(report)["stretches"][0],
            (json{{"kind", "black"}, {"from", 0.0}, {"to", 2.4}, {"in_reference", true}}));
}

TEST(Judge, ChromaOfAPlannedGridIsNotMissed) {
  Case c = good();
  c.plan.pixel_format = c.inspected.video->pixel_format = "yuv422p10le";
  for (auto& s : c.segments) s.chroma = false;
  EXPECT_EQ(judged(c).verdict, Verdict::kPass);
}

TEST(Judge, RedGreenAndBlueHaveNoMatrix) {
  Case c = good();
  c.plan.pixel_format = c.inspected.video->pixel_format = "bgra";
  c.inspected.video->matrix = "gbr";
  c.inspected.video->range = "pc";
  for (auto& s : c.segments) s.chroma = false;
  EXPECT_EQ(judged(c).verdict, Verdict::kPass);
}

TEST(Judge, SoundAloneHasNoPictureToMiss) {
  Case c = good();
  c.plan.pixel_format.clear();
  EXPECT_EQ(judged(c).verdict, Verdict::kFail) << "there is one";
  c.inspected.video.reset();
  c.segments.clear();
  EXPECT_EQ(judged(c).verdict, Verdict::kPass);
  c.sound->has_output = false;
  EXPECT_EQ(judged(c).verdict, Verdict::kFail);
  c = good();
  c.inspected.video.reset();
  c.segments.clear();
  EXPECT_EQ(judged(c).verdict, Verdict::kFail);
}

TEST(Judge, OfAnotherSizeNothingIsCompared) {
  Case c = good();
  c.inspected.video->width = 160;
  const Report report = judge(c.plan, {}, {c.inspected, std::nullopt, c.sound});
  EXPECT_THAT(texts(report, kFail), ElementsAre(HasSubstr("it is 160x180")));
  EXPECT_TRUE(json_of(report)["picture"].is_null());
}

TEST(Judge, WithoutVideo) {
  Case c = good();
  c.inspected.video.reset();
  EXPECT_EQ(judge(c.plan, {}, {c.inspected, std::nullopt, std::nullopt}).verdict, kFail);
}

// Whoever asks for less is not told that it is less.
TEST(Judge, WhatWasAskedForIsWhatItIsMeasuredBy) {
  Case c = good();
  for (SegmentFigures& s : c.segments) {
    const auto luma = static_cast<uint64_t>(s.luma());
    for (FrameFigures& frame : s.frames) {
      frame.ssim = s.windows() * kSsimUnit / 100 * 90;
      // 22 dB of luma, 28 of chroma.
      frame.error = {luma * 410, luma / 4 * 100, luma / 4 * 100};
    }
  }
  EXPECT_EQ(judged(c).verdict, kFail);
  c.plan.asked_ssim = 0.9;
  EXPECT_THAT(judged(c).reasons, IsEmpty());
  c.plan.asked_ssim = 0.98;
  EXPECT_EQ(judged(c).verdict, kFail);
  c.plan.asked_ssim = 0.91;
  const Report nearly = judged(c);
  EXPECT_EQ(nearly.verdict, kWarn);
  ASSERT_EQ(nearly.reasons.size(), 1U);
  EXPECT_THAT(nearly.reasons[0].text, HasSubstr("SSIM of the whole is 0.9000, and 0.91 was asked"));
  // What is said of the verification itself holds.
  c.plan.asked_ssim = 0.9;
  Pictures pictures(c.plan);
  for (const SegmentFigures& s : c.segments) pictures.add(s);
  pictures.finish();
  EXPECT_EQ(judge(c.plan, {.least_ssim = 0.95}, {c.inspected, pictures, c.sound}).verdict, kFail);
}

TEST(Judge, TheLimitOfSsimIsGiven) {
  const Case c = good();
  Pictures pictures(c.plan);
  for (const SegmentFigures& s : c.segments) pictures.add(s);
  pictures.finish();
  EXPECT_EQ(judge(c.plan, {.least_ssim = 0.985}, {c.inspected, pictures, c.sound}).verdict, kFail);
  EXPECT_EQ(judge(c.plan, {.least_ssim = 0.97}, {c.inspected, pictures, c.sound}).verdict,
            Verdict::kPass);
}

}  // namespace
}  // namespace rushes::qc
