#include "engine/remote_stores.h"

#include <thread>
#include <utility>

namespace rushes::engine {

using base::Status;

namespace {
constexpr int kMaxNotices = 30;
}

std::vector<std::string> RemoteStores::take_notices() {
  const std::lock_guard lock(notices_mutex_);
  return std::exchange(notices_, {});
}

base::Result<store::StoreContext*> RemoteStores::context() {
  if (context_) return context_.get();
  store::StoreContext::Options options;
  options.private_web = private_web_;
  options.cancelled = &cancelled_;
  options.retry.on_retry = [this](const std::string& why, std::chrono::milliseconds wait) {
    const std::lock_guard lock(notices_mutex_);
    if (++noticed_ > kMaxNotices) return;
    notices_.push_back(why + "; asking again in " + std::to_string(wait.count()) + " ms" +
                       (noticed_ == kMaxNotices ? " (and more, which is not told)" : ""));
  };
  ASSIGN_OR_RETURN(context_, store::StoreContext::open(std::move(options)));
  return context_.get();
}

Status RemoteStores::run(int threads, const std::function<void()>& work,
                         const std::function<Status()>& wait) {
  std::atomic<int> under_way{threads};
  std::vector<std::thread> list;
  for (int i = 0; i < threads; ++i) {
    list.emplace_back([&] {
      work();
      --under_way;
    });
  }
  Status status;
  while (under_way > 0) {
    if (status.ok()) status = wait();
    if (!status.ok()) cancel();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (std::thread& thread : list) thread.join();
  return status;
}

}  // namespace rushes::engine
