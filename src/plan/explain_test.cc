#include "plan/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/test_program.h"

namespace rushes::plan {
namespace {

using schema::Program;
using testing::ElementsAre;
using testing::IsEmpty;

Program ad() {
  Program p = empty_program(0);
  add_track(p, {{100, 0, image(p, "a")}, {100, 0, image(p, "b")}});
  schema::CaptionsContent captions{.grouped = true};
  captions.groups = {{0, 2, {{"hello", 0, 2}}, {0}}, {2, 6, {{"world", 2, 6}}, {0}}};
  add_track(p, {{200, 0, captions}});
  return p;
}

std::vector<std::string> why(const Program& before, const Program& after, const Segment& s) {
  return differences(slice(before, s).program, slice(after, s).program);
}

TEST(Explain, SaysWhatChangedAndWhere) {
  const Program before = ad();
  EXPECT_THAT(why(before, before, {0, 200}), IsEmpty());

  Program word = before;
  std::get<schema::CaptionsContent>(word.tracks[1].clips[0].content).groups[1].words[0].text =
      "moon";
  EXPECT_THAT(why(before, word, {0, 50}), IsEmpty());
  EXPECT_THAT(why(before, word, {50, 200}),
              ElementsAre("/tracks/1/clips/0: words (\"world\" to \"moon\")"));

  Program words = word;
  std::get<schema::CaptionsContent>(words.tracks[1].clips[0].content).groups[0].words[0].text =
      "bye";
  EXPECT_THAT(why(before, words, {0, 200}),
              ElementsAre("/tracks/1/clips/0: words (\"hello\" to \"bye\"), and more"));

  Program zoom = before;
  zoom.tracks[0].clips[1].visual.zoom.keys[1].value = 2;
  EXPECT_THAT(why(before, zoom, {0, 200}), ElementsAre("/tracks/0/clips/1: zoom"));

  Program file = before;
  file.inputs[0].hash = "other";
  file.inputs[0].src = "elsewhere";
  EXPECT_THAT(why(before, file, {0, 100}), ElementsAre("/tracks/0/clips/0: content of the file"));

  Program font = before;
  font.fonts = {{"Sans", "f0", 1, "sans.ttf", 0}, {"Emoji", "f1", 1, "emoji.ttf", 0}};
  std::get<schema::CaptionsContent>(font.tracks[1].clips[0].content).fonts = {1};
  EXPECT_THAT(why(before, font, {0, 200}), ElementsAre("/tracks/1/clips/0: fonts"));
  Program renumbered = font;
  std::swap(renumbered.fonts[0], renumbered.fonts[1]);
  std::get<schema::CaptionsContent>(renumbered.tracks[1].clips[0].content).fonts = {0};
  EXPECT_THAT(why(font, renumbered, {0, 200}), IsEmpty());

  Program encoder = before;
  encoder.video.crf = 30;
  EXPECT_THAT(why(before, encoder, {0, 200}), ElementsAre("video.crf"));

  Program shorter = before;
  shorter.tracks[0].clips.pop_back();
  EXPECT_THAT(why(before, shorter, {0, 200}),
              ElementsAre("what was /tracks/0/clips/1 is not there"));
  EXPECT_THAT(why(shorter, before, {0, 200}), ElementsAre("/tracks/0/clips/1 was not there"));

  Program time = before;
  time.tracks[0].clips[1].start += base::Rational(1, 100);
  EXPECT_THAT(why(before, time, {0, 200}), ElementsAre("/tracks/0/clips/1: time"));
}

// What follows from it for every clip is not told.
TEST(Explain, SizeAndFrameRateAreToldAlone) {
  const Program before = ad();
  Program size = before;
  size.width *= 2;
  size.tracks[0].clips[0].visual.box_width *= 2;
  EXPECT_THAT(why(before, size, {0, 200}), ElementsAre("the size of the picture"));
  Program rate = before;
  rate.fps = before.fps * 2;
  EXPECT_THAT(differences(before, rate), ElementsAre("the frame rate"));
}

TEST(Explain, SaysWhichSound) {
  Program before = empty_program(10);
  before.inputs.push_back({.src = "a.wav", .hash = "a"});
  before.audio.sounds.push_back({.input = 0, .pointer = "/tracks/0/0", .duration = 3});
  Program after = before;
  after.audio.sounds[0].volume = 0.5;
  after.audio.sounds[0].source_start = 1;
  after.inputs[0].src = "b.wav";
  EXPECT_THAT(differences(before, after), ElementsAre("/tracks/0/0: trim, volume"));
  after.inputs[0].hash = "b";
  after.audio.sounds[0] = before.audio.sounds[0];
  EXPECT_THAT(differences(before, after), ElementsAre("/tracks/0/0: content of the file"));
  after = before;
  after.audio.sounds.push_back({.input = 0, .pointer = "/tracks/0/1", .duration = 1});
  after.audio.bitrate *= 2;
  EXPECT_THAT(differences(before, after),
              ElementsAre("/tracks/0/1 was not there", "audio.bitrate"));
}

TEST(Explain, SaysWhichLineOfAScript) {
  Program before = empty_program(0);
  schema::CaptionsContent captions;
  captions.script = schema::Script{
      .header = "styles", .lines = {{.end_ms = 500, .effect = "", .text = "hello"}}, .begin = 0};
  add_track(before, {{100, 0, captions}});
  Program after = before;
  std::get<schema::CaptionsContent>(after.tracks[0].clips[0].content).script->lines[0].text =
      "moon";
  EXPECT_THAT(why(before, after, {0, 10}),
              ElementsAre("/tracks/0/clips/0: lines (\"hello\" to \"moon\")"));
  EXPECT_THAT(why(before, after, {30, 100}), IsEmpty());
}

TEST(Explain, NamesDoNotCount) {
  const Program before = ad();
  Program after = before;
  after.inputs[0].src = "moved.jpg";
  after.tracks[0].clips[0].id = "hero";
  after.tracks[0].clips[0].pointer = "/tracks/9/9";
  EXPECT_THAT(why(before, after, {0, 200}), IsEmpty());
}

TEST(Explain, TheLeastDifferentCounts) {
  const Program before = ad();
  Program after = before;
  after.tracks[0].clips[1].visual.zoom.keys[1].value = 2;
  std::vector<Earlier> earlier;
  for (const Segment& s : {Segment{0, 100}, {100, 200}}) {
    earlier.push_back({s, slice(before, s).program});
  }
  EXPECT_THAT(least_differences(earlier, slice(after, {100, 200}).program),
              ElementsAre("/tracks/0/clips/1: zoom"));
}

}  // namespace
}  // namespace rushes::plan
