#include "plan/key.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plan/test_program.h"
#include "schema/program_json.h"

namespace rushes::plan {
namespace {

using base::Rational;
using nlohmann::json;
using schema::Program;

// Something of everything.
Program rich_program() {
  Program p = empty_program(0);
  add_track(p, {{60, 0, image(p, "a")},
                {60, 12, video(p, "v", Rational(1), Rational(2))},
                {40, 0, schema::ColorContent{}},
                {40, 0, schema::GradientContent{.stops = {{0, {}}, {1, {255, 0, 0, 255}}}}}});
  schema::Clip& still = p.tracks[0].clips[0];
  still.visual.border = schema::Border{2, {}};
  still.visual.shadow = schema::Shadow{};
  p.tracks[0].clips[1].transition->kind = schema::TransitionKind::kLuma;
  p.tracks[0].clips[1].transition->luma_input = add_input(p, "mask");
  schema::TextStyle style{.families = {"Sans"},
                          .shadow = schema::Shadow{},
                          .background = schema::TextStyle::Background{}};
  schema::CaptionsContent captions{.cues = {{0, 1, "one", {{"one", 0, 1}}}}, .style = style};
  captions.active_color = schema::Color{};
  captions.active_families = {"Serif"};
  add_track(p, {{50, 0, schema::TextContent{.text = "hello", .style = style}}, {50, 0, captions}});
  p.fonts = {{"Sans", "f0", 1, "/fonts/sans.ttf", 0}};
  const int music = add_input(p, "music");
  p.audio.sounds.push_back({.input = music, .id = "m", .pointer = "/tracks/2/0", .duration = 3});
  p.audio.ducks.push_back({"music", "voice"});
  p.audio.loudness = schema::Loudness{};
  return p;
}

// A value of the same kind that is not the same.
json changed(const json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number_integer()) return value.get<int64_t>() + 1;
  if (value.is_number()) return value.get<double>() + 0.25;
  const auto text = value.get<std::string>();
  if (const auto number = base::Rational::parse(text); number.ok()) {
    return (*number + Rational(1, 30)).to_string();
  }
  return text + "x";
}

bool is_name(const std::string& pointer) {
  const std::string leaf = pointer.substr(pointer.rfind('/') + 1);
  return leaf == "pointer" || leaf == "id" || leaf == "src" || leaf == "path";
}

// Each leaf of a slice is changed, one by one: the key changes if and only if it is not a name.
TEST(Key, EveryFieldCounts) {
  const Program p = rich_program();
  const Slice part = slice(p, {0, p.frames});
  const std::string key = video_key(part, "class");
  const auto reread = schema::read_program(schema::write_program(part.program));
  ASSERT_TRUE(reread.ok()) << reread.error().message;
  const json document = json::parse(schema::write_program(part.program));
  int names = 0, others = 0, unread = 0;
  const json flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (value.is_null() || value.is_structured()) continue;  // nothing, or an empty list
    json copy = document;
    copy[json::json_pointer(pointer)] = changed(value);
    // The reader refuses what contradicts itself (an unknown word, frames that do not fit times);
    // the writer's text changes all the same.
    auto program = schema::read_program(copy.dump());
    if (!program.ok()) {
      ++unread;
      continue;
    }
    Slice other{*std::move(program), {}};
    if (is_name(pointer)) {
      EXPECT_EQ(video_key(other, "class"), key) << pointer;
      ++names;
    } else {
      EXPECT_NE(video_key(other, "class"), key) << pointer;
      ++others;
    }
  }
  EXPECT_GT(names, 10);
  EXPECT_GT(others, 150);
  EXPECT_LT(unread, 80);
  EXPECT_NE(video_key(part, "other class"), key);
}

// A clip's fields change the keys of the segments that show it, and of no others.
TEST(Key, OnlySegmentsThatSeeTheChange) {
  const Program p = rich_program();
  const std::vector<Segment> segments = {{0, 30}, {30, 55}, {55, 90}, {90, 125}, {125, 188}};
  for (size_t t = 0; t < p.tracks.size(); ++t) {
    for (size_t c = 0; c < p.tracks[t].clips.size(); ++c) {
      Program other = p;
      schema::Clip& clip = other.tracks[t].clips[c];
      clip.visual.opacity = 0.5;
      for (const Segment& s : segments) {
        const bool sees = clip.first_frame < s.end && clip.end_frame > s.first;
        EXPECT_EQ(video_key(slice(p, s), "") != video_key(slice(other, s), ""), sees)
            << t << " " << c << " " << s.first;
      }
    }
  }
  // Fonts matter where there is text.
  Program other = p;
  other.fonts[0].hash = "f1";
  for (const Segment& s : segments) {
    EXPECT_EQ(video_key(slice(p, s), "") != video_key(slice(other, s), ""), s.first < 100);
  }
}

TEST(Key, SoundCountsForItself) {
  const Program p = rich_program();
  const Segment range{0, p.frames};
  const std::string key = audio_key(sound_slice(p), range, "class");
  Program other = p;
  other.tracks.clear();
  other.video.crf = 30;
  EXPECT_EQ(audio_key(sound_slice(other), range, "class"), key);
  other.audio.ducks[0].by_db = -6;
  EXPECT_NE(audio_key(sound_slice(other), range, "class"), key);
  EXPECT_NE(audio_key(sound_slice(p), {0, p.frames - 1}, "class"), key);
}

}  // namespace
}  // namespace rushes::plan
