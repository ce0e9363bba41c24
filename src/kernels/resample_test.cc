#include "kernels/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "kernels/testing.h"

namespace rushes::kernels {
namespace {

using testing::TestPlane;

struct Case {
  int size, outputs;
  double origin, step;
};

// Copies, shifts, enlargements, reductions up to far beyond a window, edges and tiny sources.
const Case kCases[] = {
    {1, 0, 0, 1},
    {1, 1, 0, 1},
    {1, 37, -3, 0.4},
    {2, 5, 0, 0.4},
    {3, 3, 0.25, 1},
    {64, 64, 0, 1},
    {70, 63, 5, 1},
    {70, 64, 3.5, 1},
    {65, 33, 0, 65 / 33.},
    {100, 91, 1.3, 1.07},
    {200, 100, 0, 2},
    {33, 129, -2.2, 0.31},
    {500, 97, 0.7, 5.1},
    {300, 17, 11.1, 3.7},
    {1000, 65, 0, 1000 / 65.},
    {640, 3, 0, 640 / 3.},
    {200, 7, -300, 90},
    {50, 40, -1e12, 1e9},
    {257, 255, 0, 257 / 255.},
    {40, 64, 30, 1},
    {900, 31, 0.1, 4.6},
    {130, 48, 0, 2.5},
    {5, 1, 0, 5},
    {90, 90, -0.001, 1.0001},
};

constexpr Kernel kKernels[] = {Kernel::kCatmullRom, Kernel::kTent};

double weight_of(Kernel kernel, double d) {
  if (kernel == Kernel::kTent) return std::max(0.0, 1 - d);
  if (d < 1) return 1 - 2.5 * d * d + 1.5 * d * d * d;
  return d < 2 ? 2 - 4 * d + 2.5 * d * d - 0.5 * d * d * d : 0;
}

TEST(ResampleAxis, IsMadeAnewForWhateverIsAsked) {
  struct Asked {
    int size, outputs;
    double origin, step;
    Kernel kernel;
  };
  const Asked first{100, 91, 1.3, 1.07, Kernel::kCatmullRom};
  const auto with = [&](auto change) {
    Asked other = first;
    change(other);
    return other;
  };
  const Asked others[] = {
      first,
      with([](Asked& a) { a.size = 101; }),
      with([](Asked& a) { a.outputs = 90; }),
      with([](Asked& a) { a.origin = 1.4; }),
      with([](Asked& a) { a.step = 1.08; }),
      with([](Asked& a) { a.kernel = Kernel::kTent; }),
  };
  for (const Asked& other : others) {
    FilterAxis kept = make_axis(first.size, first.outputs, first.origin, first.step, first.kernel);
    make_axis(kept, other.size, other.outputs, other.origin, other.step, other.kernel);
    const FilterAxis fresh =
        make_axis(other.size, other.outputs, other.origin, other.step, other.kernel);
    EXPECT_EQ(kept.source_size, fresh.source_size);
    EXPECT_EQ(kept.first, fresh.first);
    EXPECT_EQ(kept.weights, fresh.weights);
  }
}

TEST(ResampleAxis, WeightsSumToOneAndStayInside) {
  for (const Kernel kernel : kKernels)
    for (const Case& c : kCases) {
      const FilterAxis a = make_axis(c.size, c.outputs, c.origin, c.step, kernel);
      ASSERT_EQ(a.taps % 2, 0);
      ASSERT_EQ(a.weights.size(), static_cast<size_t>(a.taps) * static_cast<size_t>(a.outputs));
      for (int i = 0; i < a.outputs; ++i) {
        const int first = a.first[static_cast<size_t>(i)];
        ASSERT_GE(first, i > 0 ? a.first[static_cast<size_t>(i - 1)] : 0);
        ASSERT_LT(first, c.size);
        int sum = 0;
        for (int t = 0; t < a.taps; ++t) {
          const int w = a.weights[static_cast<size_t>(i) * static_cast<size_t>(a.taps) +
                                  static_cast<size_t>(t)];
          sum += w;
          EXPECT_TRUE(w == 0 || first + t < c.size);
        }
        EXPECT_EQ(sum, 1 << 14) << c.size << " " << c.outputs << " " << c.step << " output " << i;
      }
    }
}

TEST(ResampleAxis, CentreOfMassIsThePosition) {
  for (const Kernel kernel : kKernels)
    for (double step : {0.3, 0.97, 1.0, 1.0371, 1.2, 1.5, 1.77, 2.0, 3.3, 7.9, 40.0, 64.0}) {
      const int outputs = 400;
      const int margin = 300;
      const double origin = margin + 0.123;
      const int size = static_cast<int>(outputs * step) + 2 * margin;
      const FilterAxis a = make_axis(size, outputs, origin, step, kernel);
      int largest_move = 0;
      for (int i = 0; i < outputs; ++i) {
        double moment = 0;
        for (int t = 0; t < a.taps; ++t) {
          const size_t at =
              static_cast<size_t>(i) * static_cast<size_t>(a.taps) + static_cast<size_t>(t);
          moment += a.weights[at] * (a.first[static_cast<size_t>(i)] + t + 0.5) / 16384;
          // The true weight, normalised over the same taps.
          const double d =
              std::abs(a.first[static_cast<size_t>(i)] + t + 0.5 - origin - (i + 0.5) * step) /
              std::max(1.0, step);
          const double k = weight_of(kernel, d);
          const int exact = static_cast<int>(std::lround(k * 16384 / std::max(1.0, step)));
          EXPECT_TRUE(kernel != Kernel::kTent || step > 1 || a.weights[at] >= 0) << step;
          largest_move = std::max(largest_move, std::abs(a.weights[at] - exact));
        }
        EXPECT_NEAR(moment, origin + (i + 0.5) * step, 0x1p-14) << step << " " << i;
      }
      // What is moved to get there is small beside the weights.
      // A narrow tent needs more of it.
      const double part = kernel == Kernel::kTent ? 6 : 25;
      EXPECT_LE(largest_move, step <= 1 ? 4 : 16384 / step / part) << step;
    }
}

TEST(ResampleAxis, CopyIsRecognised) {
  EXPECT_TRUE(make_axis(10, 10, 0, 1).identity);
  EXPECT_TRUE(make_axis(10, 7, 3, 1).identity);
  EXPECT_FALSE(make_axis(10, 8, 3, 1).identity);
  EXPECT_FALSE(make_axis(10, 7, -1, 1).identity);
  EXPECT_FALSE(make_axis(10, 7, 0.5, 1).identity);
  EXPECT_FALSE(make_axis(10, 7, 0, 1.0000001).identity);
}

void expect_fast_equals_reference(const Case& cx, const Case& cy, int kind, std::mt19937& rng) {
  const Kernel kernel = kKernels[rng() % 2];
  const FilterAxis x = make_axis(cx.size, cx.outputs, cx.origin, cx.step, kernel);
  const FilterAxis y = make_axis(cy.size, cy.outputs, cy.origin, cy.step, kernel);
  TestPlane src(cx.size, cy.size);
  src.randomize(rng, kind);
  TestPlane expected(cx.outputs, cy.outputs);
  ref::resample_rows(src.view(), expected.view(), x, y, 0, cy.outputs);
  testing::for_each_target([&] {
    TestPlane actual(cx.outputs, cy.outputs);
    ResampleScratch scratch;
    resample(src.view(), actual.view(), x, y, scratch);
    EXPECT_SAME_PLANE(actual, expected) << cx.size << " to " << cx.outputs << " step " << cx.step
                                        << ", " << cy.size << " to " << cy.outputs;
    // In bands, with a scratch that was used before.
    TestPlane bands(cx.outputs, cy.outputs);
    const int middle = cy.outputs / 3;
    resample_rows(src.view(), bands.view(), x, y, middle, cy.outputs, scratch);
    resample_rows(src.view(), bands.view(), x, y, 0, middle, scratch);
    EXPECT_SAME_PLANE(bands, expected);
  });
}

TEST(Resample, EveryTargetEqualsTheReference) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  const Case rows{23, 19, 0.4, 1.17};
  int kind = 0;
  for (const Case& c : kCases) {
    expect_fast_equals_reference(c, rows, kind % 4, rng);
    expect_fast_equals_reference(rows, c, kind++ % 2, rng);
  }
  for (int i = 0; i < 60; ++i) {
    const auto random_case = [&](int limit) {
      Case c;
      c.size = 1 + static_cast<int>(rng() % static_cast<uint32_t>(limit));
      c.outputs = 1 + static_cast<int>(rng() % static_cast<uint32_t>(limit));
      const auto unit = [&] { return static_cast<int>(rng() % 1000) / 1000.0; };
      c.step = c.size * (0.3 + unit()) / c.outputs;
      c.origin = (unit() - 0.3) * c.size;
      return c;
    };
    expect_fast_equals_reference(random_case(300), random_case(60), i % 2, rng);
  }
}

TEST(Resample, FlatStaysFlatAndRampsStayRamps) {
  const FilterAxis x = make_axis(300, 211, 3.3, 1.31);
  const FilterAxis y = make_axis(40, 60, 0, 0.66);
  for (int level : {0, 16, 127, 128, 235, 255}) {
    TestPlane src(300, 40);
    for (int j = 0; j < 40; ++j) std::memset(src.view().row(j), level, 300);
    TestPlane out(211, 60);
    ResampleScratch scratch;
    resample(src.view(), out.view(), x, y, scratch);
    for (int j = 0; j < 60; ++j) {
      for (int i = 0; i < 211; ++i) ASSERT_EQ(out.view().row(j)[i], level);
    }
  }
  TestPlane src(300, 40);
  for (int j = 0; j < 40; ++j) {
    for (int i = 0; i < 300; ++i) src.view().row(j)[i] = static_cast<uint8_t>(i < 250 ? i : 250);
  }
  TestPlane out(211, 60);
  ResampleScratch scratch;
  resample(src.view(), out.view(), x, y, scratch);
  for (int i = 3; i < 180; ++i) {
    EXPECT_NEAR(out.view().row(30)[i], 3.3 + (i + 0.5) * 1.31 - 0.5, 0.52) << i;
  }
}

TEST(Resample, ReducingDoesNotAlias) {
  // The finest stripes there are must become flat grey, not a moiré.
  TestPlane src(900, 8);
  for (int j = 0; j < 8; ++j) {
    for (int i = 0; i < 900; ++i) src.view().row(j)[i] = i % 2 != 0 ? 255 : 0;
  }
  for (double step : {2.3, 3.0, 4.9, 9.0}) {
    const int outputs = static_cast<int>(900 / step);
    TestPlane out(outputs, 8);
    ResampleScratch scratch;
    resample(src.view(), out.view(), make_axis(900, outputs, 0, step), make_axis(8, 8, 0, 1),
             scratch);
    for (int i = 3; i < outputs - 3; ++i) EXPECT_NEAR(out.view().row(4)[i], 127.5, 7) << step;
  }
}

TEST(Resample, SlowZoomDoesNotJitter) {
  // A round marker of 24 samples in a corner of a 4K still, zoomed from 1.0 to 1.1 in 250 frames:
  // its centroid moves with next to no acceleration and never back.
  const int width = 3840, height = 2160;
  const double marker_x = 3037.3, marker_y = 411.8;
  TestPlane src(width, height);
  for (int j = 0; j < height; ++j) {
    std::memset(src.view().row(j), 16, width);
    for (int i = 0; std::abs(j - marker_y) < 20 && i < width; ++i) {
      const double d = std::hypot(i + 0.5 - marker_x, j + 0.5 - marker_y);
      const double level = 200 * std::clamp(12.5 - d, 0.0, 1.0);
      src.view().row(j)[i] = static_cast<uint8_t>(16 + std::lround(level));
    }
  }
  const int out_width = 1920, out_height = 1080;
  TestPlane out(out_width, out_height);
  ResampleScratch scratch;
  FilterAxis x, y;
  std::vector<std::array<double, 2>> at;
  for (int n = 0; n < 250; ++n) {
    const double zoom = 1 + 0.1 * n / 249;
    make_axis(x, width, out_width, width / 2. - width / zoom / 2, width / zoom / out_width);
    make_axis(y, height, out_height, height / 2. - height / zoom / 2, height / zoom / out_height);
    // Zooming moves it towards the upper edge.
    resample_rows(src.view(), out.view(), x, y, 100, 260, scratch);
    double mass = 0, moment_x = 0, moment_y = 0;
    for (int j = 100; j < 260; ++j) {
      for (int i = 1400; i < out_width; ++i) {
        const double level = out.view().row(j)[i] - 16;
        mass += level;
        moment_x += level * (i + 0.5);
        moment_y += level * (j + 0.5);
      }
    }
    at.push_back({moment_x / mass, moment_y / mass});
  }
  for (size_t axis : {0u, 1u}) {
    double acceleration = 0;
    for (size_t n = 1; n + 1 < at.size(); ++n) {
      const double before = at[n][axis] - at[n - 1][axis];
      const double after = at[n + 1][axis] - at[n][axis];
      EXPECT_GT(axis == 0 ? after : -after, 0) << n;
      acceleration += std::abs(after - before);
    }
    std::printf("mean |acceleration| of axis %zu: %.5f px/frame^2\n", axis, acceleration / 248);
    EXPECT_LE(acceleration / 248, 0.005) << axis;
  }
}

}  // namespace
}  // namespace rushes::kernels
