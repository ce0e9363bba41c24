#pragma once

// Runs tasks side by side, each in an engine of its own, to their ends.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "exec/task_pool.h"

namespace rushes::exec {

struct RunOptions {
  std::string engine;  // from find_engine()
  // Called with each event as it comes, and the number of its task.
  std::function<void(size_t task, const nlohmann::json& event)> on_event;
  // Called at least every 100 ms.
  std::function<void()> on_tick;
  // Readable once the user wants to stop; -1: never.
  int cancel_fd = -1;
  // The engine stops its own child within 0.7 s; one that has not ended by then is killed.
  double grace_seconds = 2;
};

// One outcome for each task, in their order. When one fails the others are cancelled; their status
// is then kCancelled.
std::vector<TaskOutcome> run_tasks(const std::vector<nlohmann::json>& tasks,
                                   const RunOptions& options);

// The failure that the others followed: the first that is not kCancelled, else the first; null if
// all went well.
const TaskOutcome* root_failure(const std::vector<TaskOutcome>& outcomes);

}  // namespace rushes::exec
