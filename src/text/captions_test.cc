#include "text/captions.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "text/test_fonts.h"

namespace rushes::text {
namespace {

using base::Rational;
using schema::CaptionEffect;
using schema::CaptionsContent;
using schema::Cue;

CaptionsContent content(CaptionEffect effect) {
  CaptionsContent c;
  c.effect = effect;
  c.style.families = {"DejaVu Sans"};
  c.style.size = 40;
  Cue cue{0, 2, "", {}};
  const char* words[] = {"Every", "word", "counts", "here"};
  for (int i = 0; i < 4; ++i) {
    cue.words.push_back({words[i], Rational(i, 2), Rational(i + 1, 2)});
  }
  c.cues = {cue};
  return c;
}

class CaptionsTest : public ::testing::Test {
 protected:
  CaptionRenderer open(const CaptionsContent& c, const Box& box = {800, 200, 1}) {
    auto r = CaptionRenderer::open(fonts_, c, box);
    if (!r.ok()) throw std::runtime_error(r.error().message);
    return std::move(r).value();
  }
  static std::vector<Sprite> at(CaptionRenderer& r, const Rational& t) {
    auto s = r.at(t);
    if (!s.ok()) throw std::runtime_error(s.error().message);
    return std::move(s).value();
  }
  FontSet fonts_ = testing::fonts();
};

bool is_yellow(uint32_t p) { return (p >> 16 & 0xFF) > 150 && (p & 0xFF) < 60; }

// How many columns of the box are sung, by the clips of the yellow sprites.
double sung_columns(const std::vector<Sprite>& sprites) {
  double sum = 0;
  for (const Sprite& s : sprites) {
    if (testing::count_where(s, is_yellow) == 0) continue;
    sum += s.clip ? s.clip->right - s.clip->left : s.bitmap->width;
  }
  return sum;
}

TEST_F(CaptionsTest, PlainIsOneSpriteThatStaysTheSame) {
  auto r = open(content(CaptionEffect::kPlain));
  const auto a = at(r, Rational(1, 10)), b = at(r, Rational(19, 10));
  ASSERT_EQ(a.size(), 1u);
  EXPECT_EQ(a, b);
  EXPECT_TRUE(at(r, Rational(2)).empty());
  EXPECT_TRUE(at(r, Rational(-1)).empty());
}

TEST_F(CaptionsTest, KaraokeFillGrowsWithTime) {
  auto r = open(content(CaptionEffect::kKaraoke));
  double before = 0;
  for (int i = 0; i <= 19; ++i) {
    const double now = sung_columns(at(r, Rational(i, 10)));
    if (i == 0) {
      EXPECT_EQ(now, 0);
    } else {
      EXPECT_GT(now, before) << "at " << i << "/10 s";
    }
    before = now;
  }
  // Half-way through the first word, half of it is yellow; the rest is not.
  const auto sprites = at(r, Rational(1, 4));
  ASSERT_EQ(sprites.size(), 5u);
  const Sprite &rest = sprites[3], &sung = sprites[4];
  ASSERT_TRUE(rest.clip && sung.clip);
  EXPECT_NEAR(sung.clip->right, sung.bitmap->width / 2.0, 1.5);
  EXPECT_DOUBLE_EQ(rest.x + rest.clip->left, sung.x + sung.clip->right);
}

TEST_F(CaptionsTest, KaraokeOfHebrewRunsFromTheRight) {
  CaptionsContent c = content(CaptionEffect::kKaraoke);
  c.cues = {Cue{0, 1, "שלום", {}}};
  auto r = open(c);
  const auto sprites = at(r, Rational(1, 4));
  ASSERT_EQ(sprites.size(), 2u);
  EXPECT_NEAR(sprites[1].clip->left, sprites[1].bitmap->width * 0.75, 2);
  EXPECT_EQ(sprites[1].clip->right, sprites[1].bitmap->width);
}

// Where the words that are not active stand, by their bitmaps' white ink.
TEST_F(CaptionsTest, NoWordMovesWhileOthersChange) {
  for (const auto effect : {CaptionEffect::kKaraoke, CaptionEffect::kHighlight, CaptionEffect::kPop,
                            CaptionEffect::kBounce}) {
    CaptionsContent c = content(effect);
    c.active_weight = 700;  // wider letters
    c.active_color = schema::Color{255, 0, 0, 255};
    auto r = open(c);
    std::set<std::pair<double, double>> places;
    for (int i = 0; i < 40; ++i) {
      for (const Sprite& s : at(r, Rational(i, 20))) {
        const bool white = testing::count_where(s, [](uint32_t p) { return p == ~0u; }) > 50;
        if (white && s.scale == 1 && s.opacity == 1) places.insert({s.x, s.y});
      }
    }
    // Four words, each seen at one place; a bounce or pop may still end after the word has.
    if (effect == CaptionEffect::kKaraoke || effect == CaptionEffect::kHighlight ||
        effect == CaptionEffect::kPop) {
      EXPECT_EQ(places.size(), 4u) << static_cast<int>(effect);
    } else {
      EXPECT_GE(places.size(), 3u);
    }
  }
}

TEST_F(CaptionsTest, HighlightBoxLiesBehindTheActiveWordOnly) {
  CaptionsContent c = content(CaptionEffect::kHighlight);
  c.active_background = schema::TextStyle::Background{{0, 0, 255, 255}, 6, 2, 4};
  auto r = open(c);
  double last = -1;
  for (int word = 0; word < 4; ++word) {
    const auto sprites = at(r, Rational(4 * word + 1, 8));
    ASSERT_EQ(sprites.size(), 5u);
    const Sprite& box = sprites[0];
    EXPECT_GT(testing::count_where(box, [](uint32_t p) { return p == 0xFF0000FFu; }), 500);
    EXPECT_GT(box.x, last);
    last = box.x;
  }
}

TEST_F(CaptionsTest, PopGrowsAndSettles) {
  CaptionsContent c = content(CaptionEffect::kPop);
  c.active_scale = 1.2;
  auto r = open(c);
  const auto scale_at = [&](const Rational& t) { return at(r, t).back().scale; };
  EXPECT_LT(scale_at(0), 1);                // painted at 1.2, starts from 1
  EXPECT_GT(scale_at(Rational(1, 10)), 1);  // beyond
  EXPECT_EQ(scale_at(Rational(4, 10)), 1);  // at rest: not resampled
  const Sprite rest = at(r, Rational(4, 10)).back();
  EXPECT_EQ(rest.x, static_cast<int>(rest.x));
  EXPECT_EQ(rest.y, static_cast<int>(rest.y));
}

// Ink of the word that moves, wherever it is on its way, ends before that of its neighbours begins.
TEST_F(CaptionsTest, PopCoversNoNeighbour) {
  for (const double scale : {1.0, 1.15, 1.4}) {
    CaptionsContent c = content(CaptionEffect::kPop);
    // Long words grow the most.
    c.cues[0].words.resize(2);
    c.cues[0].words[0].text = "Internationally";
    c.cues[0].words[1].text = "unquestionable";
    c.active_scale = scale;
    c.active_color = schema::Color{255, 0, 0, 255};
    auto r = open(c, {1600, 200, 1});
    for (int i = 0; i < 20; ++i) {
      double left = 0, right = 0;  // of the red word
      const auto sprites = at(r, Rational(i, 20));
      const auto seen = [](const Sprite& s) {
        const double half = s.bitmap->width / 2.0;
        return std::pair(s.x + half - half * s.scale, s.x + half + half * s.scale);
      };
      for (const Sprite& s : sprites) {
        if (testing::count_where(s, [](uint32_t p) { return p == 0xFFFF0000u; }) > 20) {
          std::tie(left, right) = seen(s);
        }
      }
      ASSERT_GT(right, left);
      for (const Sprite& s : sprites) {
        const auto [from, to] = seen(s);
        if (from == left && to == right) continue;
        const double middle = (from + to) / 2;
        EXPECT_TRUE(middle < left ? to <= left + 2 : middle > right && from >= right - 2)
            << scale << " " << i;
      }
    }
  }
}

TEST_F(CaptionsTest, BounceLeavesAndComesBack) {
  auto r = open(content(CaptionEffect::kBounce));
  const double start = at(r, 0).back().y, up = at(r, Rational(14, 100)).back().y,
               end = at(r, Rational(48, 100)).back().y;
  EXPECT_LT(up, start - 5);
  EXPECT_EQ(start, end);
}

TEST_F(CaptionsTest, TypewriterAddsLettersAndKeepsThoseThere) {
  auto r = open(content(CaptionEffect::kTypewriter));
  int before = 0;
  double x = -1;
  for (int i = 0; i < 5; ++i) {
    const auto sprites = at(r, Rational(i, 10));  // "Every" in half a second
    ASSERT_EQ(sprites.size(), 1u);
    EXPECT_GT(sprites[0].bitmap->width, before);
    before = sprites[0].bitmap->width;
    if (i == 0) x = sprites[0].x;
    EXPECT_EQ(sprites[0].x, x);
  }
}

TEST_F(CaptionsTest, FadeComesIn) {
  auto r = open(content(CaptionEffect::kFade));
  EXPECT_TRUE(at(r, 0).empty());
  const auto half = at(r, Rational(1, 8));
  ASSERT_EQ(half.size(), 1u);
  EXPECT_NEAR(half[0].opacity, 0.5, 0.01);
  EXPECT_EQ(at(r, Rational(3, 10))[0].opacity, 1);
}

TEST_F(CaptionsTest, EveryEffectWorksWithoutWordTimes) {
  for (int e = 0; e <= static_cast<int>(CaptionEffect::kFade); ++e) {
    CaptionsContent c = content(static_cast<CaptionEffect>(e));
    c.cues = {Cue{1, 4, "No times\nare given here", {}}};
    auto r = open(c);
    EXPECT_TRUE(at(r, Rational(99, 100)).empty());
    EXPECT_FALSE(at(r, Rational(39, 10)).empty()) << e;
    EXPECT_TRUE(at(r, 4).empty());
  }
}

TEST_F(CaptionsTest, UnchangedPictureKeepsPointersAndNumbers) {
  auto r = open(content(CaptionEffect::kHighlight));
  EXPECT_EQ(at(r, Rational(1, 10)), at(r, Rational(2, 10)));
  EXPECT_NE(at(r, Rational(1, 10)), at(r, Rational(6, 10)));
}

TEST_F(CaptionsTest, PictureDependsOnTheTimeAlone) {
  for (int e = 0; e <= static_cast<int>(CaptionEffect::kFade); ++e) {
    CaptionsContent c = content(static_cast<CaptionEffect>(e));
    c.max_words = 1;
    auto forward = open(c), single = open(c);
    for (int i = 0; i < 20; ++i) at(forward, Rational(i, 10));
    const auto a = at(forward, Rational(3, 10)), b = at(single, Rational(3, 10));
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].bitmap->pixels, b[i].bitmap->pixels);
      EXPECT_EQ(std::tuple(a[i].x, a[i].y, a[i].scale), std::tuple(b[i].x, b[i].y, b[i].scale));
    }
  }
}

