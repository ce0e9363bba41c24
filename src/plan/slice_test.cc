#include "plan/slice.h"

#include <gtest/gtest.h>

#include "plan/key.h"
#include "plan/test_program.h"
#include "timeline/curve.h"
#include "timeline/source_time.h"

namespace rushes::plan {
namespace {

using base::Rational;
using schema::Program;

std::string key(const Program& p, const Segment& s) { return video_key(slice(p, s), "class"); }

TEST(Slice, HoldsWhatIsSeenAlone) {
  Program p = empty_program(0);
  add_track(p, {{100, 0, image(p, "a")}, {100, 0, image(p, "b")}, {100, 0, image(p, "c")}});
  const Slice part = slice(p, {110, 190});
  EXPECT_EQ(part.program.frames, 80);
  ASSERT_EQ(part.program.inputs.size(), 1U);
  EXPECT_EQ(part.program.inputs[0].hash, "b");
  EXPECT_EQ(part.inputs, std::vector<int>{1});
  ASSERT_EQ(part.program.tracks.size(), 1U);
  const schema::Clip& clip = part.program.tracks[0].clips.at(0);
  EXPECT_EQ(clip.first_frame, -10);
  EXPECT_EQ(clip.start, Rational(-10, 30));
  EXPECT_EQ(clip.end_frame, 80);
}

TEST(Slice, TheSameWhereverItStands) {
  Program p = empty_program(0);
  add_track(p, {{100, 0, image(p, "a")}, {100, 15, image(p, "b")}, {100, 0, image(p, "c")}});
  Program later = empty_program(0);
  const auto front = image(later, "front");
  add_track(later, {{47, 0, front},
                    {100, 0, image(later, "a")},
                    {100, 15, image(later, "b")},
                    {100, 0, image(later, "c")}});
  for (const Segment& s : {Segment{0, 80}, {80, 95}, {90, 120}, {0, 285}}) {
    EXPECT_EQ(key(p, s), key(later, {s.first + 47, s.end + 47})) << s.first;
  }
  EXPECT_NE(key(p, {0, 80}), key(p, {1, 81}));  // the zoom has gone on
}

// Every moment that a segment's frames ask for is the one that the whole program's ask for.
TEST(Slice, VideoKeepsItsTimes) {
  for (const Rational speed : {Rational(1), Rational(1, 2), Rational(5, 2), Rational(1, 10)}) {
    for (const bool loop : {false, true}) {
      Program p = empty_program(0);
      add_track(p,
                {{40, 0, image(p, "a")},
                 {300, 0,
                  schema::VideoContent{.input = add_input(p, "v"),
                                       .source_start = Rational(7, 3),
                                       .source_duration = loop ? Rational(3) : Rational(10) * speed,
                                       .speed = speed,
                                       .loop = loop}}});
      const schema::Clip& whole = p.tracks[0].clips[1];
      for (const Segment& s : {Segment{0, 60}, {60, 200}, {200, 339}, {339, 340}}) {
        const Slice part = slice(p, s);
        const schema::Clip& clip = part.program.tracks[0].clips.back();
        for (int64_t n = std::max<int64_t>(s.first, 40); n < s.end; ++n) {
          const Rational there = Rational(n) / p.fps - whole.start;
          const Rational here = Rational(n - s.first) / p.fps - clip.start;
          EXPECT_EQ(timeline::source_time(std::get<schema::VideoContent>(whole.content), there),
                    timeline::source_time(std::get<schema::VideoContent>(clip.content), here));
          EXPECT_EQ(timeline::evaluate(whole.visual.zoom, there),
                    timeline::evaluate(clip.visual.zoom, here));
        }
      }
    }
  }
}

TEST(Slice, KnowsWhetherARecordingPlays) {
  Program p = empty_program(0);
  schema::VideoContent still{.input = add_input(p, "v"), .source_duration = 1};
  still.freeze = Rational(1, 2);
  add_track(p, {{60, 0, image(p, "a")}, {60, 20, video(p, "v", 0, 2)}, {60, 0, still}});
  EXPECT_FALSE(plays_recordings(slice(p, {0, 40}).program));
  EXPECT_TRUE(plays_recordings(slice(p, {30, 50}).program));
  EXPECT_TRUE(plays_recordings(slice(p, {60, 80}).program));
  EXPECT_FALSE(plays_recordings(slice(p, {100, 160}).program));
}

TEST(Slice, KeysThatNoFrameSeesAreGone) {
  Program p = empty_program(0);
  add_track(p, {{300, 0, video(p, "v", Rational(0), Rational(10))}});
  schema::Curve& x = p.tracks[0].clips[0].visual.x;
  x.keys.clear();
  for (int i = 0; i <= 10; ++i) x.keys.push_back({Rational(i), i * 10.0, {}});
  const std::string before = key(p, {90, 150});  // 3 s to just before 5 s
  Program far = p;
  far.tracks[0].clips[0].visual.x.keys[9].value = 7;
  far.tracks[0].clips[0].visual.x.keys[1].value = 7;
  EXPECT_EQ(key(far, {90, 150}), before);
  EXPECT_NE(key(far, {240, 300}), key(p, {240, 300}));
  for (const size_t near : {3, 4, 5}) {
    Program changed = p;
    changed.tracks[0].clips[0].visual.x.keys[near].value = 7;
    EXPECT_NE(key(changed, {90, 150}), before) << near;
  }
  // What stood still goes on standing still, and what moved is still said to move.
  EXPECT_FALSE(slice(p, {0, 1}).program.tracks[0].clips[0].visual.x.constant());
}

// A fade that is over, or has not begun, is as if there were none.
TEST(Slice, FadesAreSeenWhileTheyLast) {
  Program p = empty_program(0);
  add_track(p, {{200, 0, image(p, "a")}});
  Program faded = p;
  schema::Clip& clip = faded.tracks[0].clips[0];
  const Rational end = Rational(200) / p.fps;
  clip.visual.opacity.keys = {{0, 0.0, {}}, {1, 1.0, {}}, {end - 1, 1.0, {}}, {end, 0.0, {}}};
  const int64_t second = p.fps.ceil();
  EXPECT_NE(key(p, {0, second}), key(faded, {0, second}));
  EXPECT_NE(key(p, {190, 200}), key(faded, {190, 200}));
  clip.visual.opacity.keys = {{0, 0.0, {}}, {1, 1.0, {}}};
  EXPECT_EQ(key(p, {second, 200}), key(faded, {second, 200}));
  clip.visual.opacity.keys = {{end - 1, 1.0, {}}, {end, 0.0, {}}};
  EXPECT_EQ(key(p, {0, 200 - second}), key(faded, {0, 200 - second}));
}

TEST(Slice, HoldsTheFontsOfItsClips) {
  Program p = empty_program(0);
  p.fonts = {{"A", "a", 1, "a.ttf", 0}, {"B", "b", 1, "b.ttf", 0}, {"C", "c", 1, "c.ttf", 0}};
  add_track(p, {{100, 0, schema::TextContent{.text = "one", .fonts = {0}}},
                {100, 0, schema::TextContent{.text = "two", .fonts = {2, 0}}},
                {100, 0, image(p, "a")}});
  const Slice part = slice(p, {110, 190});
  EXPECT_EQ(part.fonts, (std::vector<int>{2, 0}));
  ASSERT_EQ(part.program.fonts.size(), 2U);
  EXPECT_EQ(part.program.fonts[0].hash, "c");
  EXPECT_EQ(std::get<schema::TextContent>(part.program.tracks[0].clips[0].content).fonts,
            (std::vector<int>{0, 1}));
  EXPECT_TRUE(slice(p, {200, 300}).program.fonts.empty());
}

schema::CaptionsContent captions_of_seconds(int count) {
  schema::CaptionsContent captions{.grouped = true};
  for (int i = 0; i < count; ++i) {
    const std::string text = "word" + std::to_string(i);
    captions.groups.push_back({i, i + 1, {{text, i, i + 1}}, {0}});
  }
  return captions;
}

TEST(Slice, CaptionsThatAreNotSeenAreGone) {
  Program p = empty_program(0);
  add_track(p, {{600, 0, captions_of_seconds(20)}});
  p.tracks[0].clips[0].visual.zoom = 1;
  const Slice part = slice(p, {75, 150});  // 2.5 s to just before 5 s
  const schema::Clip& clip = part.program.tracks[0].clips[0];
  const auto& groups = std::get<schema::CaptionsContent>(clip.content).groups;
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].words[0].text, "word2");
  EXPECT_EQ(clip.start + groups[0].start, Rational(-1, 2));
  EXPECT_EQ(clip.start + groups[0].words[0].end, Rational(1, 2));

