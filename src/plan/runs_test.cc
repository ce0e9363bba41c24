#include "plan/runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rushes::plan {
namespace {

std::vector<Segment> equal_segments(size_t count) {
  std::vector<Segment> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back({static_cast<int64_t>(i) * 100, static_cast<int64_t>(i + 1) * 100});
  }
  return out;
}

TEST(Runs, SharesAreEven) {
  Runs runs(equal_segments(9), std::vector<bool>(9, true), 3);
  EXPECT_EQ(runs.take(0), (plan::Run{0, 3}));
  EXPECT_EQ(runs.take(1), (plan::Run{3, 6}));
  EXPECT_EQ(runs.take(2), (plan::Run{6, 9}));
  EXPECT_EQ(runs.take(3), std::nullopt);
  EXPECT_FALSE(runs.done());
}

TEST(Runs, StoredSegmentsAreLeftOut) {
  Runs runs(equal_segments(6), {true, false, true, true, false, true}, 1);
  EXPECT_EQ(runs.take(0), (plan::Run{2, 4}));
  EXPECT_EQ(runs.take(1), (plan::Run{0, 1}));
  EXPECT_EQ(runs.take(2), (plan::Run{5, 6}));
  Runs nothing(equal_segments(2), {false, false}, 4);
  EXPECT_TRUE(nothing.done());
}

TEST(Runs, InTheOrderOfTimeTheFrontComesFirst) {
  Runs runs(equal_segments(6), {true, true, false, true, true, true}, 2, Order::kTime);
  EXPECT_EQ(runs.take(0), (plan::Run{0, 1}));
  EXPECT_EQ(runs.take(1), (plan::Run{1, 2}));
  runs.finished(1, 1);
  runs.ended(1);
  EXPECT_EQ(runs.take(2), (plan::Run{3, 4}));
  runs.ended(0);  // died: what it had comes before all that is later
  EXPECT_EQ(runs.take(3), (plan::Run{0, 1}));
  runs.lost(2);
  EXPECT_EQ(runs.take(4), (plan::Run{2, 3}));
  EXPECT_EQ(runs.take(5), (plan::Run{4, 5}));
  EXPECT_EQ(runs.take(6), (plan::Run{5, 6}));
  EXPECT_EQ(runs.ask(), std::nullopt);
}

// A few at a time, so that none of them waits long for its turn at the end; the first ones differ.
TEST(Runs, FromTheFrontTheyBecomeShorter) {
  Runs runs(equal_segments(20), std::vector<bool>(20, true), 2, Order::kFront);
  std::vector<size_t> lengths;
  size_t next = 0;
  for (int worker = 0; next < 20; ++worker) {
    const auto run = runs.take(worker);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->first, next);
    next = run->end;
    lengths.push_back(run->end - run->first);
  }
  EXPECT_EQ(lengths, (std::vector<size_t>{2, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1}));
  // Also where the front is there already.
  std::vector<bool> needed(20, true);
  needed[0] = needed[1] = needed[2] = false;
  Runs rest(equal_segments(20), needed, 2, Order::kFront);
  EXPECT_EQ(rest.take(0), (plan::Run{3, 5}));
  EXPECT_EQ(rest.take(1), (plan::Run{5, 8}));
  Runs gaps(equal_segments(6), {true, true, false, true, true, true}, 1, Order::kFront);
  EXPECT_EQ(gaps.take(0), (plan::Run{0, 2}));
  EXPECT_EQ(gaps.take(1), (plan::Run{3, 4}));
}

