#include "base/decimal.h"

#include <gtest/gtest.h>

namespace rushes::base {
namespace {

TEST(Decimal, HasThousandthsAtMost) {
  EXPECT_EQ(decimal(Rational(-8, 2)), "-4");
  EXPECT_EQ(decimal(Rational(1001, 250)), "4.004");
  EXPECT_EQ(decimal(Rational(-1, 2)), "-0.5");
  EXPECT_EQ(decimal(Rational(2, 3)), "0.667");
  EXPECT_EQ(decimal(Rational(19'999, 10'000)), "2");
  EXPECT_EQ(decimal(Rational(1, 9000)), "0");
}

}  // namespace
}  // namespace rushes::base
