#include <gtest/gtest.h>

#include "text/blur.h"
#include "text/caption_effects.h"
#include "text/code_points.h"

namespace rushes::text {
namespace {

using base::Rational;
using schema::CaptionEffect;

const WordTimes kWord{1, 2, Rational(5, 2)};

TEST(CaptionEffects, StartAndEndAtRest) {
  for (int e = 0; e <= static_cast<int>(CaptionEffect::kFade); ++e) {
    const WordLook after = look_at(static_cast<CaptionEffect>(e), kWord, 10, {1.3, 1.4});
    EXPECT_EQ(after.scale, 1) << e;
    EXPECT_EQ(after.lift, 0) << e;
    EXPECT_EQ(after.opacity, 1) << e;
    EXPECT_EQ(after.typed, 1) << e;
    EXPECT_TRUE(after.visible && !after.active) << e;
  }
}

TEST(CaptionEffects, PopIsSmooth) {
  double before = 1;
  for (int ms = 1000; ms < 3000; ms += 5) {
    const double now = look_at(CaptionEffect::kPop, kWord, Rational(ms, 1000), {1.2, 1.3}).scale;
    EXPECT_LT(now - before, 0.06);
    EXPECT_LT(before - now, 0.06);
    before = now;
  }
}

TEST(CaptionEffects, KaraokeSingsTheSpokenTime) {
  EXPECT_EQ(look_at(CaptionEffect::kKaraoke, kWord, 1, {}).sung, 0);
  EXPECT_EQ(look_at(CaptionEffect::kKaraoke, kWord, Rational(5, 4), {}).sung, 0.25);
  EXPECT_EQ(look_at(CaptionEffect::kKaraoke, kWord, 2, {}).sung, 1);
  EXPECT_EQ(look_at(CaptionEffect::kKaraoke, {1, 1, 1}, 1, {}).sung, 1);  // no time at all
}

TEST(Blur, KeepsTheSumAndTheCentre) {
  for (const double sigma : {0.3, 0.8, 1.0, 2.5, 7.0, 20.0}) {
    const int reach = blur_reach(sigma);
    const int side = 2 * reach + 9;
    Mask m{side, side,
           std::vector<uint8_t>(static_cast<size_t>(side) * static_cast<size_t>(side), 0)};
    for (int y = -2; y <= 2; ++y) {
      for (int x = -2; x <= 2; ++x) {
        const int at = (side / 2 + y) * side + side / 2 + x;
        m.pixels[static_cast<size_t>(at)] = 255;
      }
    }
    blur(m, sigma);
    long left = 0, right = 0;
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const int at = y * side + x;
        const uint8_t v = m.pixels[static_cast<size_t>(at)];
        (x < side / 2 ? left : right) += x == side / 2 ? 0 : v;
      }
    }
    EXPECT_EQ(left, right) << sigma;
    // Nothing reaches the edge that the margin was computed for.
    for (int i = 0; i < side; ++i) EXPECT_EQ(m.pixels[static_cast<size_t>(i)], 0) << sigma;
  }
}

TEST(Blur, SpreadIsThatOfTheGaussian) {
  // A step: its blur is the error function; at one sigma beyond the edge 15.9 % are left.
  for (const double sigma : {2.0, 5.0, 12.0}) {
    const int width = 400, height = 121;
    Mask m{width, height, std::vector<uint8_t>(static_cast<size_t>(width * height), 0)};
    for (size_t i = 0; i < m.pixels.size(); ++i) m.pixels[i] = i % width < 200 ? 0 : 255;
    blur(m, sigma);
    const size_t at = 60 * 400 + static_cast<size_t>(200 - sigma);
    EXPECT_NEAR((m.pixels[at] + m.pixels[at - 1]) / 2.0, 0.159 * 255, 6) << sigma;
  }
}

TEST(CodePoints, WhatFontsMustCover) {
  EXPECT_EQ(code_points("ba\na\t\u200D b"), (std::vector<char32_t>{' ', 'a', 'b'}));
  EXPECT_EQ(code_points("❤️"), (std::vector<char32_t>{0x2764, 0xFE0F}));
  EXPECT_TRUE(is_default_emoji(U'😀'));
  EXPECT_TRUE(is_default_emoji(U'⚡'));
  EXPECT_FALSE(is_default_emoji(U'❤'));
  EXPECT_FALSE(is_default_emoji('1'));
}

TEST(CodePoints, UpperCaseAndDirection) {
  EXPECT_EQ(to_upper("straße éà"), "STRASSE ÉÀ");
  EXPECT_EQ(to_upper("istanbul"), "ISTANBUL");
  EXPECT_EQ(direction_of("12 שלום abc"), Direction::kRightToLeft);
  EXPECT_EQ(direction_of("abc שלום"), Direction::kLeftToRight);
  EXPECT_EQ(direction_of("12 !"), Direction::kNeutral);
}

}  // namespace
}  // namespace rushes::text
