#include "exec/task_pool.h"

#include <poll.h>

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

int small_number(const json& event, const char* key) {
  const int64_t value = number_of(event, key);
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

}  // namespace

// One task on its way.
class TaskPool::Running {
 public:
  Running(const json& task, const PoolOptions& options, std::function<void(const json&)> on_event)
      : options_(options), on_event_(std::move(on_event)), start_(steady_clock::now()) {
    auto process = EngineProcess::start(options.engine, task);
    if (process.ok()) {
      process_ = *std::move(process);
    } else {
      outcome_.status = std::move(process).error();
      ended_ = true;
    }
  }

  bool ended() const { return ended_; }
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

  void share() {
    if (!ended_) process_->share();
  }

  const TaskOutcome& outcome() const { return outcome_; }

 private:
  void take(const json& event) {
    const std::string type = text_of(event, "type");
    if (type == "done") {
      done_ = true;
      outcome_.outputs = event.value("outputs", json::object());
    }
    if (type == "result" && event.contains("result")) outcome_.result = event["result"];
    if (type == "diagnostic") outcome_.diagnostics.push_back(diagnostic_from_json(event));
    if (type == "error") {
      error_ = base::Error{code_of(text_of(event, "class")), text_of(event, "message"),
                           small_number(event, "number")};
      outcome_.cause = text_of(event, "cause");
    }
    on_event_(event);
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

  const PoolOptions& options_;
  std::function<void(const json&)> on_event_;
  steady_clock::time_point start_;
  std::optional<EngineProcess> process_;
  TaskOutcome outcome_;
  std::optional<base::Error> error_;
  std::optional<steady_clock::time_point> cancelled_at_;
  bool done_ = false;
  bool ended_ = false;
};

std::string text_of(const json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t number_of(const json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

schema::Diagnostic diagnostic_from_json(const json& event) {
  schema::Diagnostic diagnostic;
  diagnostic.number = small_number(event, "number");
  diagnostic.severity = text_of(event, "severity") == "warning" ? schema::Severity::kWarning
                                                                : schema::Severity::kError;
  diagnostic.code = code_of(text_of(event, "class"));
  diagnostic.file = text_of(event, "file");
  diagnostic.place = {small_number(event, "line"), small_number(event, "column")};
  diagnostic.pointer = text_of(event, "pointer");
  diagnostic.message = text_of(event, "message");
  diagnostic.hint = text_of(event, "hint");
  return diagnostic;
}

TaskPool::TaskPool(PoolOptions options, OnEvent on_event)
    : options_(std::move(options)), on_event_(std::move(on_event)) {}

TaskPool::~TaskPool() = default;

size_t TaskPool::start(const json& task) {
  const size_t number = tasks_.size();
  tasks_.push_back(std::make_unique<Running>(
      task, options_, [this, number](const json& event) { on_event_(number, event); }));
  return number;
}

bool TaskPool::wait(int cancel_fd) {
  std::vector<pollfd> waits = {{cancel_fd, POLLIN, 0}};
  for (const auto& task : tasks_) {
    if (task->ended()) continue;
    waits.push_back({task->events_fd(), POLLIN, 0});
    waits.push_back({task->stderr_fd(), POLLIN, 0});
  }
  const bool stop = poll(waits.data(), waits.size(), kTickMs) > 0 && waits[0].revents != 0;
  // Events may start more tasks.
  for (size_t i = 0; i < tasks_.size(); ++i) {
    tasks_[i]->read();
    tasks_[i]->insist();
  }
  return stop;
}

void TaskPool::cancel_all() {
  for (const auto& task : tasks_) task->cancel();
}
void TaskPool::share(size_t task) { tasks_[task]->share(); }
bool TaskPool::ended(size_t task) const { return tasks_[task]->ended(); }
bool TaskPool::all_ended() const { return running() == 0; }

size_t TaskPool::running() const {
  size_t count = 0;
  for (const auto& task : tasks_) count += task->ended() ? 0 : 1;
  return count;
}

const TaskOutcome& TaskPool::outcome(size_t task) const { return tasks_[task]->outcome(); }

}  // namespace rushes::exec
