// Presets, the timelines that are made of them, and the names of outputs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "ladder.h"
#include "numbers.h"
#include "output_template.h"
#include "preset.h"
#include "schema/schemas.h"
#include "timeline_file.h"
#include "transcode_timeline.h"

namespace rushes::app {
namespace {

using base::Rational;
using nlohmann::json;
using testing::HasSubstr;

json video(int width, int height, const std::string& fps, const std::string& duration) {
  return {{"duration", duration},
          {"streams",
           {{{"kind", "audio"}},
            {{"kind", "video"}, {"attached_picture", true}, {"display_width", 9}},
            {{"kind", "video"},
             {"display_width", width},
             {"display_height", height},
             {"frame_rate", fps},
             {"duration", duration}}}}};
}

json document_of(const json& preset, const std::vector<RecordedChapter>& chapters,
                 const TranscodeSpan& span = {}) {
  const auto made = transcode_timeline(preset, chapters, span);
  EXPECT_TRUE(made.ok());
  return made.ok() ? made->document : json();
}

std::string size_of(const json& preset, int width, int height) {
  return document_of(preset, {{"/a.mp4", video(width, height, "30", "2")}})["output"]["size"];
}

TEST(TranscodeTimeline, SizesKeepTheirShapeAndAreEven) {
  const json full_hd = {{"lines", 1080}};
  EXPECT_EQ(size_of(full_hd, 3840, 2160), "1920x1080");
  EXPECT_EQ(size_of(full_hd, 2160, 3840), "1080x1920");
  EXPECT_EQ(size_of(full_hd, 5312, 2988), "1920x1080");
  EXPECT_EQ(size_of(full_hd, 640, 360), "640x360");
  EXPECT_EQ(size_of(full_hd, 641, 361), "642x362");
  EXPECT_EQ(size_of({{"lines", 720}}, 1024, 750), "984x720");
  EXPECT_EQ(size_of(json::object(), 4096, 2160), "4096x2160");
  EXPECT_EQ(size_of({{"size", "vertical"}}, 4096, 2160), "vertical");
}

TEST(TranscodeTimeline, RatesAreKeptOrDivided) {
  const auto fps = [](const json& preset, const std::string& of) -> std::string {
    return document_of(preset, {{"/a.mp4", video(640, 360, of, "2")}})["output"]["fps"];
  };
  EXPECT_EQ(fps(json::object(), "30000/1001"), "30000/1001");
  EXPECT_EQ(fps({{"max_fps", 30}}, "60"), "30");
  EXPECT_EQ(fps({{"max_fps", 30}}, "60000/1001"), "30000/1001");
  EXPECT_EQ(fps({{"max_fps", 30}}, "50"), "25");
  EXPECT_EQ(fps({{"max_fps", 29.97}}, "30"), "15");
  EXPECT_EQ(fps(json::object(), "1000"), "200");
  EXPECT_EQ(fps(json::object(), "0"), "30");
}

TEST(TranscodeTimeline, SpansGoByTheClockOfTheCamera) {
  json info = video(640, 360, "30", "20");
  const auto clip = [&](int64_t from, int64_t to) {
    TranscodeSpan span;
    span.from.emplace().clock = base::Rational(from);
    span.to.emplace().clock = base::Rational(to);
    const auto made = transcode_timeline(json::object(), {{"/a.mp4", info}}, span);
    return made.ok() ? made->document["tracks"][0][0] : json(made.error().message);
  };
  EXPECT_THAT(clip(5, 9).dump(), HasSubstr("does not say when"));
  info["creation_time"] = "1970-01-01T00:01:40.500000Z";
  EXPECT_EQ(clip(105, 110)["trim"]["start"], 4.5);
  EXPECT_EQ(clip(105, 110)["duration"], 5.0);
  EXPECT_FALSE(clip(50, 110).contains("trim"));
  EXPECT_EQ(clip(50, 110)["duration"], 9.5);
  EXPECT_FALSE(clip(105, 500).contains("duration") && clip(105, 500)["duration"] != 15.5);
  EXPECT_THAT(clip(50, 60).dump(), HasSubstr("nothing lies between"));
}

TEST(Ladder, LinesAreThoseOfThePresetOrAlone) {
  auto preset = load_preset("ladder", {});
  ASSERT_TRUE(preset.ok());
  EXPECT_TRUE(is_ladder(*preset));
  const json usual = preset->document["renditions"];
  ASSERT_TRUE(set_ladder(*preset, kUsualLadder).ok());
  EXPECT_EQ(preset->document["renditions"], usual);
  ASSERT_TRUE(set_ladder(*preset, "2160,720p").ok());
  EXPECT_EQ(preset->document["renditions"], json({{{"lines", 2160}}, usual[1]}));
  EXPECT_EQ(preset->document["lines"], 2160);
}

TEST(Ladder, OfAnotherPresetItHasTheUsualLines) {
  auto preset = load_preset("720p-h264", {});
  ASSERT_TRUE(preset.ok());
  EXPECT_FALSE(is_ladder(*preset));
  ASSERT_TRUE(set_ladder(*preset, kUsualLadder).ok());
  EXPECT_EQ(preset->document["renditions"],
            json({{{"lines", 720}}, {{"lines", 480}}, {{"lines", 360}}}));
  EXPECT_EQ(preset->document["lines"], 720);
}

TEST(Ladder, WhatIsNoListOfLinesIsAnError) {
  auto preset = load_preset("ladder", {});
  ASSERT_TRUE(preset.ok());
  for (const char* text : {"", "720,", ",720", "720,720", "8", "720;480", "high", "-720", "20000",
                           "16,17,18,19,20,21,22,23,24,25,26,27,28"}) {
    const auto set = set_ladder(*preset, text);
    ASSERT_FALSE(set.ok()) << text;
    EXPECT_EQ(set.error().number, kUsage);
  }
}

// Segments side by side fill the cores, unless the preset says otherwise.
TEST(TranscodeTimeline, EncodersHaveOneThread) {
  const auto threads = [](const json& preset) {
    return document_of(preset,
                       {{"/a.mp4", video(640, 360, "30", "2")}})["output"]["video"]["threads"];
  };
  EXPECT_EQ(threads(json::object()), 1);
  EXPECT_EQ(threads({{"video", {{"crf", 20}}}}), 1);
  EXPECT_EQ(threads({{"video", {{"threads", 4}}}}), 4);
}

json pace(const std::string& fps, int left_out, int repeated) {
  return {{"fps", fps}, {"pictures", 1000}, {"left_out", left_out}, {"repeated", repeated}};
}

TEST(TranscodeTimeline, OfVaryingRatesTheLowestThatShowsAllIsChosen) {
  json info = video(640, 360, "2983/100", "2");
  const auto made = [&](const json& paces, const json& preset = json::object()) {
    info["streams"][2]["paces"] = paces;
    const auto timeline = transcode_timeline(preset, {{"/a.mp4", info}, {"/b.mp4", info}}, {});
    EXPECT_TRUE(timeline.ok());
    EXPECT_EQ(timeline->warnings.size(), 1U);
    const auto fps = timeline->document["output"]["fps"].get<std::string>();
    return fps + " " + timeline->warnings.at(0);
  };
  const json burst = {pace("25", 400, 50), pace("30", 310, 90), pace("60", 9, 120),
                      pace("120", 0, 700)};
  EXPECT_THAT(made(burst), HasSubstr("60 frames come at varying times, 29.830 a second"));
  EXPECT_THAT(made(burst), HasSubstr("of 2000 pictures 18 are left out, 240 repeated"));
  EXPECT_THAT(made(burst, {{"max_fps", 30}}), HasSubstr("30 frames come"));
  EXPECT_THAT(made(burst, {{"max_fps", 30}}), HasSubstr("one in 2 of 60, as \"max_fps\" is 30"));
  // Of two that are nearly one rate the better.
  const json thirty = {pace("24", 200, 9), pace("30000/1001", 1, 9), pace("30", 0, 9)};
  EXPECT_THAT(made(thirty), testing::StartsWith("30 "));
  const json ntsc = {pace("24", 200, 9), pace("30000/1001", 0, 9), pace("30", 0, 10)};
  EXPECT_THAT(made(ntsc), testing::StartsWith("30000/1001 "));
}

TEST(TranscodeTimeline, ClipsAreChaptersWithinTheSpan) {
  // 60, 30 and 60 frames.
  const std::vector<RecordedChapter> chapters = {
      {"/1.mp4", video(640, 360, "30000/1001", "1001/500")},
      {"/2.mp4", video(640, 360, "30000/1001", "1001/1000")},
      {"/3.mp4", video(640, 360, "30000/1001", "1001/500")}};
  json clips = document_of(json::object(), chapters)["tracks"][0];
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_EQ(clips[2], (json{{"video", "{{chapter2}}"}, {"fit", "fill"}}));

  clips =
      document_of(json::object(), chapters, {.from = {{{}, 70}}, .to = {{{}, 100}}})["tracks"][0];
  ASSERT_EQ(clips.size(), 2U);
  // 10 * 1001/30000 is 0.33366..., never before the frame; the end never after it.
  EXPECT_EQ(clips[0]["trim"]["start"].dump(), "0.333666667");
  EXPECT_EQ(clips[0]["duration"].dump(), "0.667333333");
  EXPECT_FALSE(clips[1].contains("trim"));
  EXPECT_EQ(clips[1]["duration"].dump(), "0.333666666");

  // By seconds: the frame that is shown then.
  clips =
      document_of(json::object(), chapters, {.from = {{Rational(1), 0}}, .to = {}})["tracks"][0];
  EXPECT_EQ(clips[0]["trim"]["start"].dump(), "0.967633334");

  EXPECT_FALSE(transcode_timeline(json::object(), chapters, {.from = {{{}, 150}}, .to = {}}).ok());
  EXPECT_FALSE(
      transcode_timeline(json::object(), chapters, {.from = {{{}, 5}}, .to = {{{}, 5}}}).ok());
}

TEST(TranscodeTimeline, ChaptersThatDifferAreNoRecording) {
  const auto made = transcode_timeline(
      json::object(),
      {{"/1.mp4", video(640, 360, "30", "1")}, {"/2.mp4", video(640, 480, "30", "1")}}, {});
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, HasSubstr("\"2.mp4\" is 640x480"));
  EXPECT_FALSE(
      transcode_timeline(json::object(), {{"/1.wav", {{"streams", {{{"kind", "audio"}}}}}}}, {})
          .ok());
}

TEST(Preset, AllThatAreBuiltInAreRight) {
  EXPECT_FALSE(schema::preset_names().empty());
  for (const std::string_view name : schema::preset_names()) {
    const auto preset = load_preset(std::string(name), {});
    ASSERT_TRUE(preset.ok()) << name;
    EXPECT_TRUE(preset->diagnostics.empty()) << name;
    // And what they say of the output is right in a timeline.
    const json timeline =
        document_of(preset->document, {{"/a.mp4", video(3840, 2160, "60000/1001", "2")}});
    const TimelineFile read = timeline_of(timeline.dump(), "made", "/");
    EXPECT_TRUE(read.loaded.ok()) << name;
    EXPECT_THAT(read.sources, testing::ElementsAre("/a.mp4"));
  }
}

TEST(Preset, FieldsAreSet) {
  const auto preset = load_preset(
      "web", {"video.crf=30", "video.maxrate=null", "audio=false", "note=ten = 10", "lines=480"});
  ASSERT_TRUE(preset.ok());
  EXPECT_TRUE(preset->diagnostics.empty());
  EXPECT_EQ(preset->name, "web");
  EXPECT_EQ(preset->document["video"]["crf"], 30);
  EXPECT_FALSE(preset->document["video"].contains("maxrate"));
  EXPECT_EQ(preset->document["video"]["bufsize"], "10M");
  EXPECT_EQ(preset->document["audio"], false);
  EXPECT_EQ(preset->document["note"], "ten = 10");
  const auto sized = load_preset("web", {"size=square", "video.bitrate=4M"});
  EXPECT_FALSE(sized->document.contains("lines"));
  EXPECT_FALSE(sized->document["video"].contains("crf"));
  const auto twice = load_preset("web", {"video.bitrate=4M", "video.crf=null", "note=\xff"});
  EXPECT_EQ(twice->document["video"]["bitrate"], "4M");
  const auto like = load_preset("web", {"video.quality.ssim=0.98"});
  EXPECT_FALSE(like->document["video"].contains("crf"));
  EXPECT_EQ(like->document["video"]["quality"], (json{{"ssim", 0.98}}));
  const auto other = load_preset("web", {"audio=false", "audio.bitrate=64k"});
  EXPECT_EQ(other->document["audio"], (json{{"bitrate", "64k"}}));
  for (const char* wrong : {"lines", "=3", ".=3", "video.=3", "video..crf=3"}) {
    const auto none = load_preset("web", {wrong});
    ASSERT_FALSE(none.ok()) << wrong;
    EXPECT_EQ(none.error().number, kUsage) << wrong;
  }
}

TEST(OutputTemplate, FieldsAreReplaced) {
  const Fields fields = {{"name", "a/b"}, {"n", "1"}, {"empty", ""}, {"up", ".."}};
  EXPECT_EQ(*fill_template("x/{n}/{name}{n}.mp4", fields), "x/1/a_b1.mp4");
  EXPECT_EQ(*fill_template("{{n}}.mp4", fields), "{n}.mp4");
  EXPECT_EQ(*fill_template("plain", fields), "plain");
  for (const char* wrong : {"{m}", "{", "}", "{n", "n}", "{}", "{{n}"}) {
    const auto none = fill_template(wrong, fields);
    ASSERT_FALSE(none.ok()) << wrong;
    EXPECT_EQ(none.error().number, kUsage) << wrong;
  }
  for (const char* wrong : {"{empty}", "{up}/x"}) {
    EXPECT_EQ(fill_template(wrong, fields).error().number, kOutputUnusable) << wrong;
  }
  EXPECT_EQ(*fill_template(without_fields("{n}}"), fields), "{n}}");
  EXPECT_TRUE(is_template("{n}"));
  EXPECT_FALSE(is_template("n.mp4"));
}

}  // namespace
}  // namespace rushes::app
