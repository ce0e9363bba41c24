#include "timeline/easing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "schema/formats.h"

namespace rushes::timeline {
namespace {

schema::Easing named(std::string_view name) { return schema::parse_easing(name).value(); }

TEST(Easing, AllRunFromZeroToOne) {
  EXPECT_EQ(schema::easing_names().size(), 36u);
  for (const std::string_view name : schema::easing_names()) {
    EXPECT_EQ(ease(named(name), 0), 0) << name;
    EXPECT_EQ(ease(named(name), 1), 1) << name;
    EXPECT_EQ(ease(named(name), -1), 0) << name;
    EXPECT_EQ(ease(named(name), 2), 1) << name;
    EXPECT_EQ(ease(named(name), std::nan("")), 0) << name;
  }
}

TEST(Easing, AllHaveAShapeOfTheirOwn) {
  for (const std::string_view a : schema::easing_names()) {
    for (const std::string_view b : schema::easing_names()) {
      if (a == b) continue;
      const bool differ = std::abs(ease(named(a), 0.3) - ease(named(b), 0.3)) > 1e-4 ||
                          std::abs(ease(named(a), 0.85) - ease(named(b), 0.85)) > 1e-4;
      EXPECT_TRUE(differ) << a << " " << b;
    }
  }
}

TEST(Easing, AreContinuous) {
  for (const std::string_view name : schema::easing_names()) {
    if (name == "hold") continue;
    double last = 0;
    for (int i = 1; i <= 10000; ++i) {
      const double now = ease(named(name), i / 10000.0);
      EXPECT_LT(std::abs(now - last), 0.02) << name << " at " << i;
      last = now;
    }
  }
}

// Values from the formulas at easings.net, worked out by hand or with a calculator.
TEST(Easing, KnownValues) {
  struct Case {
    const char* name;
    double t, value;
  };
  const Case cases[] = {
      {"linear", 0.3, 0.3},
      {"hold", 0.999, 0},
      {"ease-in-quad", 0.5, 0.25},
      {"ease-out-cubic", 0.5, 0.875},
      {"ease-in-out-cubic", 0.25, 0.0625},
      {"ease-in-quart", 0.5, 0.0625},
      {"ease-out-quint", 0.5, 0.96875},
      {"ease-in-sine", 0.5, 0.29289321881345254},
      {"ease-in-out-sine", 0.5, 0.5},
      {"ease-in-expo", 0.5, 0.03125},
      {"ease-out-circ", 0.5, 0.8660254037844386},
      {"ease-in-back", 0.5, -0.0876975},
      {"ease-out-elastic", 0.5, 1.015625},
      {"ease-out-bounce", 0.5, 0.765625},
      {"ease", 0.5, 0.8024033877399112},
      {"ease-in-out", 0.5, 0.5},
  };
  for (const Case& c : cases) EXPECT_NEAR(ease(named(c.name), c.t), c.value, 1e-9) << c.name;
}

TEST(Easing, CubicBezier) {
  EXPECT_NEAR(ease(named("cubic-bezier(0,0,1,1)"), 0.37), 0.37, 1e-12);
  EXPECT_NEAR(ease(named("cubic-bezier(0.25,0.1,0.25,1)"), 0.2), ease(named("ease"), 0.2), 0);
  EXPECT_GT(ease(named("cubic-bezier(0.3,2,0.5,1)"), 0.5), 1);
}

}  // namespace
}  // namespace rushes::timeline
