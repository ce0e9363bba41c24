#include "plan/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace rushes::plan {
namespace {

using base::Rational;

// 1 Mb/s into 1 Mb at 30000/1001 frames a second.
Buffer megabit() { return {1'000'000, 1'000'000, Rational(30000, 1001)}; }

// What is left after these frames, the slow way; empty when a frame comes too late.
std::optional<int64_t> played(int64_t filled, const std::vector<uint64_t>& frames) {
  const int64_t size = megabit().size();
  for (const uint64_t bytes : frames) {
    filled -= static_cast<int64_t>(bytes) * 8 * 30000;
    if (filled < 0) return std::nullopt;
    filled = std::min(size, filled + 1'000'000 * int64_t{1001});
  }
  return filled;
}

BufferUse use_of(const std::vector<uint64_t>& frames) {
  const Buffer buffer = megabit();
  BufferUse use = buffer.none();
  for (const uint64_t bytes : frames) buffer.add(use, bytes);
  return use;
}

// Three numbers say of any beginning what playing would.
TEST(Buffer, UseTellsWhatPlayingWould) {
  std::mt19937 random(1);
  int late = 0, in_time = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint64_t> frames(1 + random() % 200);
    const uint64_t usual = 1000 + random() % 5000;
    for (uint64_t& f : frames) f = random() % (2 * usual);
    frames[random() % frames.size()] += random() % 140'000;
    const BufferUse use = use_of(frames);
    for (int sixteenths = 0; sixteenths <= kFullBuffer; ++sixteenths) {
      const int64_t filled = megabit().filled(sixteenths);
      const auto left = played(filled, frames);
      ASSERT_EQ(left.has_value(), filled >= use.need);
      ++(left ? in_time : late);
      if (left) {
        ASSERT_EQ(*left, std::min(use.most, filled + use.gain));
      }
    }
  }
  EXPECT_GT(late, 3000);
  EXPECT_GT(in_time, 3000);
}

TEST(Buffer, OneFrameIsTheWholeBuffer) {
  EXPECT_EQ(use_of({125'000}).need, megabit().size());
  EXPECT_GT(use_of({125'001}).need, megabit().size());
  // Nor is a second one in time right after it.
  EXPECT_GT(use_of({125'000, 5'000}).need, megabit().size());
}

// An encoder that keeps to the buffer it is told of, as far as it can: it takes out what it finds
// down to a floor, and `rest` frames let it fill up again.
struct Scene {
  double greed = 1;  // of what it may take
  int rest = 0;
};

std::vector<uint64_t> encode(const Scene& scene, int fill) {
  std::vector<uint64_t> frames;
  const auto bits = static_cast<double>(megabit().filled(fill)) / 30000;
  frames.push_back(static_cast<uint64_t>(bits * scene.greed / 8));
  for (int i = 0; i < scene.rest; ++i) frames.push_back(2000);
  return frames;
}

TEST(Buffer, SegmentsAreEncodedForWhatTheyFind) {
  std::mt19937 random(2);
  size_t most_rounds = 0, again = 0, all = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Scene> scenes(2 + random() % 40);
    for (Scene& s : scenes) {
      s = {.greed = 0.2 + 0.75 * static_cast<double>(random() % 1000) / 1000,
           .rest = 10 + static_cast<int>(random() % 60)};
    }
    BufferControl control(megabit(), scenes.size());
    std::vector<BufferUse> uses(scenes.size());
    std::vector<int> encoded(scenes.size(), 0);
    size_t rounds = 0;
    do {
      ASSERT_LT(++rounds, 60U);
      for (size_t i = 0; i < scenes.size(); ++i) {
        if (encoded[i] == control.fills()[i]) continue;
        encoded[i] = control.fills()[i];
        uses[i] = use_of(encode(scenes[i], encoded[i]));
        ++again;
      }
    } while (!control.measured(uses));
    all += scenes.size();
    most_rounds = std::max(most_rounds, rounds);
    ASSERT_EQ(control.failures(), 0U);
    std::vector<uint64_t> joined;
    for (size_t i = 0; i < scenes.size(); ++i) {
      const auto part = encode(scenes[i], control.fills()[i]);
      joined.insert(joined.end(), part.begin(), part.end());
    }
    ASSERT_TRUE(played(megabit().filled(kUsualFill), joined).has_value());
  }
  RecordProperty("most_rounds", static_cast<int>(most_rounds));
  EXPECT_LT(again, 3 * all);
}

// Where nothing is left over from the segment before, none is encoded twice.
TEST(Buffer, QuietSegmentsStayAsTheyAre) {
  BufferControl control(megabit(), 50);
  std::vector<BufferUse> uses(50, use_of(std::vector<uint64_t>(200, 3000)));
  EXPECT_TRUE(control.measured(uses));
  EXPECT_EQ(control.fills(), std::vector<int>(50, kUsualFill));
}

// What no fill helps is told, and ends.
TEST(Buffer, WhatNeverFitsIsTold) {
  BufferControl control(megabit(), 3);
  const std::vector<BufferUse> uses = {use_of({1000}), use_of({200'000}), use_of({1000})};
  size_t rounds = 0;
  while (!control.measured(uses)) ASSERT_LT(++rounds, 20U);
  EXPECT_EQ(control.failures(), 1U);
}

}  // namespace
}  // namespace rushes::plan
