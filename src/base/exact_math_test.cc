#include "base/exact_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rushes::base {
namespace {

TEST(ExactMath, AgreesWithTheCLibrary) {
  for (int i = -20000; i <= 20000; ++i) {
    const double x = i * 0.0371;
    EXPECT_NEAR(exact_sin(x), std::sin(x), 1e-12) << x;
    EXPECT_NEAR(exact_cos(x), std::cos(x), 1e-12) << x;
  }
  for (int i = -900; i <= 900; ++i) {
    const double x = i * 1.003;
    EXPECT_NEAR(exact_exp2(x) / std::exp2(x), 1.0, 1e-12) << x;
  }
  for (double x = 1e-300; x < 1e300; x *= 1.7) EXPECT_NEAR(exact_log2(x), std::log2(x), 1e-10) << x;
  for (double b = 0.001; b < 100; b *= 1.3) {
    for (double e = -3; e < 3; e += 0.37) {
      EXPECT_NEAR(exact_pow(b, e) / std::pow(b, e), 1.0, 1e-10) << b << " " << e;
    }
  }
}

TEST(ExactMath, Corners) {
  EXPECT_EQ(exact_sin(0), 0);
  EXPECT_EQ(exact_pow(0, 2), 0);
  EXPECT_EQ(exact_pow(0, 0), 1);
  EXPECT_EQ(exact_exp2(0), 1);
  EXPECT_EQ(exact_exp2(10), 1024);
  EXPECT_EQ(exact_exp2(-2000), 0);
}

}  // namespace
}  // namespace rushes::base
