#include "plan/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "plan/sample.h"

namespace rushes::plan {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

const schema::RateModel kModel = schema::find_video_codec("h264")->rate;

struct Searched {
  std::vector<double> crf, ssim;
  size_t missed = 0;
  size_t encoded = 0;  // segments, each time
  size_t rounds = 0;
};

using Encoder = std::function<double(size_t segment, double crf)>;

Searched search(size_t segments, double target, const Encoder& ssim_of,
                const schema::RateModel& model = kModel) {
  QualityControl control(segments, target, model);
  Searched out;
  while (const auto trial = control.next()) {
    std::vector<double> ssim;
    for (size_t k = 0; k < trial->segments.size(); ++k) {
      ssim.push_back(ssim_of(trial->segments[k], trial->crf[k]));
    }
    out.encoded += trial->segments.size();
    ++out.rounds;
    control.measured(ssim);
    if (out.rounds > 100) {
      ADD_FAILURE() << "it does not end";
      break;
    }
  }
  out.crf = control.crf();
  out.ssim = control.ssim();
  out.missed = control.missed();
  return out;
}

// Segments that differ: some hard, some easy, some whose likeness falls faster.
double usual(size_t segment, double crf) {
  const double level = -9 + static_cast<double>(segment * 7 % 11) * 0.25;
  const double slope = 0.08 + static_cast<double>(segment * 5 % 7) * 0.02;
  return 1 - std::exp2(level + slope * (crf - 24));
}

TEST(Quality, IsTheLargestThatWillDo) {
  for (const double target : {0.9, 0.95, 0.98, 0.99, 0.995}) {
    const Searched found = search(60, target, usual);
    EXPECT_EQ(found.missed, 0U);
    for (size_t i = 0; i < 60; ++i) {
      EXPECT_EQ(found.ssim[i], usual(i, found.crf[i]));
      EXPECT_GE(found.ssim[i], target);
      // The next step would not do, or little is given away.
      const bool tight = usual(i, found.crf[i] + kModel.step) < target ||
                         1 - found.ssim[i] > 0.95 * (1 - target) || found.crf[i] == kModel.highest;
      EXPECT_TRUE(tight) << i << " at " << found.crf[i] << " has " << found.ssim[i];
    }
    EXPECT_LE(found.encoded, 60 * 3 + 60 / 2) << target;
  }
}

TEST(Quality, KeepsToTheStepsAndBoundsOfTheEncoder) {
  const schema::RateModel av1 = schema::find_video_codec("av1")->rate;
  const auto coarse = [](size_t i, double crf) {
    return 1 - std::exp2(-11 + 0.1 * crf - 0.2 * double(i % 5));
  };
  const Searched found = search(20, 0.97, coarse, av1);
  for (const double crf : found.crf) EXPECT_EQ(crf, std::floor(crf));
  EXPECT_EQ(found.missed, 0U);
}

TEST(Quality, WhatIsAlwaysLikeIsEncodedAtTheWorst) {
  const Searched found = search(5, 0.98, [](size_t, double) { return 1.0; });
  EXPECT_THAT(found.crf, Each(kModel.highest));
  EXPECT_EQ(found.missed, 0U);
  EXPECT_LE(found.rounds, 8U);
}

TEST(Quality, WhatIsNeverLikeIsEncodedAtTheBestAndCounted) {
  const Searched found =
      search(5, 0.98, [](size_t i, double crf) { return i == 3 ? 0.97 : usual(i, crf); });
  EXPECT_EQ(found.crf[3], kModel.lowest);
  EXPECT_EQ(found.missed, 1U);
  EXPECT_EQ(found.ssim[3], 0.97);
}

// Encoders are not monotonic.
TEST(Quality, EndsWhereLikenessJumps) {
  for (size_t seed = 0; seed < 200; ++seed) {
    const auto noisy = [seed](size_t i, double crf) {
      const auto mixed =
          (static_cast<size_t>(crf * 4) * 2654435761U + i * 40503U + seed * 977U) % 1000;
      return std::min(1.0, usual(i, crf) + 0.004 * (static_cast<double>(mixed) / 500 - 1));
    };
    const Searched found = search(12, 0.98, noisy);
    for (size_t i = 0; i < 12; ++i) EXPECT_EQ(found.ssim[i], noisy(i, found.crf[i]));
    EXPECT_EQ(std::ranges::count_if(found.ssim, [](double s) { return s < 0.98; }),
              static_cast<ptrdiff_t>(found.missed));
  }
}

TEST(Quality, OfNothingIsDoneAtOnce) { EXPECT_THAT(search(0, 0.9, usual).crf, IsEmpty()); }

TEST(Sample, IsSpreadOverAll) {
  EXPECT_THAT(sample_of(0), IsEmpty());
  EXPECT_THAT(sample_of(3), ElementsAre(0, 1, 2));
  EXPECT_THAT(sample_of(8), ElementsAre(1, 3, 5, 7));
  EXPECT_EQ(sample_of(100).size(), 12U);
}

}  // namespace
}  // namespace rushes::plan
