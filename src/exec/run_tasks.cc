#include "exec/run_tasks.h"

#include <poll.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "exec/engine_process.h"

namespace rushes::exec {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr int kTickMs = 100;

std::string text_of(const json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

int number_of(const json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number_integer()) return 0;
  const auto value = found->get<int64_t>();
  return value < 0 || value > 1'000'000'000 ? 0 : static_cast<int>(value);
}

base::Code code_of(const std::string& name) {
  for (base::Code code :
       {base::Code::kInvalidArgument, base::Code::kNotFound, base::Code::kUnsupported,
        base::Code::kCorrupt, base::Code::kPermission, base::Code::kResource,
        base::Code::kUnavailable, base::Code::kCancelled}) {
    if (base::name_of(code) == name) return code;
  }
  return base::Code::kInternal;
}

// One task on its way.
class Running {
 public:
  Running(const json& task, const RunOptions& options, size_t number)
      : options_(options), number_(number), start_(steady_clock::now()) {
    auto process = EngineProcess::start(options.engine, task);
    if (process.ok()) {
      process_ = *std::move(process);
    } else {
      outcome_.status = std::move(process).error();
      ended_ = true;
    }
  }

  bool ended() const { return ended_; }
  bool failed() const { return ended_ && !outcome_.status.ok(); }
  int events_fd() const { return ended_ ? -1 : process_->events_fd(); }
  int stderr_fd() const { return ended_ ? -1 : process_->stderr_fd(); }

  void read() {
    if (ended_) return;
    process_->read_stderr();
    auto events = process_->read_events();
    if (!events.ok()) return fail(std::move(events).error());
    for (const json& event : *events) take(event);
    if (process_->streams_ended()) end();
  }

  void cancel() {
    if (ended_ || cancelled_at_.has_value()) return;
    cancelled_at_ = steady_clock::now();
    process_->cancel();
  }

  void insist() {
    if (ended_ || !cancelled_at_.has_value()) return;
    const std::chrono::duration<double> since = steady_clock::now() - *cancelled_at_;
    if (since.count() > options_.grace_seconds) process_->kill();
  }

  TaskOutcome take_outcome() && { return std::move(outcome_); }

 private:
  void take(const json& event) {
    const std::string type = text_of(event, "type");
    if (type == "done") done_ = true;
    if (type == "result" && event.contains("result")) outcome_.result = event["result"];
    if (type == "diagnostic") outcome_.diagnostics.push_back(diagnostic_from_json(event));
    if (type == "error") {
      error_ = base::Error{code_of(text_of(event, "class")), text_of(event, "message"),
                           number_of(event, "number")};
      outcome_.cause = text_of(event, "cause");
    }
    if (options_.on_event) options_.on_event(number_, event);
  }

  void end() {
    const int exit_status = process_->finish();
    ended_ = true;
    outcome_.wall_seconds = std::chrono::duration<double>(steady_clock::now() - start_).count();
    if (exit_status == 0 && done_) return;
    outcome_.status = error_.has_value() ? *error_ : silent_death(exit_status);
  }

  // The broker itself ended without saying why.
  base::Error silent_death(int exit_status) const {
    std::string said = process_->stderr_text();
    while (!said.empty() && (said.back() == '\n' || said.back() == ' ')) said.pop_back();
    if (said.size() > 500) said = "..." + said.substr(said.size() - 500);
    std::string message;
    if (exit_status == 127) {
      message = "the engine could not be started: \"" + options_.engine + "\"";
    } else if (exit_status < 0) {
      message = std::string("the engine was ended by a signal: ") + strsignal(-exit_status);
    } else {
      message = "the engine ended with status " + std::to_string(exit_status) + " and no word";
    }
    if (!said.empty()) message += " (it said: " + said + ")";
    if (cancelled_at_.has_value()) return {base::Code::kCancelled, "cancelled"};
    return base::internal(std::move(message));
  }

  void fail(base::Error error) {
    process_->kill();
    process_->finish();
    ended_ = true;
    outcome_.status = std::move(error);
    outcome_.cause = "protocol";
  }

  const RunOptions& options_;
  size_t number_;
  steady_clock::time_point start_;
  std::optional<EngineProcess> process_;
  TaskOutcome outcome_;
  std::optional<base::Error> error_;
  std::optional<steady_clock::time_point> cancelled_at_;
  bool done_ = false;
  bool ended_ = false;
};

// Waits for any stream of any task, or the user. True if the user wants to stop.
bool wait_for_any(const std::vector<Running>& tasks, int cancel_fd) {
  std::vector<pollfd> waits = {{cancel_fd, POLLIN, 0}};
  for (const Running& task : tasks) {
    waits.push_back({task.events_fd(), POLLIN, 0});
    waits.push_back({task.stderr_fd(), POLLIN, 0});
  }
  return poll(waits.data(), waits.size(), kTickMs) > 0 && waits[0].revents != 0;
}

}  // namespace

schema::Diagnostic diagnostic_from_json(const json& event) {
  schema::Diagnostic diagnostic;
  diagnostic.number = number_of(event, "number");
  diagnostic.severity = text_of(event, "severity") == "warning" ? schema::Severity::kWarning
                                                                : schema::Severity::kError;
  diagnostic.code = code_of(text_of(event, "class"));
  diagnostic.file = text_of(event, "file");
  diagnostic.place = {number_of(event, "line"), number_of(event, "column")};
  diagnostic.pointer = text_of(event, "pointer");
  diagnostic.message = text_of(event, "message");
  diagnostic.hint = text_of(event, "hint");
  return diagnostic;
}

std::vector<TaskOutcome> run_tasks(const std::vector<json>& tasks, const RunOptions& options) {
  std::vector<Running> running;
  running.reserve(tasks.size());
  for (const json& task : tasks) running.emplace_back(task, options, running.size());
  int cancel_fd = options.cancel_fd;
  const auto any_failed = [&] {
    for (const Running& task : running) {
      if (task.failed()) return true;
    }
    return false;
  };
  const auto all_ended = [&] {
    for (const Running& task : running) {
      if (!task.ended()) return false;
    }
    return true;
  };
  while (!all_ended()) {
    const bool stop = wait_for_any(running, cancel_fd);
    if (stop) cancel_fd = -1;
    for (Running& task : running) task.read();
    if (stop || any_failed()) {
      for (Running& task : running) task.cancel();
    }
    for (Running& task : running) task.insist();
    if (options.on_tick) options.on_tick();
  }
  std::vector<TaskOutcome> outcomes;
  outcomes.reserve(running.size());
  for (Running& task : running) outcomes.push_back(std::move(task).take_outcome());
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
