#pragma once

// What a task's inputs and outputs in stores share: connections and credentials, what was tried
// again, and whether the child is kept waiting by them.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/task_document.h"
#include "store/open_store.h"

namespace rushes::engine {

class RemoteStores {
 public:
  // Costs nothing before something is opened. `private_web`: see store::StoreContext.
  explicit RemoteStores(bool private_web, TaskTransfer transfer = {})
      : private_web_(private_web), transfer_(std::move(transfer)) {}
  RemoteStores(const RemoteStores&) = delete;
  RemoteStores& operator=(const RemoteStores&) = delete;

  // Not thread-safe; what it gives is.
  base::Result<store::StoreContext*> context();
  // Ends what is under way, soon.
  void cancel() { cancelled_ = true; }
  bool is_cancelled() const { return cancelled_; }

  // Runs `work` in threads of its own and calls `wait` every few milliseconds meanwhile. Its first
  // error cancels, and is the result once all have ended; else what `work` has thrown.
  base::Status run(int threads, const std::function<void()>& work,
                   const std::function<base::Status()>& wait);

  // While one of these is there, the child waits for bytes: that is no sign of a hung one.
  class Waiting {
   public:
    explicit Waiting(RemoteStores& stores) : stores_(stores) { ++stores_.waiting_; }
    ~Waiting() { --stores_.waiting_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    RemoteStores& stores_;
  };
  bool is_waited_for() const { return waiting_.load() > 0; }
  // What is worth telling since the last call: what was tried again, a few dozen times and then
  // once a minute, and what tell() was given.
  struct Notice {
    int number = 0;  // in base/error_catalog.h
    std::string text;
  };
  std::vector<Notice> take_notices();
  void tell(int number, std::string text);

 private:
  const bool private_web_;
  const TaskTransfer transfer_;
  std::atomic<bool> cancelled_{false};
  std::atomic<int> waiting_{0};
  std::unique_ptr<store::StoreContext> context_;
  std::mutex notices_mutex_;
  std::vector<Notice> notices_;
  int retries_ = 0;
  std::chrono::steady_clock::time_point told_;  // of a retry
};

}  // namespace rushes::engine
