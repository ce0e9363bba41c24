#include "schema/script.h"

#include <gtest/gtest.h>

namespace rushes::schema {
namespace {

ScriptLine line(int64_t start, int64_t end, bool placed = false) {
  return {.start_ms = start, .end_ms = end, .placed = placed, .effect = "", .text = "x"};
}

TEST(Script, StretchesAreOfLinesThatAreSeenTogether) {
  const auto found = stretches({line(5000, 6000), line(0, 1000), line(500, 2000), line(2000, 3000),
                                line(1900, 5500, true), line(5500, 7000)});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].start_ms, 0);
  EXPECT_EQ(found[0].end_ms, 2000);
  EXPECT_EQ(found[1].start_ms, 2000);  // begins as the other ends: never together
  EXPECT_EQ(found[2].start_ms, 5000);
  EXPECT_EQ(found[2].end_ms, 7000);
}

TEST(Script, TheClockIsShiftedByWholeMilliseconds) {
  Script script{.header = "", .lines = {line(900, 2000), line(1500, 1700)}, .begin = 0};
  shift(script, Rational(4, 3));
  EXPECT_EQ(script.lines[0].start_ms, 0);
  EXPECT_EQ(script.lines[1].end_ms, 800);
  EXPECT_EQ(script.begin, Rational(4, 3) - Rational(9, 10));
  // No line has begun: the clock begins with the millisecond of the frame.
  Script later{.header = "", .lines = {line(2000, 3000)}, .begin = 0};
  shift(later, Rational(4, 3));
  EXPECT_EQ(later.lines[0].start_ms, 2000 - 1333);
  EXPECT_EQ(later.begin, Rational(1, 3000));
}

}  // namespace
}  // namespace rushes::schema
