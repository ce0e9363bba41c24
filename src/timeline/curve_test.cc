#include "timeline/curve.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace rushes::timeline {
namespace {

using base::Rational;
using schema::Curve;

Curve keys(std::vector<schema::Key> list) {
  Curve curve;
  curve.keys = std::move(list);
  return curve;
}

TEST(Curve, HoldsBeforeAndAfter) {
  const Curve c = keys({{1, 10, {}}, {3, 20, {}}, {4, 0, {"hold"}}});
  EXPECT_EQ(evaluate(c, -5), 10);
  EXPECT_EQ(evaluate(c, 1), 10);
  EXPECT_EQ(evaluate(c, 2), 15);
  EXPECT_EQ(evaluate(c, 3), 20);
  EXPECT_EQ(evaluate(c, Rational(399, 100)), 20);
  EXPECT_EQ(evaluate(c, 4), 0);
  EXPECT_EQ(evaluate(c, 400), 0);
  EXPECT_EQ(evaluate(Curve(7), 3), 7);
}

TEST(Curve, EasesOnTheWayToTheKey) {
  const Curve c = keys({{0, 0, {"ease-in-quad"}}, {2, 8, {"ease-out-cubic"}}});
  EXPECT_EQ(evaluate(c, 1), 7);
}

TEST(Curve, ConstantOver) {
  const Curve c = keys({{1, 5, {}}, {2, 5, {}}, {3, 6, {}}, {4, 6, {}}});
  EXPECT_TRUE(constant_over(c, {0, 2}));
  EXPECT_FALSE(constant_over(c, {0, Rational(21, 10)}));
  EXPECT_FALSE(constant_over(c, {2, 3}));
  EXPECT_TRUE(constant_over(c, {3, 9}));
  EXPECT_TRUE(constant_over(c, {7, 9}));
  EXPECT_TRUE(constant_over(Curve(1), {0, 9}));
}

// Where constant_over says so, evaluate agrees at every time within.
TEST(Curve, ConstantMeansConstant) {
  EXPECT_TRUE(rc::check("constant means constant", [](const std::vector<uint8_t>& values,
                                                      uint8_t from, uint8_t length) {
    Curve c(0);
    for (size_t i = 0; i < values.size() && i < 20; ++i) {
      c.keys.push_back(
          {Rational(static_cast<int64_t>(i) + 1), static_cast<double>(values[i] % 2), {}});
    }
    const base::TimeRange range{Rational(from % 22, 2), Rational(from % 22 + length % 12, 2)};
    if (!constant_over(c, range)) return;
    const double first = evaluate(c, range.start);
    for (Rational t = range.start; t <= range.end; t += Rational(1, 4)) {
      RC_ASSERT(evaluate(c, t) == first);
    }
  }));
}

}  // namespace
}  // namespace rushes::timeline
