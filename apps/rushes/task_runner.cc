#include "task_runner.h"

#include <map>
#include <utility>

#include "exec/engine_process.h"
#include "numbers.h"
#include "signals.h"

namespace rushes::app {
namespace {

using nlohmann::json;

std::string text_of(const json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t number_at(const json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

}  // namespace

base::Error summary_of(const std::vector<schema::Diagnostic>& diagnostics) {
  base::Error error;
  std::map<std::string, int> files;
  for (const schema::Diagnostic& d : diagnostics) {
    if (d.severity != schema::Severity::kError) continue;
    if (files.empty()) {
      error.code = d.code;
      error.number = d.number;
    }
    ++files[d.file];
  }
  for (const auto& [file, errors] : files) {
    error.message += (error.message.empty() ? "" : ", ") + file + " has " +
                     (errors == 1 ? "an error" : std::to_string(errors) + " errors");
  }
  return error;
}

base::Result<TaskRunner> TaskRunner::create(Console& console, Progress& progress) {
  auto engine = exec::find_engine();
  if (!engine.ok()) {
    base::Error error = std::move(engine).error();
    error.number = kNoEngine;
    return error;
  }
  return TaskRunner(console, progress, *std::move(engine));
}

base::Result<std::vector<exec::TaskOutcome>> TaskRunner::run(const std::vector<NamedTask>& tasks) {
  std::vector<json> documents;
  documents.reserve(tasks.size());
  for (const NamedTask& task : tasks) documents.push_back(task.document);
  shown_task_ = 0;
  auto outcomes = exec::run_tasks(
      documents, {.engine = engine_,
                  .on_event = [&](size_t task, const json& event) { take(tasks, task, event); },
                  .on_tick = [&] { progress_.tick(); },
                  .cancel_fd = cancel_fd()});
  if (const exec::TaskOutcome* failed = exec::root_failure(outcomes)) {
    return schema::has_errors(failed->diagnostics) ? summary_of(failed->diagnostics)
                                                   : failed->status.error();
  }
  return outcomes;
}

void TaskRunner::take(const std::vector<NamedTask>& tasks, size_t task, const json& event) {
  const std::string type = text_of(event, "type");
  if (console_.json() && type != "diagnostic") {
    json named = event;
    named["task"] = tasks[task].name;
    console_.event(named);
  }
  if (type == "warning") {
    warn(static_cast<int>(number_at(event, "number")), text_of(event, "text"),
         text_of(event, "place"));
  } else if (type == "diagnostic") {
    show(exec::diagnostic_from_json(event));
  } else if (type == "progress" && task == shown_task_) {
    progress_.update(number_at(event, "done"), number_at(event, "total"));
  } else if (type == "done" && task == shown_task_ && task + 1 < tasks.size()) {
    // The first task is the long one; when it is through, the next is what is waited for.
    progress_.start_phase(tasks[++shown_task_].name);
  }
}

void TaskRunner::show(const schema::Diagnostic& diagnostic) {
  if (!told_.insert(schema::format(diagnostic)).second) return;
  const bool warning = diagnostic.severity == schema::Severity::kWarning;
  (warning ? warnings_ : diagnostics_).push_back(diagnostic_json(diagnostic));
  console_.diagnostic(diagnostic);
}

void TaskRunner::warn(int number, const std::string& text, const std::string& place) {
  if (!told_.insert(std::to_string(number) + "\n" + text + "\n" + place).second) return;
  warnings_.push_back({{"number", number}, {"text", text}, {"place", place}});
  if (!console_.json()) console_.warning(number, text, place);
}

}  // namespace rushes::app
