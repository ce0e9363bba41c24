#pragma once

// Frames on their way from the composer to the encoder: bounded, so that neither runs far ahead.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <nlohmann/json.hpp>

#include "frame/frame.h"

namespace rushes::render {

struct QueuedFrame {
  size_t segment = 0;  // of the run
  int64_t number = 0;  // within the segment; 0 again: the segment is begun anew
  frame::Frame frame;
  nlohmann::json notes;  // with the segment's last frame: what is worth knowing of it
};

class FrameQueue {
 public:
  explicit FrameQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False if the queue was closed: the frame is dropped.
  bool push(QueuedFrame frame) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || frames_.size() < capacity_; });
    if (closed_) return false;
    frames_.push_back(std::move(frame));
    changed_.notify_all();
    return true;
  }

  // Waits for a frame; empty once the queue is closed and drained.
  std::optional<QueuedFrame> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !frames_.empty(); });
    if (frames_.empty()) return std::nullopt;
    QueuedFrame f = std::move(frames_.front());
    frames_.pop_front();
    changed_.notify_all();
    return f;
  }

  // No more frames from here on, from either side.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<QueuedFrame> frames_;
  bool closed_ = false;
};

}  // namespace rushes::render
