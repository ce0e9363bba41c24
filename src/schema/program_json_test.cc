#include "schema/program_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "schema/json_text.h"

namespace rushes::schema {
namespace {

using ::testing::HasSubstr;

TextStyle rich_style() {
  TextStyle style;
  style.families = {"Inter", "Noto Sans \"CJK\""};
  style.weight = 800;
  style.italic = true;
  style.size = 71.3;
  style.color = {1, 2, 3, 4};
  style.gradient = GradientContent{true, 45.5, {{0, {9, 8, 7, 6}}, {0.1 + 0.2, {0, 0, 0, 255}}}};
  style.letter_spacing = -1.5;
  style.line_height = 1.1;
  style.outline_width = 3;
  style.outline_color = {5, 5, 5, 5};
  style.shadow = Shadow{1, 2, 3, {4, 5, 6, 7}};
  style.background = TextStyle::Background{{1, 1, 1, 1}, 10, 20, 30};
  return style;
}

Visual rich_visual() {
  Visual v;
  v.x.keys = {{Rational(0), 1.0 / 3, {}},
              {Rational(1, 3), 1e-300, {"ease-out-back"}},
              {Rational(2), -7, {"cubic-bezier", {0.1, -0.2, 0.3, 1.4}}}};
  v.y = 540;
  v.anchor_x = 0;
  v.anchor_y = 1;
  v.box_width = 100.25;
  v.box_height = 50;
  v.fit = Fit::kBlur;
  v.scale = 2;
  v.rotation = -33;
  v.opacity = 0.5;
  v.crop_x = 0.1;
  v.crop_y = 0.2;
  v.crop_width = 0.3;
  v.crop_height = 0.4;
  v.zoom = 1.18;
  v.focus_x = 0.3;
  v.focus_y = 0.6;
  v.radius = 12;
  v.border = Border{2, {1, 2, 3, 255}};
  v.shadow = Shadow{};
  return v;
}

Clip clip(Rational start, Rational duration, Content content) {
  Clip c;
  c.start = start;
  c.duration = duration;
  c.first_frame = (start * 25).ceil();
  c.end_frame = ((start + duration) * 25).ceil();
  c.content = std::move(content);
  c.visual.x = c.visual.y = 5;
  c.visual.box_width = c.visual.box_height = 10;
  return c;
}

// Every field differs from its default somewhere.
Program rich_program() {
  Program p;
  p.width = 640;
  p.height = 360;
  p.scale = Rational(1, 2);
  p.fps = 25;
  p.frames = 250;
  p.background = {10, 20, 30, 255};
  p.inputs = {{"a.jpg", 123456789012, "0123", 0, 4000, 3000, std::nullopt},
              {"v/ü.mp4", 1, "ff", 1, 1920, 1080, Rational(1001, 250)}};
  p.fonts = {{"Inter", "abc", 7, "/fonts/Inter.ttf", 2}};

  Clip image = clip(0, 2, ImageContent{0});
  image.id = "first";
  image.pointer = "/tracks/0/0";
  image.visual = rich_visual();
  Clip video =
      clip(Rational(3, 2), 3,
           VideoContent{1, Rational(1, 7), Rational(22, 7), Rational(3, 2), true, Rational(2)});
  video.transition = Transition{
      TransitionKind::kLuma, Rational(1, 2), {"ease-in"}, Direction::kDown, {9, 9, 9, 9}, 0, 0.25};
  CaptionsContent captions;
  captions.cues = {{Rational(0), Rational(1), "a b", {{"a", 0, Rational(1, 2)}, {"b", 1, 1}}}};
  captions.effect = CaptionEffect::kBounce;
  captions.style = rich_style();
  captions.active_color = Color{1, 1, 1, 1};
  captions.active_outline_color = Color{2, 2, 2, 2};
  captions.active_background = TextStyle::Background{};
  captions.active_families = {"X"};
  captions.active_weight = 900;
  captions.active_scale = 1.2;
  captions.max_words = 3;
  captions.max_lines = 1;
  captions.max_width = 99;
  captions.max_gap = Rational(1, 4);
  captions.uppercase = true;
  captions.align = Align::kRight;
  captions.valign = VerticalAlign::kTop;
  captions.fonts = {0};
  CaptionsContent lines;
  lines.script = Script{.header = "[Script Info]\n",
                        .lines = {{.start_ms = 10,
                                   .end_ms = 20,
                                   .layer = 1,
                                   .style = 2,
                                   .margin_left = 3,
                                   .margin_right = 4,
                                   .margin_vertical = 5,
                                   .placed = true,
                                   .effect = "Banner;1",
                                   .text = "{\\pos(1,2)}x"}},
                        .begin = Rational(1, 3)};
  TextContent text{
      "Hi\n\"there\" {}", rich_style(), Align::kJustify, VerticalAlign::kBottom, false, true, 9};
  p.tracks = {{{image, video, clip(5, 1, ColorContent{{1, 2, 3, 4}})}},
              {{clip(0, 1, GradientContent{false, 90, {{0, {}}, {1, {}}}}), clip(1, 1, text),
                clip(3, 4, captions)}},
              {{clip(0, 1, lines)}},
              {}};

  Sound sound{1,
              "s",
              "voice",
              "/tracks/0/1",
              Rational(1),
              Rational(2),
              Rational(1, 3),
              Rational(5),
              Rational(11, 10),
              true,
              0.7,
              -0.5,
              Rational(1, 5),
              Rational(2, 5),
              Rational(1, 2),
              Rational(1, 4)};
  p.audio.sounds = {sound};
  p.audio.ducks = {{"music", "voice", -9.5, Rational(1, 20), Rational(1)}};
  p.audio.loudness = Loudness{-16, -2};
  p.audio.sample_rate = 44100;
  p.audio.channels = 1;
  p.format = "mov";
  p.audio.codec = "aac";
  p.audio.bitrate = 96000;
  p.video = {.codec = "hevc",
             .preset = "slow",
             .crf = 18.5,
             .bitrate = 4000000,
             .target_ssim = 0.97,
             .lossless = true,
             .gop_frames = 48,
             .threads = 1};
  return p;
}

TEST(ProgramJson, ComesBackEqual) {
  const Program program = rich_program();
  const auto back = read_program(write_program(program));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_TRUE(*back == program);
  EXPECT_EQ(write_program(*back), write_program(program));
}

TEST(ProgramJson, DoublesKeepTheirBits) {
  EXPECT_TRUE(rc::check("doubles keep their bits", [](int64_t mantissa, int8_t shift) {
    double x = static_cast<double>(mantissa % 9'999'999);
    for (int i = 0; i < shift; ++i) x /= 3;
    Program program = rich_program();
    program.tracks[0].clips[0].visual.y = x;
    const auto back = read_program(write_program(program));
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == program);
  }));
}

std::string error_of(const Program& program) {
  const auto back = read_program(write_program(program));
  return back.ok() ? "" : back.error().message;
}

TEST(ProgramJson, ChecksWhatIsReliedOn) {
  const auto broken = [](auto&& change) {
    Program p = rich_program();
    change(p);
    return error_of(p);
  };
  EXPECT_THAT(broken([](Program& p) { p.width = 641; }), HasSubstr("size"));
  EXPECT_THAT(broken([](Program& p) { p.height = 20000; }), HasSubstr("size"));
  EXPECT_THAT(broken([](Program& p) { p.fps = 0; }), HasSubstr("frame rate"));
  EXPECT_THAT(broken([](Program& p) { p.scale = 2; }), HasSubstr("scale"));
  EXPECT_THAT(broken([](Program& p) { p.frames = 0; }), HasSubstr("frames"));
  EXPECT_THAT(broken([](Program& p) { p.frames = 100; }), HasSubstr("frames"));
  EXPECT_THAT(broken([](Program& p) { p.inputs.clear(); }), HasSubstr("input does not exist"));
  EXPECT_THAT(broken([](Program& p) { p.tracks[0].clips[0].visual.x.keys.clear(); }),
              HasSubstr("keys"));
  EXPECT_THAT(broken([](Program& p) { p.tracks[0].clips[0].visual.x.keys[1].time = 0; }),
              HasSubstr("order"));
  EXPECT_THAT(broken([](Program& p) { p.tracks[0].clips[0].visual.opacity = 1.5; }),
              HasSubstr("value"));
  EXPECT_THAT(broken([](Program& p) { p.tracks[0].clips[1].transition.reset(); }),
              HasSubstr("overlap"));
  EXPECT_THAT(broken([](Program& p) { p.tracks[0].clips[1].transition->duration = 1; }),
              HasSubstr("transition"));
  EXPECT_THAT(broken([](Program& p) { p.tracks[0].clips[0].end_frame = 4; }), HasSubstr("frames"));
  EXPECT_THAT(broken([](Program& p) { p.audio.sounds[0].duration = 0; }), HasSubstr("sound"));
  EXPECT_THAT(broken([](Program& p) { p.video.crf = 99; }), HasSubstr("quality"));
}

TEST(ProgramJson, RefusesWhatItDoesNotKnow) {
  const auto error = [](std::string_view text) {
    const auto back = read_program(text);
    return back.ok() ? std::string() : back.error().message;
  };
  EXPECT_THAT(error("{"), HasSubstr("ends too early"));
  EXPECT_THAT(error("{}"), HasSubstr("another version"));
  EXPECT_THAT(error("[1]"), HasSubstr("another version"));
  EXPECT_THAT(error(R"({"version":1,"colour":2})"), HasSubstr("/colour: unknown key"));
  EXPECT_THAT(error(R"({"version":1,"width":1.5})"), HasSubstr("/width: must be a whole number"));
  EXPECT_THAT(error(R"({"version":1,"width":3e9})"), HasSubstr("/width: must be a whole number"));
  EXPECT_THAT(error(R"({"version":1,"fps":30})"), HasSubstr("/fps: must be a fraction"));
  EXPECT_THAT(error(R"({"version":1,"fps":"1/0"})"), HasSubstr("/fps: must be a fraction"));
  EXPECT_THAT(error(R"({"version":1,"tracks":[{"clips":[{"content":{"kind":"x"}}]}]})"),
              HasSubstr("/tracks/0/clips/0/content: unknown kind"));
  EXPECT_THAT(error(R"({"version":1,"tracks":[{"clips":[{"visual":{"fit":"x"}}]}]})"),
              HasSubstr("/tracks/0/clips/0/visual/fit: unknown word"));
}

// Any single byte changed gives an error or a program that passes its checks, never a crash.
TEST(ProgramJson, SurvivesDamage) {
  const std::string text = write_program(rich_program());
  EXPECT_TRUE(rc::check("survives damage", [&](uint16_t at, char byte) {
    std::string damaged = text;
    damaged[at % damaged.size()] = byte;
    const auto back = read_program(damaged);
    if (back.ok()) RC_ASSERT(check_program(*back).ok());
  }));
}

}  // namespace
}  // namespace rushes::schema