TEST(Runs, HalfOfTheLongestIsAskedFor) {
  Runs runs(equal_segments(10), std::vector<bool>(10, true), 1);
  EXPECT_EQ(runs.take(0), (plan::Run{0, 10}));
  EXPECT_EQ(runs.ask(), 0);
  EXPECT_EQ(runs.ask(), std::nullopt);  // not before it has answered
  runs.shrunk(0, 5);
  EXPECT_EQ(runs.ask(), std::nullopt);  // there is one waiting
  EXPECT_EQ(runs.take(1), (plan::Run{5, 10}));
  for (size_t i = 0; i < 4; ++i) runs.finished(0, i);
  EXPECT_EQ(runs.ask(), 1);
  runs.shrunk(1, 10);  // nothing to give
  EXPECT_EQ(runs.take(2), std::nullopt);
}

// What has not been begun only becomes less.
TEST(Runs, WhoHasNothingToGiveIsNotAskedAgain) {
  Runs runs(equal_segments(10), std::vector<bool>(10, true), 2);
  ASSERT_TRUE(runs.take(0));
  ASSERT_TRUE(runs.take(1));
  runs.finished(0, 0);
  runs.finished(0, 1);
  EXPECT_EQ(runs.ask(), 1);
  runs.shrunk(1, 10);
  EXPECT_EQ(runs.ask(), 0);
  runs.shrunk(0, 5);
  EXPECT_EQ(runs.ask(), std::nullopt);
}

TEST(Runs, TheLastSegmentIsNobodyElses) {
  Runs runs(equal_segments(1), {true}, 2);
  EXPECT_EQ(runs.take(0), (plan::Run{0, 1}));
  EXPECT_EQ(runs.ask(), std::nullopt);
  runs.finished(0, 0);
  runs.ended(0);
  EXPECT_TRUE(runs.done());
}

TEST(Runs, WhatADeadWorkerLeft) {
  Runs runs(equal_segments(4), std::vector<bool>(4, true), 1);
  ASSERT_TRUE(runs.take(0));
  runs.finished(0, 0);
  runs.ended(0);
  EXPECT_EQ(runs.take(1), (plan::Run{1, 4}));
}

TEST(Runs, LostSegmentsAreNeededAgain) {
  Runs runs(equal_segments(3), {false, false, true}, 1);
  runs.lost(0);
  runs.lost(0);
  EXPECT_EQ(runs.take(0), (plan::Run{0, 1}));
  EXPECT_EQ(runs.take(1), (plan::Run{2, 3}));
  EXPECT_EQ(runs.take(2), std::nullopt);
}

// Workers that are slow, die and answer late: every segment is rendered, and none waits twice.
TEST(Runs, AnythingGoes) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 500; ++trial) {
    const size_t count = 1 + random() % 30;
    std::vector<bool> stored(count);
    for (size_t i = 0; i < count; ++i) stored[i] = random() % 4 == 0;
    std::vector<bool> needed(count);
    for (size_t i = 0; i < count; ++i) needed[i] = !stored[i];
    const int workers = 1 + static_cast<int>(random() % 7);
    Runs runs(equal_segments(count), needed, workers);
    std::map<int, plan::Run> at;  // what each worker believes: next and end
    int name = 0;
    for (int step = 0; !runs.done(); ++step) {
      ASSERT_LT(step, 100000);
      while (static_cast<int>(at.size()) < workers) {
        const auto run = runs.take(name);
        if (!run) break;
        at[name++] = *run;
      }
      if (static_cast<int>(at.size()) < workers) {
        if (const auto victim = runs.ask()) {
          plan::Run& run = at.at(*victim);
          const size_t kept = run.first + 1 + (run.end - run.first - 1) / 2;
          run.end = std::min(run.end, kept);
          runs.shrunk(*victim, run.end);
        }
      }
      auto worker = at.begin();
      std::advance(worker, random() % at.size());
      auto& [number, run] = *worker;
      if (random() % 20 == 0 || run.first == run.end) {
        runs.ended(number);
        at.erase(worker);
        continue;
      }
      EXPECT_FALSE(stored[run.first]);
      stored[run.first] = true;
      runs.finished(number, run.first++);
    }
    EXPECT_EQ(std::count(stored.begin(), stored.end(), false), 0);
  }
}

}  // namespace
}  // namespace rushes::plan
