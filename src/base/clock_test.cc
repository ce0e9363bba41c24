#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace rushes::base {
namespace {

using std::chrono::milliseconds;

TEST(SystemClock, KnowsThatTimePasses) {
  const Time start = system_clock().now();
  ASSERT_TRUE(system_clock().sleep(milliseconds(30), nullptr).ok());
  EXPECT_GE(system_clock().now() - start, milliseconds(29));
  EXPECT_GT(start, Time(std::chrono::seconds(1'700'000'000)));
}

TEST(SystemClock, SleepsNoLongerThanItIsWanted) {
  std::atomic<bool> cancelled = true;
  const Status status = system_clock().sleep(std::chrono::hours(1), &cancelled);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kCancelled);
  cancelled = false;
  std::thread canceller([&] { cancelled = true; });
  EXPECT_FALSE(system_clock().sleep(std::chrono::hours(1), &cancelled).ok());
  canceller.join();
}

}  // namespace
}  // namespace rushes::base
