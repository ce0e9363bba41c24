#include "render/noted_warnings.h"

#include <gmock/gmock.h>

#include "render/testing/desk.h"

namespace rushes::render {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

schema::Program program_of(const std::string& file, const std::string& place) {
  schema::Program p;
  p.inputs.push_back({.src = file});
  p.tracks.emplace_back().clips.emplace_back();
  p.tracks.emplace_back().clips.resize(2);
  p.tracks[1].clips[1].pointer = place + "/clip";
  p.audio.sounds.resize(2);
  p.audio.sounds[1].pointer = place + "/sound";
  return p;
}

// The same slice of two timelines: the files and places of the second are told.
TEST(NotedWarnings, NameThingsOfTheTimelineAtHand) {
  const plan::Slice made{.program = program_of("a.png", "/old"), .inputs = {7}, .fonts = {}};
  const plan::Slice used{.program = program_of("b.png", "/new"), .inputs = {2}, .fonts = {}};
  const json notes = {note_at(made, "/old/clip", "too long"), note_at(made, "/old/sound", "clips"),
                      note_of(made, {7, "is damaged"}), note_at(made, "/gone", "odd")};
  Events events;
  tell_noted(notes, used, events);
  EXPECT_THAT(events.warnings, ElementsAre("too long", "clips", "b.png: is damaged", "odd"));
  EXPECT_THAT(events.places, ElementsAre("/new/clip", "/new/sound", "", ""));
}

TEST(NotedWarnings, WhatNamesNothingIsToldAsItIs) {
  const plan::Slice slice{.program = program_of("a.png", ""), .inputs = {0}, .fonts = {}};
  for (const char* note : {R"({"text": "x", "clip": [1, 2]})", R"({"text": "x", "clip": [-1, 0]})",
                           R"({"text": "x", "clip": [2, 0]})", R"({"text": "x", "clip": 1})",
                           R"({"text": "x", "input": 1})", R"({"text": "x", "input": "0"})",
                           R"({"text": "x", "sound": 99999999999999999999})", R"({"text": "x"})"}) {
    Events events;
    tell_noted(json::array({json::parse(note)}), slice, events);
    EXPECT_THAT(events.warnings, ElementsAre("x")) << note;
    EXPECT_THAT(events.places, ElementsAre("")) << note;
  }
  for (const char* notes : {"{}", "[1]", "null", R"([{"text": 1}])", R"([{}])"}) {
    Events events;
    tell_noted(json::parse(notes), slice, events);
    EXPECT_THAT(events.warnings, IsEmpty()) << notes;
  }
}

// A segment and a sound that were kept, in a timeline that has grown in front of them.
TEST_F(Desk, KeptPiecesWarnOfThePlacesOfThisTimeline) {
  ffmpeg("-f lavfi -i sine=frequency=300:duration=1 -af volume=30dB one.wav");
  fs::copy_file(path("one.wav"), path("two.wav"));
  const auto timeline = [](const std::string& before, const std::string& sound) {
    return R"({"version": 1, "output": {"size": "128x72", "fps": 10}, "tracks": [
        [)" +
           before +
           R"({"text": "Much too long for that", "duration": 1, "wrap": false,
           "style": {"font": "DejaVu Sans", "size": 40}, "size": [40, 20]}],
        [{"audio": ")" +
           sound + R"(", "volume": 4}]]})";
  };
  ASSERT_TRUE(compile(timeline("", "one.wav"), {"one.wav"}).ok());
  ASSERT_TRUE(render("first.mp4").ok());
  const std::vector<std::string> told = events_->warnings;
  const std::vector<std::string> places = events_->places;
  ASSERT_THAT(places, testing::Contains("/tracks/0/0"));

  ASSERT_TRUE(
      compile(timeline(R"({"color": "red", "duration": 1}, )", "two.wav"), {"two.wav"}).ok());
  fs::rename(path("objects/segment:0"), path("objects/segment:1"));
  ASSERT_TRUE(render_run(segments({0, 10})).ok());
  ASSERT_TRUE(assemble("second.mp4", {0, 10, 20}).ok());
  EXPECT_THAT(events_->warnings, testing::UnorderedElementsAreArray(told));
  EXPECT_THAT(events_->places, testing::Contains("/tracks/0/1"));
  EXPECT_THAT(events_->places, testing::Not(testing::Contains("/tracks/0/0")));
}

}  // namespace
}  // namespace rushes::render
