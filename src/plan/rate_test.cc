#include "plan/rate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace rushes::plan {
namespace {

// Segments whose sizes fall with crf, each at its own rate.
struct Content {
  std::vector<int64_t> frames;
  std::vector<double> bytes_at_24, halving;
  uint64_t size(size_t i, double crf) const {
    return static_cast<uint64_t>(bytes_at_24[i] * std::exp2((24 - crf) / halving[i]));
  }
};

Content content_of(std::mt19937& random, size_t count) {
  Content c;
  std::uniform_real_distribution<double> busy(2, 200), halving(4.5, 7.5);
  for (size_t i = 0; i < count; ++i) {
    c.frames.push_back(static_cast<int64_t>(125 + random() % 250));
    c.bytes_at_24.push_back(busy(random) * 100 * static_cast<double>(c.frames.back()));
    c.halving.push_back(halving(random));
  }
  return c;
}

struct Outcome {
  double error = 0;
  double rendered = 0;  // frames, of all
  std::vector<double> crf;
};

Outcome control(const Content& c, double target) {
  RateControl rate(c.frames, target, 320 * 180, schema::find_video_codec("h264")->rate);
  Outcome out;
  double frames = 0;
  for (const int64_t n : c.frames) frames += static_cast<double>(n);
  for (int i = 0; i < 100; ++i) {
    const auto trial = rate.next();
    if (!trial) break;
    std::vector<uint64_t> bytes;
    for (size_t k = 0; k < trial->segments.size(); ++k) {
      bytes.push_back(c.size(trial->segments[k], trial->crf[k]));
      out.rendered += static_cast<double>(c.frames[trial->segments[k]]) / frames;
    }
    rate.measured(bytes);
  }
  EXPECT_FALSE(rate.next());
  out.crf = rate.crf();
  double sum = 0;
  for (size_t i = 0; i < c.frames.size(); ++i) {
    sum += static_cast<double>(c.size(i, out.crf[i]));
  }
  out.error = sum / target - 1;
  return out;
}

double total(const Content& c, double crf) {
  double sum = 0;
  for (size_t i = 0; i < c.frames.size(); ++i) sum += static_cast<double>(c.size(i, crf));
  return sum;
}

TEST(Rate, ComesToTheSizeAskedFor) {
  std::mt19937 random(1);
  double rendered = 0;
  int longer = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const Content c = content_of(random, 5 + random() % 100);
    std::uniform_real_distribution<double> crf(14, 36);
    const Outcome out = control(c, total(c, crf(random)));
    EXPECT_LT(std::fabs(out.error), 0.02) << trial << ", " << c.frames.size() << " segments";
    // One quality: all within two steps.
    const auto [low, high] = std::minmax_element(out.crf.begin(), out.crf.end());
    EXPECT_LE(*high - *low, 0.5);
    if (c.frames.size() < 40) continue;
    rendered += out.rendered;
    ++longer;
  }
  EXPECT_LT(rendered / longer, 2.6);
}

TEST(Rate, FewSegments) {
  std::mt19937 random(2);
  for (int trial = 0; trial < 200; ++trial) {
    const Content c = content_of(random, 1 + random() % 4);
    const Outcome out = control(c, total(c, 21.1));
    // One segment has but the steps themselves.
    EXPECT_LT(std::fabs(out.error),
              c.frames.size() == 1 ? 0.03 : 0.02 + 0.02 / static_cast<double>(c.frames.size()));
  }
}

TEST(Rate, WhatCannotBeReachedEnds) {
  std::mt19937 random(3);
  const Content c = content_of(random, 10);
  EXPECT_EQ(control(c, 1e15).crf, std::vector<double>(10, 4));
  EXPECT_EQ(control(c, 1).crf, std::vector<double>(10, 48));
  EXPECT_FALSE(RateControl({}, 1000, 100, schema::find_video_codec("h264")->rate).next());
}

// A small change of one segment moves few others.
TEST(Rate, SmallChangesStaySmall) {
  std::mt19937 random(4);
  int moved = 0, all = 0;
  for (int trial = 0; trial < 50; ++trial) {
    Content c = content_of(random, 40);
    const double target = total(c, 23.3);
    const auto before = control(c, target).crf;
    c.bytes_at_24[random() % 40] *= 1.02;
    const auto after = control(c, target).crf;
    for (size_t i = 0; i < before.size(); ++i) moved += before[i] != after[i] ? 1 : 0;
    all += 40;
  }
  EXPECT_LT(moved, all / 20);
}

}  // namespace
}  // namespace rushes::plan
