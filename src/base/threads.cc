#include "base/threads.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rushes::base {

Status run_threads(int threads, const std::function<Status()>& work,
                   const std::function<void()>& meanwhile) {
  constexpr std::chrono::milliseconds kTick{5};
  std::mutex mutex;
  std::condition_variable ended;
  int under_way = threads;
  Status first;
  std::vector<std::thread> list;
  list.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    list.emplace_back([&] {
      Status status = work();
      const std::lock_guard lock(mutex);
      if (!status.ok() && first.ok()) first = std::move(status);
      --under_way;
      ended.notify_all();
    });
  }
  std::unique_lock lock(mutex);
  while (!ended.wait_for(lock, kTick, [&] { return under_way == 0; })) {
    lock.unlock();
    meanwhile();
    lock.lock();
  }
  lock.unlock();
  for (std::thread& thread : list) thread.join();
  return first;
}

}  // namespace rushes::base
