#include "store/pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace rushes::store {
namespace {

// A line of so many bytes a second that answers come over, one after the other, each at least so
// long after it was asked for. Requests are kept on their way for `seconds`.
struct Ran {
  double used = 0;        // of the line
  double on_its_way = 0;  // seconds that what is asked for takes, at the end
  Pace pace{128 << 10, 2 << 20, 8};
};

Ran run(double rate, double latency, double seconds) {
  struct Request {
    double asked, here;
    Pace::Begun begun;
  };
  Ran out;
  std::deque<Request> requests;
  double now = 0, free_at = 0, bytes = 0;
  while (now < seconds) {
    while (requests.size() < static_cast<size_t>(out.pace.requests())) {
      const auto size = static_cast<double>(out.pace.bytes());
      free_at = std::max(free_at, now + latency) + size / rate;
      requests.push_back({now, free_at, out.pace.begin(out.pace.bytes())});
      bytes += size;
    }
    const Request first = requests.front();
    requests.pop_front();
    now = first.here;
    out.pace.answered(first.begun, now - first.asked);
  }
  out.used = bytes / rate / now;
  out.on_its_way = static_cast<double>(out.pace.bytes()) * out.pace.requests() / rate;
  return out;
}

TEST(Pace, FillsALineAndKeepsNobodyWaiting) {
  for (const double rate : {0.5e6, 1e6, 4e6, 10e6, 30e6}) {
    const Ran ran = run(rate, 0.03, 30);
    EXPECT_GT(ran.used, 0.9) << rate;
    EXPECT_LT(ran.on_its_way, 0.8) << rate;
  }
}

TEST(Pace, AsksForAllItMayOnAFastLine) {
  const Ran ran = run(500e6, 0.02, 5);
  EXPECT_EQ(ran.pace.bytes(), 2U << 20);
  EXPECT_EQ(ran.pace.requests(), 8);
  EXPECT_GT(ran.used, 0.8);
}

TEST(Pace, AsksForTheLeastOnASlowOne) {
  const Ran ran = run(50e3, 0.1, 60);
  EXPECT_EQ(ran.pace.bytes(), 128U << 10);
  EXPECT_EQ(ran.pace.requests(), 2);
}

TEST(Pace, WhatBeganBeforeAChangeDoesNotCountAgain) {
  Pace pace(1000, 64'000, 1);
  const auto answer = [&](const Pace::Begun& begun, double seconds) {
    for (int i = 0; i < 2; ++i) pace.answered(begun, seconds);  // the first tells nothing
  };
  const Pace::Begun begun = pace.begin(1000);
  answer(begun, 0.1);
  EXPECT_EQ(pace.bytes(), 2000U);
  answer(begun, 0.1);
  answer(begun, 5);
  EXPECT_EQ(pace.bytes(), 2000U);
  // Nor does the short rest of something.
  answer(pace.begin(10), 0.01);
  EXPECT_EQ(pace.bytes(), 2000U);
  answer(pace.begin(2000), 5);
  EXPECT_EQ(pace.bytes(), 1000U);
}

TEST(Pace, FewerAtOnceWhenTheyCannotBeSmaller) {
  Pace pace(1000, 64'000, 8);
  for (int i = 0; i < 20; ++i) pace.answered(pace.begin(1000), 5);
  EXPECT_EQ(pace.bytes(), 1000U);
  EXPECT_EQ(pace.requests(), 2);
}

TEST(Pace, OddBoundsHold) {
  Pace pace(0, 0, 0);
  EXPECT_EQ(pace.bytes(), 1U);
  EXPECT_EQ(pace.requests(), 1);
  pace.answered(pace.begin(1), 10);
  pace.answered(pace.begin(1), 0);
  EXPECT_EQ(pace.bytes(), 1U);
  EXPECT_EQ(pace.requests(), 1);
}

}  // namespace
}  // namespace rushes::store
