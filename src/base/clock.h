#pragma once

// The time of day and waiting, as something that tests can stand in for.

#include <atomic>
#include <chrono>

#include "base/result.h"

namespace rushes::base {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// Set by whoever no longer wants what is being waited for. Null: nobody ever does.
using CancelFlag = const std::atomic<bool>*;
inline bool is_set(CancelFlag flag) { return flag != nullptr && flag->load(); }

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;  // UTC
  // kCancelled as soon as the flag is set.
  virtual Status sleep(std::chrono::milliseconds duration, CancelFlag cancelled) = 0;
};

Clock& system_clock();

}  // namespace rushes::base
