#include "base/rational.h"

#include <gtest/gtest.h>

namespace rushes::base {
namespace {

TEST(Rational, ReadsDecimalsExactly) {
  EXPECT_EQ(*Rational::parse("4.004"), Rational(1001, 250));
  EXPECT_EQ(*Rational::parse("30000/1001"), Rational(30000, 1001));
  EXPECT_EQ(*Rational::parse("-0.1"), Rational(-1, 10));
  EXPECT_EQ(*Rational::parse("2e-3"), Rational(1, 500));
  EXPECT_EQ(*Rational::parse("1E3"), Rational(1000));
  EXPECT_EQ(*Rational::parse(".5"), Rational(1, 2));
  EXPECT_EQ(*Rational::parse("23.976"), Rational(2997, 125));
}

TEST(Rational, RefusesWhatIsNotANumber) {
  for (const char* bad : {"", "-", ".", "1.2.3", "abc", "1/0", "1/", "nan", "inf", "1e99", "1e",
                          "0x10", "99999999999999999999999999999", " 1"}) {
    EXPECT_FALSE(Rational::parse(bad).ok()) << bad;
  }
}

TEST(Rational, Arithmetic) {
  const Rational third(1, 3);
  EXPECT_EQ(third + third + third, Rational(1));
  EXPECT_EQ(third * 3, Rational(1));
  EXPECT_EQ(Rational(1) / third, Rational(3));
  EXPECT_EQ(Rational(2, -4), Rational(-1, 2));
  EXPECT_LT(Rational(333333333, 1000000000), third);
  EXPECT_EQ(third.to_string(), "1/3");
  EXPECT_EQ(Rational(-8, 2).to_string(), "-4");
}

TEST(Rational, RoundingOfNegatives) {
  EXPECT_EQ(Rational(-7, 2).floor(), -4);
  EXPECT_EQ(Rational(-7, 2).ceil(), -3);
  EXPECT_EQ(Rational(-7, 2).round(), -4);
  EXPECT_EQ(Rational(7, 2).round(), 4);
  EXPECT_EQ(Rational(7, 3).round(), 2);
  EXPECT_EQ(Rational(-4).floor(), -4);
}

TEST(Rational, HugeValuesSaturateInsteadOfWrapping) {
  const Rational huge(INT64_MAX);
  EXPECT_EQ(huge + huge, huge);
  EXPECT_EQ(-huge - huge, -huge);
  EXPECT_GT(huge * huge, Rational(1));
}

}  // namespace
}  // namespace rushes::base
