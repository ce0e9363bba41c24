#include "engine/event_output.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

#include "engine/child_event.h"

namespace rushes::engine {

using std::chrono::steady_clock;

EventOutput::EventOutput(int fd) : fd_(fd), start_(steady_clock::now()) {}

void EventOutput::add(nlohmann::json event) {
  if (!reader_is_there_) return;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start_);
  event["seq"] = next_++;
  event["t"] = static_cast<double>(elapsed.count()) / 1000;
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  buffer_ += event_line(event);
}

void EventOutput::write_some() {
  if (!pending()) return;
  // A pipe that poll() calls writable takes this much without blocking. Making it non-blocking
  // instead would change it for everybody who shares it, such as a shell.
  const size_t piece = std::min<size_t>(buffer_.size() - at_, PIPE_BUF);
  const ssize_t written = write(fd_, buffer_.data() + at_, piece);
  if (written > 0) {
    at_ += static_cast<size_t>(written);
  } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
    drop_reader();
  }
}

void EventOutput::drop_reader() {
  reader_is_there_ = false;
  buffer_.clear();
  at_ = 0;
}

void EventOutput::flush(std::chrono::milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  while (pending()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
    pollfd wait = {fd_, POLLOUT, 0};
    if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return;
    write_some();
  }
}

}  // namespace rushes::engine
