#pragma once

// How fast may be sent, whoever sends: one token bucket for any number of threads, and for all
// processes that name the same file. In any t seconds at most bytes_per_second * (t + kBurst) bytes
// go, and one piece.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rushes::net {

struct RateLimiterOptions {
  uint64_t bytes_per_second = 0;  // at least kLeastRate
  // Shared by processes of one machine until it is switched off: made if it is not there. It holds
  // eight bytes that mean nothing to anybody else. Empty: for this process alone.
  std::string file;
  base::Clock* clock = &base::system_clock();               // for waiting
  std::function<std::chrono::nanoseconds()> now = nullptr;  // null: that of the steady clock
};

inline constexpr uint64_t kLeastRate = 1024;
// What was not used of so long may be made good for: sleeping is not exact.
inline constexpr std::chrono::milliseconds kBurst{200};

// Thread-safe. A process that ends in the middle holds nobody up.
class RateLimiter {
 public:
  static base::Result<std::unique_ptr<RateLimiter>> open(RateLimiterOptions options);
  ~RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // What is sent at a time, so that everybody has a turn soon.
  size_t piece() const;
  // Waits until so many bytes, of one piece or less, may go. kCancelled as soon as the flag is set.
  base::Status take(size_t bytes, base::CancelFlag cancelled);

 private:
  explicit RateLimiter(RateLimiterOptions options);
  // How long to wait before they may go.
  std::chrono::nanoseconds reserve(size_t bytes);

  const RateLimiterOptions options_;  // `now` is there
  alignas(8) int64_t own_ = 0;
  // When the bucket will be empty of what has been taken: nanoseconds of the steady clock.
  int64_t* next_ = &own_;
};

}  // namespace rushes::net
