#pragma once

// Something that somebody hands out for a while, such as credentials. It is fetched once for all
// threads, and again before it expires.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace rushes::net {

inline constexpr std::chrono::minutes kRefreshBefore{10};
inline constexpr std::chrono::seconds kTryAgainAfter{30};

// T has `std::optional<base::Time> expires`, and same(a, b) finds two of them equal. Thread-safe.
template <class T>
class Expiring {
 public:
  using Fetch = std::function<base::Result<T>(base::CancelFlag)>;
  Expiring(Fetch fetch, base::Clock& clock) : fetch_(std::move(fetch)), clock_(clock) {}

  // What is at hand while it is good for more than kRefreshBefore. After that one thread fetches
  // anew while the others go on with the old one, until it expires.
  base::Result<T> get(base::CancelFlag cancelled) {
    constexpr std::chrono::milliseconds kLook{50};  // at the flag
    std::unique_lock lock(mutex_);
    for (;;) {
      const base::Time now = clock_.now();
      if (fresh(now) || (fetching_ && usable(now))) return *current_;
      if (!fetching_) break;
      if (base::is_set(cancelled)) return base::Error{base::Code::kCancelled, "cancelled"};
      fetched_.wait_for(lock, kLook);
    }
    fetching_ = true;
    lock.unlock();
    auto found = fetch_(cancelled);
    lock.lock();
    fetching_ = false;
    fetched_.notify_all();
    const base::Time now = clock_.now();
    next_fetch_ = now + kTryAgainAfter;
    if (found.ok()) current_ = *found;
    if (!found.ok() && usable(now)) return *current_;
    return found;
  }

  // A service says that it has expired: fetches anew, unless somebody has done so already.
  void refuse(const T& refused) {
    const std::lock_guard lock(mutex_);
    if (current_ && same(*current_, refused)) current_.reset();
  }

 private:
  bool usable(base::Time now) const {
    return current_ && (!current_->expires || now < *current_->expires);
  }
  bool fresh(base::Time now) const {
    if (!usable(now)) return false;
    return !current_->expires || now < *current_->expires - kRefreshBefore || now < next_fetch_;
  }

  const Fetch fetch_;
  base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable fetched_;
  bool fetching_ = false;
  std::optional<T> current_;
  base::Time next_fetch_{};  // not before it, as long as the current one is usable
};

}  // namespace rushes::net
