#include "kernels/mask.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/testing.h"

namespace rushes::kernels {
namespace {

using testing::TestPlane;

double random_unit(std::mt19937& rng) { return static_cast<int>(rng() % 10001) / 10000.0; }

TEST(RoundedBox, SpansEqualEverySampleByItself) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  for (int n = 0; n < 400; ++n) {
    const int w = 1 + static_cast<int>(rng() % 90), h = 1 + static_cast<int>(rng() % 60);
    const double angle = n % 4 == 0 ? 0 : n % 4 == 1 ? 1.5707963267948966 : random_unit(rng) * 6.3;
    const RoundedBox box{.center_x = (random_unit(rng) * 1.4 - 0.2) * w,
                         .center_y = (random_unit(rng) * 1.4 - 0.2) * h,
                         .half_width = random_unit(rng) * w * (n % 5 == 0 ? 0.02 : 0.8),
                         .half_height = random_unit(rng) * h * 0.8,
                         .radius = n % 3 == 0 ? 0 : random_unit(rng) * 30,
                         .cos = n % 4 == 0 ? 1 : std::cos(angle),
                         .sin = n % 4 == 0 ? 0 : std::sin(angle)};
    TestPlane expected(w, h), actual(w, h);
    ref::rounded_box(expected.view(), box);
    rounded_box(actual.view(), box);
    ASSERT_TRUE(actual == expected)
        << n << testing::first_difference(actual.view(), expected.view());
  }
}

double area(const TestPlane& p) {
  double sum = 0;
  for (int y = 0; y < p.view().height; ++y) {
    for (int x = 0; x < p.view().width; ++x) sum += p.view().row(y)[x] / 255.0;
  }
  return sum;
}

TEST(RoundedBox, UprightEdgesCoverTheirExactFraction) {
  TestPlane p(40, 30);
  rounded_box(p.view(), {.center_x = 15.25, .center_y = 12, .half_width = 10, .half_height = 6.25});
  EXPECT_EQ(p.view().row(12)[5], std::lround(255 * 0.75));   // from 5.25
  EXPECT_EQ(p.view().row(12)[25], std::lround(255 * 0.25));  // to 25.25
  EXPECT_EQ(p.view().row(12)[4], 0);
  EXPECT_EQ(p.view().row(12)[26], 0);
  EXPECT_EQ(p.view().row(12)[6], 255);
  EXPECT_EQ(p.view().row(5)[15], std::lround(255 * 0.25));  // from 5.75
  EXPECT_EQ(p.view().row(5)[5], std::lround(255 * 0.25 * 0.75));
  // Thinner than a sample.
  rounded_box(p.view(), {.center_x = 10.5, .center_y = 12, .half_width = 0.1, .half_height = 6});
  EXPECT_EQ(p.view().row(12)[10], std::lround(255 * 0.2));
}

TEST(RoundedBox, AreaIsThatOfTheShape) {
  TestPlane p(120, 120);
  const double pi = 3.14159265358979;
  for (double degrees : {0.0, 11.0, 45.0, 77.7, 90.0}) {
    const double a = degrees * pi / 180;
    rounded_box(p.view(), {.center_x = 60.2,
                           .center_y = 59.9,
                           .half_width = 40,
                           .half_height = 25,
                           .radius = 12,
                           .cos = std::cos(a),
                           .sin = std::sin(a)});
    EXPECT_NEAR(area(p), 80 * 50 - (4 - pi) * 144, 4) << degrees;
  }
  // Turned clockwise on the screen: the right end goes down.
  rounded_box(p.view(), {.center_x = 60,
                         .center_y = 60,
                         .half_width = 50,
                         .half_height = 5,
                         .cos = std::sqrt(0.5),
                         .sin = std::sqrt(0.5)});
  EXPECT_EQ(p.view().row(85)[85], 255);
  EXPECT_EQ(p.view().row(35)[85], 0);
}

TEST(RoundedBox, DegenerateBoxesAreEmpty) {
  TestPlane p(10, 10);
  for (const RoundedBox& box : {RoundedBox{5, 5, 0, 3}, RoundedBox{5, 5, 3, -1},
                                RoundedBox{1e9, 5, 3, 3}, RoundedBox{5, -1e9, 3, 3}}) {
    std::memset(p.view().row(0), 9, 10);
    rounded_box(p.view(), box);
    EXPECT_EQ(area(p), 0);
  }
}

TEST(Blur, EveryTargetEqualsTheReference) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  BlurScratch scratch;
  for (int n = 0; n < 60; ++n) {
    const int w = static_cast<int>(rng() % 150), h = 1 + static_cast<int>(rng() % 150);
    const double sigma = n % 6 == 0 ? 300 : random_unit(rng) * random_unit(rng) * 20;
    TestPlane src(w, h);
    src.randomize(rng, n % 3);
    TestPlane expected = src;
    ref::blur(expected.view(), sigma);
    testing::for_each_target([&] {
      TestPlane actual = src;
      blur(actual.view(), sigma, scratch);
      EXPECT_SAME_PLANE(actual, expected) << w << "x" << h << " sigma " << sigma;
    });
  }
}

