#pragma once

// What an answer means for whoever asked, and how long to wait before asking again.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace rushes::net {

enum class Outcome : uint8_t {
  kSuccess,
  kTransient,  // ask again
  kThrottled,  // ask again, less often
  kExpired,    // ask again with fresh credentials, once
  kClockSkew,  // ask again by the server's clock, once
  kDenied,     // no credentials, wrong ones, or they may not
  kNotFound,
  kPrecondition,  // If-Match or If-None-Match did not hold: somebody else was there
  kInvalid,       // asking again ends the same way
};

// By HTTP status and, where the answer names one, the service's error code ("SlowDown",
// "rateLimitExceeded"). The code decides where it is known.
Outcome classify(int status, std::string_view code = {});

// kDenied is kPermission, kPrecondition kUnavailable (what was to hold may hold next time).
base::Code code_of(Outcome outcome);
constexpr bool is_retried(Outcome outcome) {
  return outcome == Outcome::kTransient || outcome == Outcome::kThrottled;
}

struct RetryPolicy {
  int attempts = 5;  // all together
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds longest{20'000};
  // Who says Retry-After and more than this is not waited for.
  std::chrono::milliseconds longest_told{120'000};
  // For lines that are down for long: in place of `attempts`, again and again until so much time
  // has passed since the first failure; 0: attempts count.
  std::chrono::milliseconds give_up_after{0};
  // Told of each attempt that is made again, before the wait: nothing is retried in silence. Called
  // from any thread; without secrets.
  std::function<void(const std::string& why, std::chrono::milliseconds wait)> on_retry;
};

// Before the next attempt after that many failures: at random between 0 and first * 2^(failures-1),
// at most longest ("full jitter").
std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, uint64_t random);

using Random = std::function<uint64_t()>;  // thread-safe
Random system_random();

// The attempts at one thing.
class Retries {
 public:
  Retries(const RetryPolicy& policy, base::Clock& clock, Random random)
      : policy_(policy), clock_(clock), random_(std::move(random)) {}

  int failures() const { return failures_; }
  // Waits, and says whether to try again. `why`: what failed. `told`: what Retry-After said.
  base::Result<bool> again(const std::string& why, std::optional<std::chrono::milliseconds> told,
                           base::CancelFlag cancelled);

 private:
  RetryPolicy policy_;
  base::Clock& clock_;
  Random random_;
  int failures_ = 0;
  base::Time last_failure_{};
  std::chrono::milliseconds failing_{0};  // since the first failure
};

}  // namespace rushes::net
