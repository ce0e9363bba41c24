#pragma once

// Frames on their way from the composer to the encoder: bounded, so that neither runs far ahead.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "frame/frame.h"

namespace rushes::render {

class FrameQueue {
 public:
  explicit FrameQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False if the queue was closed: the frame is dropped.
  bool push(frame::Frame frame) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || frames_.size() < capacity_; });
    if (closed_) return false;
    frames_.push_back(std::move(frame));
    changed_.notify_all();
    return true;
  }

  // Waits for a frame; empty once the queue is closed and drained.
  std::optional<frame::Frame> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !frames_.empty(); });
    if (frames_.empty()) return std::nullopt;
    frame::Frame f = std::move(frames_.front());
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
  std::deque<frame::Frame> frames_;
  bool closed_ = false;
};

}  // namespace rushes::render