  // Neither the other words nor where the clip ends can be seen.
  Program changed = p;
  auto& content = std::get<schema::CaptionsContent>(changed.tracks[0].clips[0].content);
  content.groups[6].words[0].text = "other";
  changed.tracks[0].clips[0].duration += 1;
  EXPECT_EQ(key(changed, {75, 150}), key(p, {75, 150}));
  EXPECT_NE(key(changed, {180, 240}), key(p, {180, 240}));
}

schema::CaptionsContent script_of_seconds(int count) {
  schema::CaptionsContent captions;
  captions.script = schema::Script{.header = "styles", .lines = {}, .begin = 0};
  for (int i = 0; i < count; ++i) {
    captions.script->lines.push_back({.start_ms = i * 1000,
                                      .end_ms = i * 1000 + 1000,
                                      .effect = "",
                                      .text = "line" + std::to_string(i)});
  }
  return captions;
}

schema::Script& script_in(Program& p) {
  return *std::get<schema::CaptionsContent>(p.tracks[0].clips.back().content).script;
}

TEST(Slice, LinesOfAScriptThatAreNotSeenAreGone) {
  Program p = empty_program(0);
  p.fonts = {{"A", "a", 1, "a.ttf", 0}};
  schema::CaptionsContent captions = script_of_seconds(20);
  captions.fonts = {0};
  add_track(p, {{900, 0, captions}});
  p.tracks[0].clips[0].visual.zoom = 1;
  Program part = slice(p, {75, 150}).program;  // 2.5 s to just before 5 s
  const schema::Script& script = script_in(part);
  ASSERT_EQ(script.lines.size(), 3u);
  EXPECT_EQ(script.lines[0].text, "line2");
  EXPECT_EQ(script.lines[0].start_ms, 0);
  EXPECT_EQ(script.begin, Rational(1, 2));
  // Where no line is seen, nothing of the script is.
  Program after = slice(p, {700, 800}).program;
  EXPECT_EQ(script_in(after), schema::Script());
  EXPECT_TRUE(after.fonts.empty());

  Program far = p;
  script_in(far).lines[6].text = "other";
  EXPECT_EQ(key(far, {75, 150}), key(p, {75, 150}));
  EXPECT_NE(key(far, {180, 240}), key(p, {180, 240}));
}

