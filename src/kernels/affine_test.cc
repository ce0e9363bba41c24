#include "kernels/affine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/resample.h"
#include "kernels/testing.h"

namespace rushes::kernels {
namespace {

using testing::TestPlane;

// Turned about the centre of the source, which goes to the centre of the destination.
Affine turned(double degrees, double scale, int from_w, int from_h, int to_w, int to_h) {
  const double a = degrees * 3.14159265358979 / 180;
  Affine m{std::cos(a) / scale,  std::sin(a) / scale, 0,
           -std::sin(a) / scale, std::cos(a) / scale, 0};
  m.x0 = from_w / 2. - m.xx * to_w / 2. - m.xy * to_h / 2.;
  m.y0 = from_h / 2. - m.yx * to_w / 2. - m.yy * to_h / 2.;
  return m;
}

TEST(Affine, EveryTargetEqualsTheReference) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  const Affine extremes[] = {{},
                             {1e9, 0, 0, 0, 1e9, 0},
                             {1, 0, 1e12, 0, 1, -1e12},
                             {-1, 0, 40, 0, -1, 30},
                             {4096, 0, -70000, 0, 1, 0},
                             {-4096, 17, 65536, 3, -4096, 900},
                             {0, 0, 5, 0, 0, 6}};
  for (int n = 0; n < 120; ++n) {
    const auto size = [&](uint32_t limit) { return 1 + static_cast<int>(rng() % limit); };
    const int w = n % 9 == 0 ? size(6) : size(90);
    const int h = n % 7 == 0 ? size(4) : size(50);
    TestPlane src(w, h);
    src.randomize(rng, n % 3);
    const int out_w = size(70) - 1, out_h = size(20);
    Affine m = turned(static_cast<int>(rng() % 360), 0.3 + static_cast<int>(rng() % 100) / 30., w,
                      h, out_w, out_h);
    if (n < 7) m = extremes[n];
    TestPlane expected(out_w, out_h);
    ref::sample_affine_rows(src.view(), expected.view(), m, 0, out_h);
    testing::for_each_target([&] {
      TestPlane actual(out_w, out_h);
      sample_affine_rows(src.view(), actual.view(), m, out_h / 2, out_h);
      sample_affine_rows(src.view(), actual.view(), m, 0, out_h / 2);
      EXPECT_SAME_PLANE(actual, expected)
          << n << ": " << w << "x" << h << " to " << out_w << "x" << out_h;
    });
  }
}

TEST(Affine, CopiesAndQuarterTurnsAreExact) {
  std::mt19937 rng(5);
  TestPlane src(40, 40);
  src.randomize(rng);
  TestPlane out(40, 40);
  sample_affine(src.view(), out.view(), {});
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) ASSERT_EQ(out.view().row(y)[x], src.view().row(y)[x]);
  }
  sample_affine(src.view(), out.view(), {0, 1, 0, -1, 0, 40});
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) ASSERT_EQ(out.view().row(y)[x], src.view().row(39 - x)[y]);
  }
}

TEST(Affine, AgreesWithTheSeparableFilter) {
  std::mt19937 rng(6);
  TestPlane src(60, 50), a(90, 80), b(90, 80);
  src.randomize(rng);
  const double step = 0.613;
  sample_affine(src.view(), a.view(), {step, 0, 1.37, 0, step, 0.41});
  ResampleScratch scratch;
  resample(src.view(), b.view(), make_axis(60, 90, 1.37, step), make_axis(50, 80, 0.41, step),
           scratch);
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 90; ++x) ASSERT_NEAR(a.view().row(y)[x], b.view().row(y)[x], 1);
  }
}

TEST(Affine, TurningShowsTheRightPlace) {
  // A plane whose brightness is linear in place: what is seen tells where it was taken from.
  TestPlane src(200, 200);
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 200; ++x) src.view().row(y)[x] = static_cast<uint8_t>(20 + x / 2 + y / 2);
  }
  const Affine m = turned(30, 1.3, 200, 200, 100, 100);
  TestPlane out(100, 100);
  sample_affine(src.view(), out.view(), m);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 100; ++x) {
      const double sx = m.xx * (x + 0.5) + m.xy * (y + 0.5) + m.x0 - 0.5;
      const double sy = m.yx * (x + 0.5) + m.yy * (y + 0.5) + m.y0 - 0.5;
      ASSERT_NEAR(out.view().row(y)[x], 20 + sx / 2 + sy / 2, 1.3);
    }
  }
}

}  // namespace
}  // namespace rushes::kernels
