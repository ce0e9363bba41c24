#pragma once

// A source of known bytes that counts what is read of it, fails when it is told to, and can hold
// reads back until several are under way.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "base/bytes.h"
#include "net/testing/fake_server.h"

namespace rushes::store {

class CountedSource final : public base::ByteSource {
 public:
  explicit CountedSource(uint64_t size) : size_(size) {}
  uint64_t size() const override { return size_; }
  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    ++reads;
    bytes += out.size();
    if (on_read) on_read(offset, out.size());
    wait_for_others();
    if (fails) return base::Error{base::Code::kUnavailable, "down"};
    const size_t n = static_cast<size_t>(std::min<uint64_t>(out.size(), size_ - offset));
    for (size_t i = 0; i < n; ++i) out[i] = net::content_byte(offset + i);
    return n;
  }

  mutable std::atomic<int> reads = 0;
  mutable std::atomic<uint64_t> bytes = 0;
  std::atomic<bool> fails = false;
  int gather = 0;                                 // each read waits until so many have begun
  mutable std::atomic<bool> gathered = false;     // they had
  std::function<void(uint64_t, size_t)> on_read;  // from any thread

 private:
  void wait_for_others() const {
    std::unique_lock lock(mutex_);
    if (++begun_ >= gather) gathered = true;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(10), [this] { return gathered.load(); });
  }

  uint64_t size_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int begun_ = 0;
};

// Whether a source of these bytes gives what it should.
inline bool reads_right(const base::ByteSource& source, uint64_t offset, size_t size) {
  std::vector<std::byte> out(size);
  const auto read = source.read_at(offset, out);
  const uint64_t left = offset < source.size() ? source.size() - offset : 0;
  if (!read.ok() || *read != std::min<uint64_t>(size, left)) return false;
  for (size_t i = 0; i < *read; ++i) {
    if (out[i] != net::content_byte(offset + i)) return false;
  }
  return true;
}

}  // namespace rushes::store