TEST(Slice, LinesThatPushOthersAsideStay) {
  Program p = empty_program(0);
  add_track(p, {{900, 0, script_of_seconds(20)}});
  p.tracks[0].clips[0].visual.zoom = 1;
  // Lines 1 to 4 are seen together, one after the other.
  for (const size_t i : {1, 2, 3}) script_in(p).lines[i].end_ms += 100;
  const Segment segment{4 * 30 + 10, 150};
  Program part = slice(p, segment).program;
  EXPECT_EQ(script_in(part).lines.size(), 4u);
  Program changed = p;
  script_in(changed).lines[1].text = "other";
  EXPECT_NE(key(changed, segment), key(p, segment));
  // One with a place of its own pushes none.
  script_in(p).lines[1].placed = script_in(changed).lines[1].placed = true;
  EXPECT_EQ(key(changed, segment), key(p, segment));
}

TEST(Slice, AScriptIsTheSameWhereverItStands) {
  Program p = empty_program(0);
  add_track(p, {{600, 0, script_of_seconds(20)}});
  Program later = empty_program(0);
  add_track(later, {{47, 0, image(later, "front")}, {600, 0, script_of_seconds(20)}});
  Program delayed = empty_program(0);
  schema::CaptionsContent captions = script_of_seconds(20);
  for (schema::ScriptLine& line : captions.script->lines) {
    line.start_ms += 700;
    line.end_ms += 700;
  }
  add_track(delayed, {{700, 0, captions}});
  for (Program* q : {&p, &later, &delayed}) q->tracks[0].clips.back().visual.zoom = 1;
  for (const Segment& s : {Segment{10, 80}, {80, 95}, {301, 400}}) {
    EXPECT_EQ(key(p, s), key(later, {s.first + 47, s.end + 47})) << s.first;
    EXPECT_EQ(key(p, s), key(delayed, {s.first + 21, s.end + 21})) << s.first;
  }
}

