#include "engine/event_pipe.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/child_event.h"

namespace rushes::engine {
namespace {

constexpr int64_t kProgressEveryNs = 50'000'000;

int64_t now_ns() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

nlohmann::json progress_event(const Progress& progress, const std::string& phase) {
  return {{"type", "progress"},
          {"done", std::max<int64_t>(progress.done, 0)},
          {"total", std::max<int64_t>(progress.total, 0)},
          {"phase", phase}};
}

}  // namespace

void EventPipe::progress(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (progress.phase != phase_) {
    flush_progress_locked();
    phase_ = progress.phase;
    last_ns_ = 0;
  }
  const int64_t now = now_ns();
  const bool last = progress.total > 0 && progress.done >= progress.total;
  if (!last && now - last_ns_ < kProgressEveryNs) {
    held_ = Held{progress, phase_};
    return;
  }
  held_.reset();
  last_ns_ = now;
  write_locked(progress_event(progress, phase_));
}

void EventPipe::warning(const Warning& warning) {
  send({{"type", "warning"},
        {"number", std::max(warning.number, 0)},
        {"text", warning.text},
        {"place", warning.place}});
}

void EventPipe::diagnostic(const schema::Diagnostic& diagnostic) {
  const bool error = diagnostic.severity == schema::Severity::kError;
  send({{"type", "diagnostic"},
        {"number", std::max(diagnostic.number, 0)},
        {"severity", error ? "error" : "warning"},
        {"class", base::name_of(diagnostic.code)},
        {"file", diagnostic.file},
        {"line", std::max(diagnostic.place.line, 0)},
        {"column", std::max(diagnostic.place.column, 0)},
        {"pointer", diagnostic.pointer},
        {"message", diagnostic.message},
        {"hint", diagnostic.hint}});
}

void EventPipe::run(int64_t end) { send({{"type", "run"}, {"end", std::max<int64_t>(end, 0)}}); }

void EventPipe::result(nlohmann::json result) {
  send({{"type", "result"}, {"result", std::move(result)}});
}

void EventPipe::send(const nlohmann::json& event) {
  const std::lock_guard lock(mutex_);
  flush_progress_locked();
  write_locked(event);
}

void EventPipe::flush_progress_locked() {
  if (!held_.has_value()) return;
  write_locked(progress_event(held_->progress, held_->phase));
  held_.reset();
}

void EventPipe::write_locked(const nlohmann::json& event) {
  const std::string line = event_line(event);
  for (size_t at = 0; at < line.size();) {
    const ssize_t written = write(fd_, line.data() + at, line.size() - at);
    if (written > 0) {
      at += static_cast<size_t>(written);
    } else if (written < 0 && errno != EINTR) {
      return;  // the broker has gone, and this process goes with it (PR_SET_PDEATHSIG)
    }
  }
}

}  // namespace rushes::engine
