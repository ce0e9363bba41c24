#pragma once

// Tasks side by side, each in an engine of its own, started and stopped at any time.

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/diagnostic.h"

namespace rushes::exec {

struct TaskOutcome {
  base::Status status;
  std::string cause;       // of a failure, as in docs/formats/events.md: "failed", "crashed", ...
  nlohmann::json result;   // null if the task reported none
  nlohmann::json outputs;  // of the done event, by their names; null if it failed
  std::vector<schema::Diagnostic> diagnostics;
  double wall_seconds = 0;
};

struct PoolOptions {
  std::string engine;  // from find_engine()
  // The engine stops its own child within 0.7 s; one that has not ended by then is killed.
  double grace_seconds = 2;
};

class TaskPool {
 public:
  // Called with each event as it comes, and the number of its task.
  using OnEvent = std::function<void(size_t task, const nlohmann::json& event)>;

  TaskPool(PoolOptions options, OnEvent on_event);
  ~TaskPool();  // what still runs is killed

  // The task's number, counted from 0. An engine that cannot be started has ended at once.
  size_t start(const nlohmann::json& task);
  // Waits for anything to happen, at most 100 ms, and passes on events. True when `cancel_fd` has
  // become readable (-1: never).
  bool wait(int cancel_fd);
  void cancel_all();
  // Asks a running task to give up half of what it has not begun; it answers with a "run" event.
  // Only once it has said "started".
  void share(size_t task);

  bool ended(size_t task) const;
  bool all_ended() const;
  size_t running() const;
  // Of a task that has ended.
  const TaskOutcome& outcome(size_t task) const;

 private:
  class Running;
  PoolOptions options_;
  OnEvent on_event_;
  std::vector<std::unique_ptr<Running>> tasks_;
};

// Of a "diagnostic" event; what is missing or of the wrong type stays empty.
schema::Diagnostic diagnostic_from_json(const nlohmann::json& event);

// Of an event; what is missing or of the wrong type is empty or 0.
std::string text_of(const nlohmann::json& event, const char* key);
int64_t number_of(const nlohmann::json& event, const char* key);

}  // namespace rushes::exec