TEST(Blur, FlatStaysFlatAndSpreadIsSigma) {
  BlurScratch scratch;
  TestPlane flat(70, 50);
  for (int level : {0, 1, 127, 254, 255}) {
    for (int y = 0; y < 50; ++y) std::memset(flat.view().row(y), level, 70);
    blur(flat.view(), 9.7, scratch);
    for (int y = 0; y < 50; ++y) {
      for (int x = 0; x < 70; ++x) ASSERT_EQ(flat.view().row(y)[x], level);
    }
  }
  // An edge becomes an S whose slope is a Gaussian of that deviation.
  for (double sigma : {1.0, 2.5, 8.0, 20.0}) {
    TestPlane edge(400, 3);
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 400; ++x) edge.view().row(y)[x] = x < 200 ? 0 : 255;
    }
    blur(edge.view(), sigma, scratch);
    double variance = 0;
    for (int x = 1; x < 400; ++x) {
      const double slope = (edge.view().row(1)[x] - edge.view().row(1)[x - 1]) / 255.0;
      variance += slope * (x - 200.0) * (x - 200.0);
    }
    EXPECT_NEAR(std::sqrt(variance), sigma, 0.06 * sigma + 0.2);
  }
}

TEST(Wipe, GoesFromNothingToAllInItsDirection) {
  TestPlane p(31, 17);
  for (WipeDirection d :
       {WipeDirection::kLeft, WipeDirection::kRight, WipeDirection::kUp, WipeDirection::kDown}) {
    for (double softness : {0.0, 0.1, 1.0}) {
      wipe_mask(p.view(), d, {.progress = 0, .softness = softness});
      EXPECT_EQ(area(p), 0);
      wipe_mask(p.view(), d, {.progress = 1, .softness = softness});
      EXPECT_EQ(area(p), 31 * 17);
      wipe_mask(p.view(), d, {.progress = 0.5, .softness = softness});
      EXPECT_NEAR(area(p), 31 * 17 / 2.0, 31 * 17 * 0.02);
    }
    wipe_mask(p.view(), d, {.progress = 0.4, .softness = 0});
    const bool left = d != WipeDirection::kLeft, top = d != WipeDirection::kUp;
    EXPECT_EQ(p.view().row(8)[0], left && d != WipeDirection::kUp && d != WipeDirection::kDown
                                      ? 255
                                      : p.view().row(8)[15]);
    EXPECT_EQ(p.view().row(top ? 0 : 16)[left ? 0 : 30], 255);
    EXPECT_EQ(p.view().row(top ? 16 : 0)[left ? 30 : 0], 0);
  }
}

TEST(Circle, SpansEqualEverySampleByItself) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  for (int n = 0; n < 200; ++n) {
    const int w = 1 + static_cast<int>(rng() % 90), h = 1 + static_cast<int>(rng() % 60);
    const WipeOptions o{.progress = n % 10 == 0 ? n / 10 % 2 : random_unit(rng),
                        .softness = n % 3 == 0 ? 0 : random_unit(rng)};
    const double x = (random_unit(rng) * 1.6 - 0.3) * w, y = (random_unit(rng) * 1.6 - 0.3) * h;
    TestPlane expected(w, h), actual(w, h);
    ref::circle_mask(expected.view(), x, y, o);
    circle_mask(actual.view(), x, y, o);
    ASSERT_TRUE(actual == expected) << n;
    ASSERT_TRUE(o.progress != 0 || area(actual) == 0);
    ASSERT_TRUE(o.progress != 1 || area(actual) == w * h);
  }
}

TEST(Luma, EveryTargetEqualsTheReference) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  for (int n = 0; n < 60; ++n) {
    const int w = static_cast<int>(rng() % 150), h = 1 + n % 4;
    const WipeOptions o{.progress = n % 10 == 0 ? n / 10 % 2 : random_unit(rng),
                        .softness = n % 3 == 0 ? 0 : random_unit(rng)};
    TestPlane luma(w, h), expected(w, h);
    luma.randomize(rng, n % 2);
    ref::luma_mask(expected.view(), luma.view(), o);
    testing::for_each_target([&] {
      TestPlane actual(w, h);
      luma_mask(actual.view(), luma.view(), o);
      EXPECT_SAME_PLANE(actual, expected);
    });
    EXPECT_TRUE(o.progress != 0 || area(expected) == 0);
    EXPECT_TRUE(o.progress != 1 || area(expected) == w * h);
  }
}

TEST(Luma, DarkPlacesChangeFirst) {
  TestPlane luma(256, 1), out(256, 1);
  for (int x = 0; x < 256; ++x) luma.view().row(0)[x] = static_cast<uint8_t>(x);
  luma_mask(out.view(), luma.view(), {.progress = 0.5, .softness = 0.1});
  EXPECT_EQ(out.view().row(0)[100], 255);
  EXPECT_NEAR(out.view().row(0)[128], 128, 6);
  EXPECT_EQ(out.view().row(0)[160], 0);
}

}  // namespace
}  // namespace rushes::kernels
