#include "plan/key.h"

#include <gtest/gtest.h>

#include <functional>

#include "plan/test_program.h"
#include "schema/program_fields.h"

namespace rushes::plan {
namespace {

using base::Rational;
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
  captions.fonts = {1, 0};
  add_track(p, {{50, 0, schema::TextContent{.text = "hello", .style = style, .fonts = {0}}},
                {50, 0, captions}});
  schema::CaptionsContent lines;
  lines.script = schema::Script{.header = "styles",
                                .lines = {{.end_ms = 900, .effect = "Banner", .text = "hello"}},
                                .begin = 0};
  add_track(p, {{50, 0, lines}});
  p.fonts = {{"Sans", "f0", 1, "/fonts/sans.ttf", 0}, {"Serif", "f1", 1, "/fonts/serif.ttf", 0}};
  const int music = add_input(p, "music");
  p.audio.sounds.push_back({.input = music, .id = "m", .pointer = "/tracks/2/0", .duration = 3});
  p.audio.ducks.push_back({"music", "voice"});
  p.audio.loudness = schema::Loudness{};
  return p;
}

// Every value in a program, one after the other, with the name of its field: the listing that the
// writer uses, so that no field is forgotten here.
class Leaves {
 public:
  using Visit = std::function<void(const std::string& field, const std::function<void()>& change,
                                   const std::function<void()>& restore)>;
  explicit Leaves(Visit visit) : visit_(std::move(visit)) {}

  template <class T>
  void walk(const std::string& field, T& value) {
    if constexpr (requires { schema::Fields<T>::list; }) {
      std::apply([&](auto... fields) { (walk(fields.name, value.*(fields.member)), ...); },
                 schema::Fields<T>::list);
    } else {
      const T before = value;
      const auto restore = [&value, before] { value = before; };
      if constexpr (std::is_same_v<T, bool>) {
        visit_(
            field, [&] { value = !value; }, restore);
      } else if constexpr (std::is_enum_v<T>) {
        visit_(
            field, [&] { value = value == T{} ? static_cast<T>(1) : T{}; }, restore);
      } else if constexpr (std::is_arithmetic_v<T>) {
        visit_(
            field, [&] { value = static_cast<T>(value + 1); }, restore);
      } else if constexpr (std::is_same_v<T, std::string>) {
        visit_(
            field, [&] { value = value == "hold" ? "linear" : "hold"; }, restore);
      } else if constexpr (std::is_same_v<T, Rational>) {
        visit_(
            field, [&] { value += Rational(1, 30); }, restore);
      } else {
        special(field, value);
      }
    }
  }

 private:
  template <class T>
  void special(const std::string& field, std::optional<T>& value) {
    const std::optional<T> before = value;
    if (value) walk(field, *value);
    visit_(
        field, [&] { value = before ? std::optional<T>() : std::optional<T>(T{}); },
        [&] { value = before; });
  }
  template <class T>
  void special(const std::string& field, std::vector<T>& value) {
    for (T& item : value) walk(field, item);
    const std::vector<T> before = value;
    visit_(
        field, [&] { value.emplace_back(); }, [&] { value = before; });
  }
  template <class... T>
  void special(const std::string& field, std::variant<T...>& value) {
    std::visit([&](auto& content) { walk(field, content); }, value);
  }
  void special(const std::string&, schema::Curve& curve) { walk("keys", curve.keys); }
  void special(const std::string& field, schema::Easing& easing) {
    walk(field, easing.name);
    for (double& p : easing.p) {
      const schema::Easing before = easing;
      visit_(
          field,
          [&] {
            easing.name = "cubic-bezier";
            p += 0.5;
          },
          [&] { easing = before; });
    }
  }
  void special(const std::string& field, schema::Color& color) {
    for (uint8_t* c : {&color.r, &color.g, &color.b, &color.a}) walk(field, *c);
  }

  Visit visit_;
};

// The key changes with every value that is not a name.
TEST(Key, EveryFieldCounts) {
  const Program p = rich_program();
  Slice part = slice(p, {0, p.frames});
  part.program.audio = p.audio;
  const std::string key = video_key(part, "class");
  int names = 0, others = 0;
  const auto check = [&](const std::string& field, const std::function<void()>& change,
                         const std::function<void()>& restore) {
    change();
    const bool name = field == "pointer" || field == "src" || field == "path" || field == "id";
    if (name) {
      ++names;
      // The id of a sound says what ducks it.
      if (field != "id") {
        EXPECT_EQ(video_key(part, "class"), key) << field;
      }
    } else {
      ++others;
      EXPECT_NE(video_key(part, "class"), key) << field;
    }
    restore();
    ASSERT_EQ(video_key(part, "class"), key) << field;
  };
  Leaves(check).walk("program", part.program);
  EXPECT_GT(names, 15);
  EXPECT_GT(others, 500);
  EXPECT_NE(video_key(part, "other class"), key);
  // A quality found for a bit rate is a quality like any other.
  part.program.video.bitrate = 1'000'000;
  const std::string found = video_key(part, "class", {.crf = 22.5});
  part.program.video.bitrate.reset();
  part.program.video.crf = 22.5;
  EXPECT_EQ(video_key(part, "class"), found);
  EXPECT_NE(video_key(part, "class", {.fill = 3}), found);
  // One found for a likeness is told with how like it is, whatever likeness that was.
  part.program.video.target_ssim = 0.97;
  const std::string asked = video_key(part, "class");
  const std::string measured = video_key(part, "class", {.crf = 22.5});
  EXPECT_NE(measured, found);
  part.program.video.target_ssim = 0.98;
  EXPECT_NE(video_key(part, "class"), asked);
  EXPECT_EQ(video_key(part, "class", {.crf = 22.5}), measured);
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
  // Fonts matter where a clip uses them, wherever the program lists them.
  for (const size_t font : {0, 1}) {
    Program other = p;
    other.fonts[font].hash = "other";
    for (const Segment& s : segments) {
      const bool sees = s.first < 100 && (font == 0 || s.end > 50);
      EXPECT_EQ(video_key(slice(p, s), "") != video_key(slice(other, s), ""), sees) << s.first;
    }
  }
  Program more = p;
  more.fonts.insert(more.fonts.begin(), {"Emoji", "f2", 1, "/fonts/emoji.ttf", 0});
  std::get<schema::TextContent>(more.tracks[1].clips[0].content).fonts = {1, 0};
  std::get<schema::CaptionsContent>(more.tracks[1].clips[1].content).fonts = {2, 1};
  for (const Segment& s : segments) {
    EXPECT_EQ(video_key(slice(p, s), "") != video_key(slice(more, s), ""), s.first < 50);
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
