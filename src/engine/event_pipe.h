#pragma once

// The child's EventSink: lines on a pipe to the broker.

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/task.h"

namespace rushes::engine {

class EventPipe final : public EventSink {
 public:
  explicit EventPipe(int fd) : fd_(fd) {}

  void progress(const Progress& progress) override;
  void warning(const Warning& warning) override;
  void diagnostic(const schema::Diagnostic& diagnostic) override;
  void run(int64_t end) override;
  void result(nlohmann::json result) override;

  // Any other line: "ready", "find_fonts", "end". Progress that was held back goes first.
  void send(const nlohmann::json& event);

 private:
  struct Held {
    Progress progress;
    std::string phase;
  };

  void flush_progress_locked();
  void write_locked(const nlohmann::json& event);

  int fd_;
  std::mutex mutex_;
  std::optional<Held> held_;
  std::string phase_;
  int64_t last_ns_ = 0;
};

}  // namespace rushes::engine