TEST_F(CaptionsTest, MaxWordsAndPausesMakeGroups) {
  CaptionsContent c = content(CaptionEffect::kPlain);
  c.max_words = 2;
  auto pairs = open(c);
  EXPECT_EQ(pairs.boundaries(), (std::vector<Rational>{0, 1, 2}));
  c.max_words = 0;
  c.cues[0].words[2].start = Rational(9, 5);  // after a pause
  auto paused = open(c);
  EXPECT_TRUE(at(paused, Rational(17, 10)).empty());
  EXPECT_FALSE(at(paused, Rational(18, 10)).empty());
}

TEST_F(CaptionsTest, LinesKeepToTheWidthAndAreBalanced) {
  CaptionsContent c = content(CaptionEffect::kPlain);
  c.cues = {Cue{0, 2, "one two three four five six seven", {}}};
  c.max_width = 420;
  auto r = open(c);
  const auto sprites = at(r, 1);
  ASSERT_EQ(sprites.size(), 1u);
  EXPECT_LE(sprites[0].bitmap->width, 420);
  EXPECT_GT(sprites[0].bitmap->height, 60);  // two lines
  EXPECT_LT(sprites[0].bitmap->height, 110);
}

TEST_F(CaptionsTest, WordsTooWideShrinkOrBreakButStayInside) {
  CaptionsContent c = content(CaptionEffect::kHighlight);
  c.max_lines = 3;
  c.cues = {Cue{0, 1, "Donaudampfschiff", {}}, Cue{1, 2, std::string(200, 'W'), {}}};
  auto r = open(c, {300, 200, 1});
  EXPECT_TRUE(testing::any_contains(r.warnings(), "drawn smaller"));
  EXPECT_TRUE(testing::any_contains(r.warnings(), "broken"));
  for (const Rational t : {Rational(1, 2), Rational(3, 2)}) {
    for (const Sprite& s : at(r, t)) {
      EXPECT_GE(s.x, -10);
      EXPECT_LE(s.x + s.bitmap->width, 310);
    }
  }
}

