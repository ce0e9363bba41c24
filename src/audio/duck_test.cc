#include "audio/duck.h"

#include <gtest/gtest.h>

#include <vector>

namespace rushes::audio {
namespace {

// The decibels at the end of each step, with something heard in steps [from, to).
std::vector<double> run(const schema::Duck& duck, int from, int to, int steps) {
  DuckEnvelope envelope(duck);
  std::vector<double> out;
  int pushed = 0;
  for (int step = 0; step < steps; ++step) {
    for (; pushed <= step + envelope.ahead(); ++pushed) {
      envelope.push(pushed >= from && pushed < to);
    }
    out.push_back(envelope.advance());
  }
  return out;
}

schema::Duck duck(double by, base::Rational attack, base::Rational release) {
  return {"music", "voice", by, attack, release};
}

TEST(Duck, IsDownWhenTheSoundBegins) {
  const auto db = run(duck(-12, {1, 10}, {1, 2}), 100, 200, 400);
  EXPECT_EQ(db[88], 0);
  EXPECT_NEAR(db[90], -12 * 0.1, 1.3);
  EXPECT_NEAR(db[99], -12, 1e-9) << "the end of the step before";
  EXPECT_EQ(db[150], -12);
  EXPECT_EQ(db[200 + kHoldSteps - 1], -12);
  EXPECT_NEAR(db[200 + kHoldSteps + 24], -6, 1e-6) << "half of the release";
  EXPECT_NEAR(db[200 + kHoldSteps + 49], 0, 1e-9);
}

TEST(Duck, PausesShorterThanTheHoldAreBridged) {
  DuckEnvelope envelope(duck(-10, {1, 100}, {1, 100}));
  envelope.push(true);
  std::vector<double> db;
  for (int step = 0; step < 200; ++step) {
    envelope.push(step % (kHoldSteps + 1) == 0);
    db.push_back(envelope.advance());
  }
  for (const double x : db) EXPECT_EQ(x, -10);
}

TEST(Duck, NoTimeIsOneStep) {
  const auto db = run(duck(-20, 0, 0), 10, 20, 100);
  EXPECT_EQ(db[8], 0);
  EXPECT_EQ(db[9], -20);
  EXPECT_EQ(db[20 + kHoldSteps], 0);
}

TEST(Duck, LooksAheadTwoSecondsAtMost) {
  DuckEnvelope envelope(duck(-10, 60, 60));
  EXPECT_EQ(envelope.ahead(), kMaxAheadSteps);
}

}  // namespace
}  // namespace rushes::audio
