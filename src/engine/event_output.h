#pragma once

// The broker's events: numbered, stamped and written to a descriptor without ever waiting, so that
// a reader that has stopped cannot keep a cancel from being obeyed.

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace rushes::engine {

class EventOutput {
 public:
  explicit EventOutput(int fd);

  // Puts "seq" and "t" (seconds since the start) into the event and keeps it until it can be
  // written.
  void add(nlohmann::json event);

  int fd() const { return fd_; }
  bool pending() const { return at_ < buffer_.size(); }
  // So much is waiting that nothing should be added.
  bool full() const { return buffer_.size() - at_ > kFull; }
  // False once the reader has gone; what is added then is dropped.
  bool reader_is_there() const { return reader_is_there_; }

  void drop_reader();                           // it has gone
  void write_some();                            // call it when poll() says that fd() takes bytes
  void flush(std::chrono::milliseconds limit);  // for the last ones

 private:
  static constexpr size_t kFull = size_t{1} << 20;

  int fd_;
  bool reader_is_there_ = true;
  std::chrono::steady_clock::time_point start_;
  int64_t next_ = 0;
  std::string buffer_;
  size_t at_ = 0;
};

}  // namespace rushes::engine
