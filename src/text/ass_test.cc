#include "text/ass.h"

#include <ass/ass.h>
#include <gtest/gtest.h>

#include "text/ass_compose.h"
#include "text/test_fonts.h"

namespace rushes::text {
namespace {

using base::Rational;

std::string script(const std::string& events, const std::string& info = "",
                   const std::string& font = "DejaVu Sans") {
  return "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n" + info +
         "\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, "
         "OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, "
         "Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
         "Style: Default," +
         font +
         ",36,&H000000FF,&H0000FFFF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,2,0,2,10,10,20,1\n"
         "\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, "
         "Text\n" +
         events;
}

std::string line(const std::string& start, const std::string& end, const std::string& text) {
  return "Dialogue: 0,0:00:" + start + ",0:00:" + end + ",Default,,0,0,0,," + text + "\n";
}

class AssTest : public ::testing::Test {
 protected:
  base::Result<AssRenderer> try_open(const std::string& text, const Box& box = {640, 360, 1}) {
    ASSIGN_OR_RETURN(AssScript parsed, parse_ass(text));
    return AssRenderer::open(fonts_, std::move(parsed.script), box);
  }
  AssRenderer open(const std::string& text, const Box& box = {640, 360, 1}) {
    auto r = try_open(text, box);
    if (!r.ok()) throw std::runtime_error(r.error().message);
    return std::move(r).value();
  }
  static std::vector<Sprite> at(AssRenderer& r, const Rational& t) {
    auto s = r.at(t);
    if (!s.ok()) throw std::runtime_error(s.error().message);
    return std::move(s).value();
  }
  FontSet fonts_ = testing::fonts();
};

TEST_F(AssTest, LinesAreShownInTheirTimeAndColour) {
  auto r = open(script(line("01.00", "02.00", "Hello")));
  EXPECT_TRUE(at(r, Rational(999, 1000)).empty());
  const auto s = at(r, Rational(1));
  ASSERT_EQ(s.size(), 1u);
  // The style's &H000000FF is red (blue, green, red in the file).
  EXPECT_GT(testing::count_where(s[0], [](uint32_t p) { return p == 0xFFFF0000u; }), 100);
  EXPECT_GT(s[0].y, 250);
  EXPECT_TRUE(at(r, Rational(2)).empty());
  EXPECT_TRUE(r.take_warnings().empty());
}

// libass would look it up beyond the end of its list.
TEST_F(AssTest, LinesHaveOneOfTheStyles) {
  auto parsed = parse_ass(script(line("00.00", "02.00", "Hello")));
  ASSERT_TRUE(parsed.ok());
  for (const int style : {-1, 2, 1 << 30}) {
    parsed->script.lines[0].style = style;
    EXPECT_FALSE(AssRenderer::open(fonts_, parsed->script, {640, 360, 1}).ok()) << style;
  }
}

TEST_F(AssTest, UnchangedPicturesAreTheSamePointers) {
  auto r = open(script(line("00.00", "02.00", "Hello")));
  const auto a = at(r, Rational(1, 10)), b = at(r, Rational(1));
  EXPECT_EQ(a, b);
  auto moving = open(script(line("00.00", "02.00", "{\\move(100,100,500,300)}x")));
  EXPECT_NE(at(moving, Rational(1, 10)), at(moving, Rational(1)));
}

TEST_F(AssTest, ThePictureDependsOnTheTimeAlone) {
  // The second line gives way to the first and stays up when the first has gone.
  const std::string text =
      script(line("00.00", "02.00", "first") + line("01.00", "04.00", "second"));
  auto sequential = open(text), direct = open(text);
  for (int i = 0; i < 30; ++i) at(sequential, Rational(i, 10));
  const auto a = at(sequential, 3), b = at(direct, 3);
  ASSERT_EQ(a.size(), 1u);
  ASSERT_EQ(b.size(), 1u);
  EXPECT_EQ(a[0].y, b[0].y);
  EXPECT_EQ(a[0].bitmap->pixels, b[0].bitmap->pixels);
  // And back again.
  const auto early = at(sequential, Rational(1, 2)), fresh = at(direct, Rational(1, 2));
  EXPECT_EQ(early[0].y, fresh[0].y);
  EXPECT_EQ(early[0].bitmap->pixels, fresh[0].bitmap->pixels);
}

TEST_F(AssTest, TitleAndSubtitleAreTwoSprites) {
  auto r = open(script(line("00.00", "01.00", "low") + line("00.00", "01.00", "{\\an8}high")));
  const auto s = at(r, 0);
  ASSERT_EQ(s.size(), 2u);
  EXPECT_LT(s[0].y, 100);
  EXPECT_GT(s[1].y, 250);
  EXPECT_LT(s[0].bitmap->height, 80);
}

TEST_F(AssTest, FontsThatAreNotThereAreReplacedAndNamed) {
  auto r = open(script(line("00.00", "01.00", "x{\\fnComic Sans MS}y"), "", "Arial"));
  ASSERT_EQ(at(r, 0).size(), 1u);
  const auto warnings = r.take_warnings();
  EXPECT_TRUE(testing::any_contains(warnings, "\"Arial\" is not among the fonts"));
  EXPECT_TRUE(testing::any_contains(warnings, "\"Comic Sans MS\" is not among"));
  EXPECT_TRUE(r.take_warnings().empty());
}

TEST_F(AssTest, AnyFontOfTheSetHelpsOut) {
  auto latin = open(script(line("00.00", "01.00", "ab")));
  auto mixed = open(script(line("00.00", "01.00", "中文")));
  const auto s = at(mixed, 0);
  ASSERT_EQ(s.size(), 1u);
  EXPECT_TRUE(mixed.take_warnings().empty());
  // Two different characters, not two empty frames: halves differ.
  const auto& b = *s[0].bitmap;
  int differ = 0;
  for (int y = 0; y < b.height; ++y) {
    for (int x = 0; x < b.width / 2; ++x) {
      const size_t at_left = static_cast<size_t>(y * b.width + x);
      differ += b.pixels[at_left] != b.pixels[at_left + static_cast<size_t>(b.width / 2)];
    }
  }
  EXPECT_GT(differ, 300);
  auto unknown = open(script(line("00.00", "01.00", "\xEE\x80\x80")));
  EXPECT_TRUE(testing::any_contains(unknown.take_warnings(), "U+E000"));
}

TEST_F(AssTest, SameBytesEveryTime) {
  const std::string text = script(line("00.00", "01.00", "{\\blur2\\frz20}Same {\\i1}bytes"));
  auto a = open(text), b = open(text);
  EXPECT_EQ(at(a, 0)[0].bitmap->pixels, at(b, 0)[0].bitmap->pixels);
}

TEST_F(AssTest, ScaleIsThatOfTheFrame) {
  const std::string text = script(line("00.00", "01.00", "Hello"));
  auto full = open(text, {1280, 720, 1}), half = open(text, {1280, 720, 0.5});
  EXPECT_NEAR(at(full, 0)[0].bitmap->width, at(half, 0)[0].bitmap->width * 2, 4);
}

TEST_F(AssTest, MatrixHeaderDoesNotBendColours) {
  auto r = open(script(line("00.00", "01.00", "Hello"), "YCbCr Matrix: TV.601\n"));
  EXPECT_GT(testing::count_where(at(r, 0)[0], [](uint32_t p) { return p == 0xFFFF0000u; }), 100);
}

TEST_F(AssTest, HostileScriptsAreRefusedOrDrawNothingBad) {
  EXPECT_EQ(try_open(std::string((16 << 20) + 1, 'x')).error().code, base::Code::kResource);
  EXPECT_FALSE(try_open(script("", "PlayResX: 1000000\n")).ok());
  EXPECT_FALSE(try_open(script(""), {1e9, 1e9, 1}).ok());
  EXPECT_FALSE(try_open(script(""), {0, 0, 1}).ok());
  const std::string bad[] = {
      "",
      std::string("\0\0\0\0\xFF\xFE", 6),
      script(line("00.00", "01.00", "{\\fs99999}huge{\\fs-5}{\\fscx100000}x")),
      script(line("00.00", "01.00", "{\\blur500\\be900\\bord900\\shad900}x")),
      script(line("00.00", "01.00", "{\\p1}m 0 0 l 99999999 0 99999999 99999999 b 1 2")),
      script(line("00.00", "01.00", "{\\t(0,1,{\\t(\\fs1}}}")),
      script(line("00.00", "99.99", "x") + "Dialogue: broken\nDialogue:,,,,,,,,,,,\n"),
      script(line("00.00", "01.00", "x")) + "\n[Fonts]\nfontname: evil.ttf\n!!!!!!!!!!!!\n"};
  for (const std::string& text : bad) {
    auto r = try_open(text);
    if (!r.ok()) continue;
    const auto s = r->at(Rational(1, 2));
    ASSERT_TRUE(s.ok());
    for (const Sprite& sprite : *s) {
      EXPECT_GE(sprite.x, 0);
      EXPECT_GE(sprite.y, 0);
      EXPECT_LE(sprite.x + sprite.bitmap->width, 640);
      EXPECT_LE(sprite.y + sprite.bitmap->height, 360);
    }
  }
  EXPECT_TRUE(testing::any_contains(parse_ass(bad[7])->warnings, "embedded"));
}

TEST(ParseAss, HeaderAndLines) {
  const auto parsed = parse_ass(
      "[Script Info]\n; by an editor\nPlayResX: 640\n[Aegisub Project Garbage]\nActive Line: 3\n" +
      script(line("01.00", "02.50", "one, {\\k5}two") +
             "Comment: 0,0:00:00.00,0:00:09.00,,,0,0,0,,z\n" + line("01.00", "01.00", "never") +
             line("00.50", "01.00", "{\\pos(1,2)}three")));
  ASSERT_TRUE(parsed.ok());
  const schema::Script& s = parsed->script;
  ASSERT_EQ(s.lines.size(), 2u);
  EXPECT_EQ(s.lines[0].start_ms, 1000);
  EXPECT_EQ(s.lines[0].end_ms, 2500);
  EXPECT_EQ(s.lines[0].text, "one, {\\k5}two");
  EXPECT_FALSE(s.lines[0].placed);
  EXPECT_TRUE(s.lines[1].placed);
  EXPECT_EQ(s.begin, 0);
  for (const char* gone : {"one", "three", "editor", "Active Line", "Comment"}) {
    EXPECT_EQ(s.header.find(gone), std::string::npos) << gone;
  }
  EXPECT_NE(s.header.find("Style: Default"), std::string::npos);
}

TEST(ParseAss, PlacedIsWhatLibassTakesForIt) {
  const std::pair<const char*, bool> cases[] = {
      {"{\\pos(1,2)}x", true},      {"{\\an8\\pos( -1.5 , 2 )}x", true},
      {"{\\move(1,2,3,4)}x", true}, {"{\\move(1,2,3,4,5,6)}x", true},
      {"\\pos(1,2)", false},        {"{\\pos(1,2)", false},
      {"{\\pos(1,)}x", false},      {"{\\pos(,1,)}x", false},
      {"{\\move(1,2,3)}x", false},  {"{\\clip(\\pos(1,2))}x", false},
      {"\\{\\pos(1,2)}x", false},   {"{a}b{\\pos(3,4)}", true},
  };
  for (const auto& [text, placed] : cases) {
    const auto parsed = parse_ass(script(line("00.00", "01.00", text)));
    ASSERT_EQ(parsed->script.lines.size(), 1u) << text;
    EXPECT_EQ(parsed->script.lines[0].placed, placed) << text;
  }
}

TEST(ParseAss, LinesBeforeTheClipBeginAreKept) {
  const auto parsed = parse_ass(script("Dialogue: 0,0:00:-2.00,0:00:03.00,Default,,0,0,0,,x\n" +
                                       line("01.00", "02.00", "y")));
  ASSERT_TRUE(parsed.ok());
  for (const auto& l : parsed->script.lines) EXPECT_GE(l.start_ms, 0);
}

TEST(AssCompose, BlendsInOrderAndPremultiplied) {
  unsigned char full[1] = {255}, half[1] = {128};
  ASS_Image top{};
  top.w = top.h = top.stride = 1;
  top.bitmap = half;
  top.color = 0x00FF0000;  // green, opaque
  ASS_Image bottom = top;
  bottom.bitmap = full;
  bottom.color = 0xFF000080;  // red, half transparent
  bottom.next = &top;
  const auto s = compose(&bottom);
  ASSERT_EQ(s.size(), 1u);
  // Red: 127; then green at 128 over it: red 127 * 127 / 255 = 63, alpha 128 + 63.
  EXPECT_EQ(s[0].bitmap->pixels[0], 0xBF3F8000u);
}

}  // namespace
}  // namespace rushes::text
