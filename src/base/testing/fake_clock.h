#pragma once

// A clock that stands still, but for sleeping, which takes no time.

#include <mutex>
#include <vector>

#include "base/clock.h"

namespace rushes::base {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = Time(std::chrono::seconds(1'700'000'000))) : now_(start) {}

  Time now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  Status sleep(std::chrono::milliseconds duration, CancelFlag cancelled) override {
    if (is_set(cancelled)) return Error{Code::kCancelled, "cancelled"};
    const std::lock_guard lock(mutex_);
    now_ += duration;
    slept_.push_back(duration);
    return {};
  }
  void advance(std::chrono::milliseconds duration) {
    const std::lock_guard lock(mutex_);
    now_ += duration;
  }
  std::vector<std::chrono::milliseconds> slept() const {
    const std::lock_guard lock(mutex_);
    return slept_;
  }

 private:
  mutable std::mutex mutex_;
  Time now_;
  std::vector<std::chrono::milliseconds> slept_;
};

}  // namespace rushes::base
