#include "text/painter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "text/test_fonts.h"

namespace rushes::text {
namespace {

using schema::Align;
using schema::TextContent;
using schema::VerticalAlign;
using testing::Area;

class PainterTest : public ::testing::Test {
 protected:
  static TextContent content(const std::string& text, double size = 48) {
    TextContent c;
    c.text = text;
    c.style.families = {"DejaVu Sans"};
    c.style.size = size;
    return c;
  }
  Painted paint(const TextContent& c, const Box& box = {600, 300, 1}) {
    auto painted = paint_text(fonts_, c, box);
    EXPECT_TRUE(painted.ok()) << painted.error().message;
    return std::move(painted).value();
  }
  Sprite sprite(const TextContent& c, const Box& box = {600, 300, 1}) {
    Painted p = paint(c, box);
    EXPECT_TRUE(p.sprite.has_value());
    return *p.sprite;
  }
  FontSet fonts_ = testing::fonts();
};

TEST_F(PainterTest, AllInkIsInTheBitmapAndNothingElse) {
  TextContent c = content("jÅgf");
  c.style.italic = true;
  c.style.outline_width = 5;
  c.style.shadow = schema::Shadow{9, -7, 20, {0, 0, 0, 255}};
  const Sprite s = sprite(c);
  // Tight: every edge of the bitmap has ink.
  const Area all = testing::area_of(s);
  const Area ink = testing::area_where(s, [](uint32_t p) { return p != 0; });
  EXPECT_EQ(ink.left, all.left);
  EXPECT_EQ(ink.top, all.top);
  EXPECT_EQ(ink.right, all.right);
  EXPECT_EQ(ink.bottom, all.bottom);
  // Uncut: a shadow or outline that is cut off would start at once with much ink.
  const auto& b = *s.bitmap;
  for (int x = 0; x < b.width; ++x) {
    EXPECT_LT(testing::alpha_of(b.pixels[static_cast<size_t>(x)]), 24u);
    EXPECT_LT(testing::alpha_of(b.pixels[b.pixels.size() - 1 - static_cast<size_t>(x)]), 24u);
  }
  for (int y = 0; y < b.height; ++y) {
    const size_t row = static_cast<size_t>(y) * static_cast<size_t>(b.width);
    EXPECT_LT(testing::alpha_of(b.pixels[row]), 24u);
    EXPECT_LT(testing::alpha_of(b.pixels[row + static_cast<size_t>(b.width) - 1]), 24u);
  }
}

TEST_F(PainterTest, InkDoesNotDependOnTheBox) {
  const TextContent c = content("Typography: fjord, Ångström");
  TextContent small = c;
  small.wrap = false;
  TextContent large = small;
  const Sprite in_small = sprite(small, {50, 10, 1}), in_large = sprite(large, {4000, 2000, 1});
  EXPECT_EQ(in_small.bitmap->width, in_large.bitmap->width);
  EXPECT_EQ(in_small.bitmap->height, in_large.bitmap->height);
}

TEST_F(PainterTest, DescendersAreNotCut) {
  const Sprite flat = sprite(content("nnn")), deep = sprite(content("ngn"));
  EXPECT_GT(testing::area_of(deep).bottom, testing::area_of(flat).bottom + 5);
}

TEST_F(PainterTest, HorizontalAlignment) {
  TextContent c = content("word");
  c.align = Align::kLeft;
  const Area left = testing::area_of(sprite(c));
  c.align = Align::kRight;
  const Area right = testing::area_of(sprite(c));
  c.align = Align::kCenter;
  const Area center = testing::area_of(sprite(c));
  EXPECT_NEAR(left.left, 0, 6);
  EXPECT_NEAR(right.right, 600, 6);
  EXPECT_NEAR(center.left + center.right, 600, 8);
}

TEST_F(PainterTest, VerticalAlignmentKeepsWithinTheBox) {
  TextContent c = content("Ég");
  c.valign = VerticalAlign::kTop;
  const Area top = testing::area_of(sprite(c));
  c.valign = VerticalAlign::kBottom;
  const Area bottom = testing::area_of(sprite(c));
  EXPECT_GE(top.top, 0);
  EXPECT_LT(top.top, 12);
  EXPECT_LE(bottom.bottom, 300);
  EXPECT_GT(bottom.bottom, 288);
}

TEST_F(PainterTest, WrapsAtTheBoxWidthUnlessToldNotTo) {
  TextContent c = content("one two three four five six seven eight");
  const Painted wrapped = paint(c);
  EXPECT_GT(wrapped.lines, 1);
  EXPECT_LE(wrapped.sprite->bitmap->width, 600);
  c.wrap = false;
  const Painted single = paint(c);
  EXPECT_EQ(single.lines, 1);
  EXPECT_GT(single.sprite->bitmap->width, 600);
  EXPECT_TRUE(testing::any_contains(single.warnings, "overflows its box"));
}

TEST_F(PainterTest, JustifiedLinesReachBothEdges) {
  TextContent c = content("one two three four five six seven eight nine ten eleven", 40);
  c.align = Align::kJustify;
  const Area a = testing::area_of(sprite(c));
  EXPECT_NEAR(a.left, 0, 6);
  EXPECT_NEAR(a.right, 600, 6);
}

TEST_F(PainterTest, LinesStandLineHeightApartWhateverTheyMix) {
  TextContent c = content("x\nx", 50);
  const auto second_line = [&](const std::string& text) {
    c.text = text;
    return testing::area_of(sprite(c, {600, 0, 1}));
  };
  c.valign = VerticalAlign::kTop;
  c.style.line_height = 1;
  const int bottom = second_line("x\nx").bottom;
  c.style.line_height = 2;
  // Twice the distance, and half a line more above the first.
  EXPECT_NEAR(second_line("x\nx").bottom, bottom + 75, 1);
  EXPECT_NEAR(second_line("中😀\nx").bottom, bottom + 75, 1);
}

TEST_F(PainterTest, LetterSpacingWidensLatinButNeverTearsArabic) {
  TextContent c = content("spacing");
  const int normal = sprite(c).bitmap->width;
  c.style.letter_spacing = 10;
  EXPECT_NEAR(sprite(c).bitmap->width, normal + 60, 2);
  TextContent arabic = content("مرحبا");
  const int joined = sprite(arabic).bitmap->width;
  arabic.style.letter_spacing = 10;
  EXPECT_EQ(sprite(arabic).bitmap->width, joined);
}

TEST_F(PainterTest, HebrewRunsFromRightToLeft) {
  // The first letter of the text is the rightmost: the narrow vav first or last.
  const auto shape = [&](const std::string& text) {
    const Sprite s = sprite(content(text));
    const Area right_half = testing::area_where(s, [](uint32_t p) { return p != 0; });
    int ink = 0;
    const auto& b = *s.bitmap;
    for (int y = 0; y < b.height; ++y) {
      for (int x = b.width - 12; x < b.width; ++x) {
        ink += b.pixels[static_cast<size_t>(y) * static_cast<size_t>(b.width) +
                        static_cast<size_t>(x)] != 0;
      }
    }
    EXPECT_GT(right_half.width(), 20);
    return ink;
  };
  EXPECT_NE(shape("ושש"), shape("ששו"));
  // A sentence mark after Hebrew stands on its left, after Latin on its right.
  TextContent hebrew = content("שלום.");
  const Sprite s = sprite(hebrew);
  const auto& b = *s.bitmap;
  int upper_left = 0;  // above a full stop there is nothing
  for (int y = 0; y < b.height / 2; ++y) {
    for (int x = 0; x < 5; ++x) {
      upper_left += b.pixels[static_cast<size_t>(y) * static_cast<size_t>(b.width) +
                             static_cast<size_t>(x)] != 0;
    }
  }
  EXPECT_EQ(upper_left, 0);
}

bool is_colored(uint32_t p) {
  const int r = p >> 16 & 0xFF, g = p >> 8 & 0xFF, b = p & 0xFF;
  return testing::alpha_of(p) > 200 && std::max({r, g, b}) - std::min({r, g, b}) > 60;
}

TEST_F(PainterTest, EmojiAreColouredAlsoWhereATextFontHasThem) {
  for (const char* text : {"😀", "⚡", "❤️", "🇩🇪"}) {
    const Sprite s = sprite(content(text, 64));
    EXPECT_GT(testing::count_where(s, is_colored), 200) << text;
    EXPECT_NEAR(s.bitmap->height, 70, 16) << text;
  }
  EXPECT_EQ(testing::count_where(sprite(content("plain 1 # *")), is_colored), 0);
}

TEST_F(PainterTest, EmojiGrowWithTheSize) {
  const int small = sprite(content("😀", 20)).bitmap->width;
  const int large = sprite(content("😀", 200)).bitmap->width;
  EXPECT_NEAR(large, small * 10, 12);
}

TEST_F(PainterTest, ChineseIsDrawnAndWraps) {
  const Painted p = paint(content("今天天气很好我们一起去公园散步吧今天天气很好"));
  EXPECT_TRUE(p.warnings.empty());
  EXPECT_GT(p.lines, 1);
}

TEST_F(PainterTest, CharactersThatNoFontHasAreNamedAndSeen) {
  const Painted p = paint(content("a\xEE\x80\x80"));
  EXPECT_TRUE(testing::any_contains(p.warnings, "U+E000"));
  EXPECT_GT(p.sprite->bitmap->width, sprite(content("a")).bitmap->width + 10);
}

TEST_F(PainterTest, FitBoxIsTheLargestSizeThatFits) {
  TextContent c = content("Fit this rather long headline into its box", 200);
  c.fit_box = true;
  const Box box{500, 200, 1};
  const Painted p = paint(c, box);
  EXPECT_LT(p.font_size, 200);
  const Area a = testing::area_of(*p.sprite);
  EXPECT_GE(a.left, -1);
  EXPECT_GE(a.top, -1);
  EXPECT_LE(a.right, 501);
  EXPECT_LE(a.bottom, 201);
  EXPECT_FALSE(testing::any_contains(p.warnings, "overflows"));
  // A little larger, and it no longer fits.
  TextContent larger = content(c.text, p.font_size + 2);
  EXPECT_TRUE(testing::any_contains(paint(larger, box).warnings, "overflows"));
}

TEST_F(PainterTest, FitBoxNeverBreaksAWordNorGrowsNorLeavesItsLimits) {
  TextContent c = content("Donaudampfschifffahrt", 100);
  c.fit_box = true;
  const Painted p = paint(c, {300, 300, 1});
  EXPECT_EQ(p.lines, 1);
  EXPECT_LE(p.sprite->bitmap->width, 300);
  TextContent shorter = content("Hi", 40);
  shorter.fit_box = true;
  EXPECT_EQ(paint(shorter).font_size, 40);
  c.min_size = 90;
  const Painted least = paint(c, {300, 300, 1});
  EXPECT_EQ(least.font_size, 90);
  EXPECT_TRUE(testing::any_contains(least.warnings, "overflows"));
}

TEST_F(PainterTest, BackgroundSurroundsTheTextByItsPadding) {
  TextContent c = content("box");
  const Area letters = testing::area_of(sprite(c));
  c.style.background = schema::TextStyle::Background{{10, 20, 200, 255}, 30, 20, 12};
  const Sprite s = sprite(c);
  const Area panel = testing::area_of(s);
  EXPECT_NEAR(panel.width(), letters.width() + 60, 10);
  EXPECT_NEAR(panel.height(), 48 * 1.2 + 40, 2);
  EXPECT_EQ(s.bitmap->pixels.front(), 0u) << "the corner is round";
  const size_t middle_left =
      static_cast<size_t>(s.bitmap->height / 2) * static_cast<size_t>(s.bitmap->width) + 8;
  EXPECT_EQ(s.bitmap->pixels[middle_left], 0xFF0A14C8u);
}

TEST_F(PainterTest, OutlineGrowsTheInkOnEverySideAndLiesUnderTheFill) {
  TextContent c = content("O", 100);
  const Sprite plain = sprite(c);
  c.style.outline_width = 6;
  c.style.outline_color = {255, 0, 0, 255};
  const Sprite lined = sprite(c);
  const Area a = testing::area_of(plain), b = testing::area_of(lined);
  EXPECT_NEAR(a.left - b.left, 6, 1);
  EXPECT_NEAR(a.top - b.top, 6, 1);
  EXPECT_NEAR(b.right - a.right, 6, 1);
  EXPECT_NEAR(b.bottom - a.bottom, 6, 1);
  const auto white = [](uint32_t p) { return p == 0xFFFFFFFFu; };
  EXPECT_NEAR(testing::count_where(lined, white), testing::count_where(plain, white),
              testing::count_where(plain, white) / 50);
}

TEST_F(PainterTest, GradientRunsOverTheHeightOfTheText) {
  TextContent c = content("IIII\nIIII", 80);
  schema::GradientContent g;
  g.stops = {{0, {255, 0, 0, 255}}, {1, {0, 0, 255, 255}}};
  c.style.gradient = g;
  const Sprite s = sprite(c);
  const auto red = testing::area_where(
      s, [](uint32_t p) { return testing::alpha_of(p) == 255 && (p >> 16 & 0xFF) > (p & 0xFF); });
  const auto blue = testing::area_where(
      s, [](uint32_t p) { return testing::alpha_of(p) == 255 && (p >> 16 & 0xFF) < (p & 0xFF); });
  EXPECT_LE(red.bottom, blue.top + 1);
  EXPECT_GT(red.height(), 40);
  EXPECT_GT(blue.height(), 40);
}

TEST_F(PainterTest, ShadowLiesWhereItIsTold) {
  TextContent c = content("H", 100);
  const Area letter = testing::area_of(sprite(c));
  c.style.shadow = schema::Shadow{40, 30, 0, {0, 0, 0, 255}};
  const Area shadow = testing::area_where(sprite(c), [](uint32_t p) { return p == 0xFF000000u; });
  EXPECT_NEAR(shadow.right, letter.right + 40, 1);
  EXPECT_NEAR(shadow.bottom, letter.bottom + 30, 1);
}

TEST_F(PainterTest, PixelsArePremultiplied) {
  TextContent c = content("half", 60);
  c.style.color = {255, 255, 255, 128};
  const Sprite s = sprite(c);
  EXPECT_EQ(testing::count_where(s,
                                 [](uint32_t p) {
                                   const uint32_t a = p >> 24;
                                   return (p & 0xFF) > a || (p >> 8 & 0xFF) > a ||
                                          (p >> 16 & 0xFF) > a;
                                 }),
            0);
  EXPECT_GT(testing::count_where(s, [](uint32_t p) { return p == 0x80808080u; }), 100);
}

TEST_F(PainterTest, ScaleDoesNotChangeTheLayout) {
  const TextContent c = content("one two three four five six seven eight nine", 37);
  const Painted full = paint(c, {500, 300, 1}), half = paint(c, {500, 300, 0.5});
  EXPECT_EQ(full.lines, half.lines);
  EXPECT_NEAR(full.sprite->bitmap->width, half.sprite->bitmap->width * 2, 4);
  EXPECT_NEAR(full.sprite->x, half.sprite->x * 2, 3);
}

TEST_F(PainterTest, SameBytesEveryTimeAlsoFromAnotherSet) {
  TextContent c = content("Same bytes 😀 中文 مرحبا", 40);
  c.style.outline_width = 3;
  c.style.shadow = schema::Shadow{2, 2, 9, {0, 0, 0, 200}};
  const Sprite first = sprite(c), second = sprite(c);
  FontSet other = testing::fonts();
  const auto third = paint_text(other, c, {600, 300, 1});
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(first.bitmap->pixels, second.bitmap->pixels);
  EXPECT_EQ(first.bitmap->pixels, third->sprite->bitmap->pixels);
}

TEST_F(PainterTest, FarTextIsNotLeftOut) {
  // Ink far from the origin, small letters: as wide as the sum of its words.
  TextContent c = content(std::string(400, 'm'), 12);
  c.wrap = false;
  TextContent one = content("m", 12);
  one.wrap = false;
  EXPECT_NEAR(sprite(c).bitmap->width, 400 * 12 * 0.974, 20);
}

TEST_F(PainterTest, NothingToSeeIsNoSprite) {
  EXPECT_FALSE(paint(content("")).sprite.has_value());
  EXPECT_FALSE(paint(content("  \n ")).sprite.has_value());
}

TEST_F(PainterTest, WeightsAndFamiliesThatAreNotThereAreSaid) {
  TextContent c = content("x");
  c.style.families = {"Nowhere", "DejaVu Sans"};
  EXPECT_TRUE(testing::any_contains(paint(c).warnings, "\"Nowhere\" is not among"));
  c.style.families = {"DejaVu Sans"};
  c.style.weight = 100;
  EXPECT_TRUE(testing::any_contains(paint(c).warnings, "has no weight 100"));
  c.style.weight = 700;
  EXPECT_TRUE(paint(c).warnings.empty());
}

TEST_F(PainterTest, HostileInputIsRefusedOrBounded) {
  TextContent c = content(std::string(kMaxTextBytes + 1, 'a'));
  EXPECT_EQ(paint_text(fonts_, c, {100, 100, 1}).error().code, base::Code::kResource);
  c = content(std::string(30000, 'W'), 400);
  c.wrap = false;
  EXPECT_EQ(paint_text(fonts_, c, {100, 100, 1}).error().code, base::Code::kResource);
  c = content("x", -1);
  EXPECT_EQ(paint_text(fonts_, c, {100, 100, 1}).error().code, base::Code::kInvalidArgument);
  c = content("x");
  c.style.outline_width = 1e12;
  EXPECT_EQ(paint_text(fonts_, c, {100, 100, 1}).error().code, base::Code::kInvalidArgument);
  c = content("x");
  c.style.shadow = schema::Shadow{0, 0, std::nan(""), {}};
  EXPECT_EQ(paint_text(fonts_, c, {100, 100, 1}).error().code, base::Code::kInvalidArgument);
  c = content(std::string(60000, 'W'), 16000);
  c.wrap = false;
  EXPECT_EQ(paint_text(fonts_, c, {100, 100, 64}).error().code, base::Code::kResource);
  c = content("\xFF\xFE\x80 ok \x01\x02");
  EXPECT_TRUE(paint_text(fonts_, c, {100, 100, 1}).ok());
}

}  // namespace
}  // namespace rushes::text
