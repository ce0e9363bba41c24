#include "base/clock.h"

#include <algorithm>
#include <thread>

namespace rushes::base {
namespace {

class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  Status sleep(std::chrono::milliseconds duration, CancelFlag cancelled) override {
    constexpr std::chrono::milliseconds kStep{20};
    const auto end = std::chrono::steady_clock::now() + duration;
    for (;;) {
      if (is_set(cancelled)) return Error{Code::kCancelled, "cancelled"};
      const auto now = std::chrono::steady_clock::now();
      if (now >= end) return {};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
      std::this_thread::sleep_for(std::min(kStep, left));
    }
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace rushes::base
