#include "exec/run_tasks.h"

namespace rushes::exec {

using nlohmann::json;

std::vector<TaskOutcome> run_tasks(const std::vector<json>& tasks, const RunOptions& options) {
  TaskPool pool({.engine = options.engine, .grace_seconds = options.grace_seconds},
                [&](size_t task, const json& event) {
                  if (options.on_event) options.on_event(task, event);
                });
  for (const json& task : tasks) pool.start(task);
  int cancel_fd = options.cancel_fd;
  const auto any_failed = [&] {
    for (size_t i = 0; i < tasks.size(); ++i) {
      if (pool.ended(i) && !pool.outcome(i).status.ok()) return true;
    }
    return false;
  };
  while (!pool.all_ended()) {
    const bool stop = pool.wait(cancel_fd);
    if (stop) cancel_fd = -1;
    if (stop || any_failed()) pool.cancel_all();
    if (options.on_tick) options.on_tick();
  }
  std::vector<TaskOutcome> outcomes;
  for (size_t i = 0; i < tasks.size(); ++i) outcomes.push_back(pool.outcome(i));
  return outcomes;
}

const TaskOutcome* root_failure(const std::vector<TaskOutcome>& outcomes) {
  const TaskOutcome* first = nullptr;
  for (const TaskOutcome& outcome : outcomes) {
    if (outcome.status.ok()) continue;
    if (outcome.status.error().code != base::Code::kCancelled) return &outcome;
    if (first == nullptr) first = &outcome;
  }
  return first;
}

}  // namespace rushes::exec