TEST_F(CaptionsTest, ChineseWordsAreNotSpacedAndWrap) {
  CaptionsContent c = content(CaptionEffect::kPlain);
  c.cues = {Cue{0, 1, "", {{"今天", 0, Rational(1, 2)}, {"很好", Rational(1, 2), 1}}}};
  CaptionsContent joined = c;
  joined.cues = {Cue{0, 1, "今天很好", {}}};
  auto a = open(c), b = open(joined);
  EXPECT_NEAR(at(a, 0)[0].bitmap->width, at(b, 0)[0].bitmap->width, 1);
  joined.cues[0].text = "今天天气很好我们一起去公园散步吧今天天气很好";
  auto wrapped = open(joined, {500, 200, 1});
  EXPECT_LE(at(wrapped, 0)[0].bitmap->width, 500);
}

TEST_F(CaptionsTest, OverlapsAreResolvedAndSaid) {
  CaptionsContent c = content(CaptionEffect::kPlain);
  c.cues = {Cue{0, 3, "first", {}}, Cue{2, 4, "second", {}}, Cue{5, 6, "a", {}},
            Cue{5, 6, "b", {}}};
  auto r = open(c);
  EXPECT_TRUE(testing::any_contains(r.warnings(), "overlap"));
  EXPECT_TRUE(testing::any_contains(r.warnings(), "start together"));
  EXPECT_NE(at(r, Rational(19, 10)), at(r, 2));
  EXPECT_GT(at(r, 5)[0].bitmap->height, 50);  // both, in two lines
}

