#include "engine/remote_stores.h"

#include <cmath>
#include <utility>

#include "base/error_catalog.h"
#include "base/threads.h"
#include "engine/guarded.h"

namespace rushes::engine {

using base::Status;

namespace {
constexpr int kRetriesTold = 30;
constexpr std::chrono::minutes kToldAgain{1};  // from then on
// Between attempts, where it may take long.
constexpr std::chrono::minutes kLongestPause{1};
}  // namespace

std::vector<RemoteStores::Notice> RemoteStores::take_notices() {
  const std::lock_guard lock(notices_mutex_);
  return std::exchange(notices_, {});
}

void RemoteStores::tell(int number, std::string text) {
  const std::lock_guard lock(notices_mutex_);
  notices_.push_back({number, std::move(text)});
}

base::Result<store::StoreContext*> RemoteStores::context() {
  if (context_) return context_.get();
  store::StoreContext::Options options;
  options.private_web = private_web_;
  options.send_bytes_per_second = transfer_.send_bytes_per_second;
  options.send_limit_file = transfer_.send_limit_file;
  options.cancelled = &cancelled_;
  options.retry.on_retry = [this](const std::string& why, std::chrono::milliseconds wait) {
    const std::lock_guard lock(notices_mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (++retries_ > kRetriesTold && now - told_ < kToldAgain) return;
    told_ = now;
    notices_.push_back({base::kStoreRetried,
                        why + "; asking again in " + std::to_string(wait.count()) + " ms" +
                            (retries_ == kRetriesTold ? " (told once a minute from now on)" : "")});
  };
  if (transfer_.give_up_seconds > 0) {
    options.retry.give_up_after = std::chrono::milliseconds(
        static_cast<int64_t>(std::ceil(transfer_.give_up_seconds * 1000)));
    options.retry.longest = kLongestPause;
  }
  ASSIGN_OR_RETURN(context_, store::StoreContext::open(std::move(options)));
  return context_.get();
}

Status RemoteStores::run(int threads, const std::function<void()>& work,
                         const std::function<Status()>& wait) {
  Status stopped;
  Status thrown = base::run_threads(
      threads,
      [&] {
        return guarded([&]() -> Status {
          work();
          return {};
        });
      },
      [&] {
        if (stopped.ok()) stopped = wait();
        if (!stopped.ok()) cancel();
      });
  return stopped.ok() ? thrown : stopped;
}

}  // namespace rushes::engine