// Text that grows is painted as large as it ever gets: then the whole clip counts.
TEST(Slice, SizesThatChangeCountAsAWhole) {
  Program p = empty_program(0);
  add_track(p, {{300, 0, image(p, "a")}});
  Program other = p;
  other.tracks[0].clips[0].visual.zoom.keys.back().value = 3;
  EXPECT_NE(key(other, {0, 10}), key(p, {0, 10}));
}

TEST(Slice, TheEndOfALongClipDoesNotMatterBefore) {
  Program p = empty_program(0);
  add_track(p, {{600, 0, video(p, "v", Rational(0), Rational(20))}});
  p.tracks[0].clips[0].visual.zoom = 1;
  Program shorter = empty_program(0);
  add_track(shorter, {{400, 0, video(shorter, "v", Rational(0), Rational(40, 3))}});
  shorter.tracks[0].clips[0].visual.zoom = 1;
  EXPECT_EQ(key(p, {100, 300}), key(shorter, {100, 300}));
  EXPECT_NE(key(p, {300, 400}), key(p, {200, 300}));
}

TEST(Slice, ATransitionIsSeenWhileItLasts) {
  Program p = empty_program(0);
  add_track(p, {{100, 0, image(p, "a")}, {100, 20, image(p, "b")}});
  EXPECT_EQ(slice(p, {0, 80}).program.inputs.size(), 1U);
  EXPECT_EQ(slice(p, {0, 81}).program.inputs.size(), 2U);
  EXPECT_TRUE(slice(p, {90, 120}).program.tracks[0].clips[1].transition);
  const Slice after = slice(p, {100, 180});
  EXPECT_EQ(after.program.inputs.size(), 1U);
  EXPECT_FALSE(after.program.tracks[0].clips[0].transition);
}

TEST(Slice, SoundIsApart) {
  Program p = empty_program(0);
  add_track(p, {{100, 0, image(p, "a")}});
  const int music = add_input(p, "music");
  p.audio.sounds.push_back({.input = music, .pointer = "/tracks/1/0", .duration = 3});
  EXPECT_TRUE(slice(p, {0, 100}).program.audio.sounds.empty());
  EXPECT_EQ(slice(p, {0, 100}).program.inputs.size(), 1U);
  const Slice sound = sound_slice(p);
  EXPECT_TRUE(sound.program.tracks.empty());
  EXPECT_EQ(sound.inputs, std::vector<int>{music});

  const std::string picture = key(p, {0, 100});
  const std::string heard = audio_key(sound, {0, 100}, "class");
  p.audio.sounds[0].volume = 0.5;
  EXPECT_EQ(key(p, {0, 100}), picture);
  EXPECT_NE(audio_key(sound_slice(p), {0, 100}, "class"), heard);
}

}  // namespace
}  // namespace rushes::plan