TEST_F(CaptionsTest, ShadowsLieUnderAllLetters) {
  CaptionsContent c = content(CaptionEffect::kBounce);
  c.style.shadow = schema::Shadow{0, 0, 30, {0, 0, 0, 255}};
  auto r = open(c);
  const auto sprites = at(r, 0);
  ASSERT_EQ(sprites.size(), 8u);
  for (size_t i = 0; i < 8; ++i) {
    const bool letters =
        testing::count_where(sprites[i], [](uint32_t p) { return (p & 0xFFFFFF) != 0; }) > 0;
    EXPECT_EQ(letters, i >= 4);
  }
}

TEST_F(CaptionsTest, UppercaseAndMissingGlyphs) {
  CaptionsContent c = content(CaptionEffect::kPlain);
  c.cues = {Cue{0, 1, "straße", {}}};
  auto lower = open(c);
  c.uppercase = true;
  auto upper = open(c);
  EXPECT_GT(at(upper, 0)[0].bitmap->width, at(lower, 0)[0].bitmap->width);
  c.cues[0].text = "\xEE\x80\x80";
  EXPECT_TRUE(testing::any_contains(open(c).warnings(), "U+E000"));
}

TEST_F(CaptionsTest, HostileContentIsBounded) {
  CaptionsContent c = content(CaptionEffect::kHighlight);
  c.cues.assign(100001, Cue{0, 1, "x", {}});
  EXPECT_EQ(CaptionRenderer::open(fonts_, c, {100, 100, 1}).error().code, base::Code::kResource);
  c.cues = {Cue{5, 1, "backwards", {}}, Cue{0, 1, "", {{"", 0, 0}, {"a", 3, 1}, {"b", 0, 0}}}};
  auto r = open(c);
  for (int i = 0; i < 50; ++i) at(r, Rational(i, 10));
  c = content(CaptionEffect::kPlain);
  c.style.size = 0;
  EXPECT_EQ(CaptionRenderer::open(fonts_, c, {100, 100, 1}).error().code,
            base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace rushes::text
