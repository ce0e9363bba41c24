#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rushes::base {
namespace {

TEST(Threads, AreLookedAfterUntilAllHaveEnded) {
  std::atomic<int> begun = 0, ended = 0;
  std::atomic<bool> enough = false;
  const auto work = [&]() -> Status {
    ++begun;
    while (!enough) std::this_thread::yield();
    ++ended;
    return {};
  };
  const auto meanwhile = [&] {
    if (begun == 3) enough = true;  // all at once
  };
  EXPECT_TRUE(run_threads(3, work, meanwhile).ok());
  EXPECT_EQ(ended, 3);
}

// Told once its thread is over, and so its result taken.
struct Farewell {
  std::atomic<bool>* over = nullptr;
  ~Farewell() {
    if (over != nullptr) *over = true;
  }
};

TEST(Threads, TheFirstErrorIsTheResult) {
  std::atomic<int> turn = 0;
  std::atomic<bool> first_is_over = false;
  const auto work = [&]() -> Status {
    if (turn++ == 0) {
      thread_local Farewell farewell;
      farewell.over = &first_is_over;
      return internal("first");
    }
    while (!first_is_over) std::this_thread::yield();
    return internal("later");
  };
  const Status status = run_threads(4, work, [] {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "first");
  EXPECT_EQ(turn, 4);
}

TEST(Threads, OfNoneThereIsNothingToWaitFor) {
  EXPECT_TRUE(run_threads(
                  0, [] { return Status(); }, [] {})
                  .ok());
}

}  // namespace
}  // namespace rushes::base
