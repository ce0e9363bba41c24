#include "plan/cap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace rushes::plan {
namespace {

using base::Rational;
using testing::Each;

constexpr int kFrames = 60;
const schema::RateModel kModel = schema::find_video_codec("av1")->rate;

// 1 Mb/s into half a second of it at 30 frames a second: 4166 bytes a frame.
Buffer half_a_second() { return {1'000'000, 500'000, Rational(30)}; }

// Bytes of each frame at crf 35, and how they shrink.
struct Scene {
  double begin = 3000, end = 3000;
  double slope = 0.075;
};

BufferUse encode(const Scene& scene, double crf) {
  BufferUse use = half_a_second().none();
  for (int n = 0; n < kFrames; ++n) {
    const double bytes = n < kFrames / 2 ? scene.begin : scene.end;
    half_a_second().add(use, static_cast<uint64_t>(bytes * std::exp2((35 - crf) * scene.slope)));
  }
  return use;
}

struct Kept {
  std::vector<double> crf;
  size_t failures = 0, rounds = 0;
  bool fits = true;  // as it would be played
};

Kept keep(const std::vector<Scene>& scenes, double crf = 35) {
  CapControl control(half_a_second(), kModel, std::vector<double>(scenes.size(), crf),
                     std::vector<int64_t>(scenes.size(), kFrames));
  Kept out;
  while (const auto trial = control.next()) {
    std::vector<BufferUse> uses;
    for (size_t k = 0; k < trial->segments.size(); ++k) {
      uses.push_back(encode(scenes[trial->segments[k]], trial->crf[k]));
    }
    control.measured(uses);
    if (++out.rounds > 60) {
      ADD_FAILURE() << "it does not end";
      break;
    }
  }
  out.crf = control.crf();
  out.failures = control.failures();
  int64_t found = half_a_second().filled(kUsualFill);
  for (size_t i = 0; i < scenes.size(); ++i) {
    const BufferUse use = encode(scenes[i], out.crf[i]);
    out.fits = out.fits && use.need <= found;
    found = std::min(use.most, found + use.gain);
  }
  return out;
}

TEST(Cap, WhatFitsIsLeftAlone) {
  const Kept kept = keep({{}, {}, {.begin = 4000, .end = 4000}});
  EXPECT_THAT(kept.crf, Each(35));
  EXPECT_EQ(kept.rounds, 1U);
  EXPECT_EQ(kept.failures, 0U);
}

TEST(Cap, WhatDoesNotIsMadeWorseAndNothingElse) {
  const Kept kept = keep({{}, {.begin = 9000, .end = 2000}, {}, {.begin = 5000, .end = 15000}, {}});
  EXPECT_TRUE(kept.fits);
  EXPECT_EQ(kept.failures, 0U);
  EXPECT_EQ(kept.crf[0], 35);
  EXPECT_GT(kept.crf[1], 35);
  EXPECT_EQ(kept.crf[2], 35);
  EXPECT_GT(kept.crf[3], kept.crf[1]);
  // By no more than it takes, about.
  const auto before = [&](size_t i, double by) {
    std::vector<Scene> scenes = {
        {}, {.begin = 9000, .end = 2000}, {}, {.begin = 5000, .end = 15000}};
    return encode(scenes[i], kept.crf[i] - by).need;
  };
  EXPECT_GT(before(1, 4), half_a_second().filled(kUsualFill));
  EXPECT_LE(kept.rounds, 8U);
}

TEST(Cap, WhatIsSteeperOrFlatterThanTheModelFitsToo) {
  for (const double slope : {0.05, 0.075, 0.1, 0.2}) {
    const Kept kept = keep({{}, {.begin = 12000, .end = 8000, .slope = slope}, {}}, 30);
    EXPECT_TRUE(kept.fits) << slope;
    EXPECT_EQ(kept.failures, 0U) << slope;
  }
}

TEST(Cap, WhatNeverFitsIsCounted) {
  const Kept kept = keep({{}, {.begin = 300'000, .end = 300'000, .slope = 0.01}, {}});
  EXPECT_EQ(kept.crf[1], kModel.highest);
  EXPECT_GE(kept.failures, 1U);
  EXPECT_FALSE(kept.fits);
}

}  // namespace
}  // namespace rushes::plan
