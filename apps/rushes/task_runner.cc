#include "task_runner.h"

#include <algorithm>
#include <map>
#include <utility>

#include "exec/engine_process.h"
#include "numbers.h"
#include "signals.h"
#include "utf8.h"

namespace rushes::app {
using nlohmann::json;

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

namespace {

// A document cannot hold a name that is not UTF-8.
base::Status check_names(const json& document) {
  for (const char* member : {"inputs", "outputs"}) {
    for (const json& file : document.value(member, json::object())) {
      const json path = file.is_object() ? file.value("path", json()) : file;
      if (!path.is_string() || is_utf8(path.get_ref<const std::string&>())) continue;
      return base::invalid_argument("\"" + path.get<std::string>() +
                                    "\": its name is not UTF-8; rename it");
    }
  }
  return {};
}

}  // namespace

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
  for (const NamedTask& task : tasks) {
    RETURN_IF_ERROR(check_names(task.document));
    documents.push_back(task.document);
  }
  auto outcomes = exec::run_tasks(
      documents, {.engine = engine_,
                  .on_event = [&](size_t task, const json& event) { take(tasks, task, event); },
                  .on_tick = [&] { progress_.tick(); },
                  .cancel_fd = cancel_fd()});
  if (const exec::TaskOutcome* failed = exec::root_failure(outcomes)) {
    if (!schema::has_errors(failed->diagnostics)) return failed->status.error();
    std::vector<schema::Diagnostic> diagnostics = failed->diagnostics;
    if (retell_) std::ranges::for_each(diagnostics, retell_);
    return summary_of(diagnostics);
  }
  return outcomes;
}

void TaskRunner::take(const std::string& name, const json& event) {
  const std::string type = exec::text_of(event, "type");
  if (console_.json() && type != "diagnostic") {
    json named = event;
    named["task"] = name;
    console_.event(named);
  }
  if (type == "warning") {
    warn({.number = static_cast<int>(exec::number_of(event, "number")),
          .text = exec::text_of(event, "text"),
          .place = exec::text_of(event, "place")},
         !console_.json());
  } else if (type == "diagnostic") {
    schema::Diagnostic diagnostic = exec::diagnostic_from_json(event);
    if (retell_) retell_(diagnostic);
    show(diagnostic);
  }
}

void TaskRunner::take(const std::vector<NamedTask>& tasks, size_t task, const json& event) {
  take(tasks[task].name, event);
  if (exec::text_of(event, "type") == "progress" && task == 0) {
    progress_.update(exec::number_of(event, "done"), exec::number_of(event, "total"));
  }
}

base::Result<exec::RenderReport> TaskRunner::render(exec::RenderRequest request) {
  const bool assembles = std::ranges::any_of(
      request.side_tasks, [](const exec::SideTask& side) { return side.name == "assemble"; });
  bool all_finished = false, uploads = false;
  request.engine = engine_;
  request.cancel_fd = cancel_fd();
  request.on_tick = [&] { progress_.tick(); };
  request.on_notice = [&](const std::string& text) { warn(kDoneAgain, text, ""); };
  const auto also = request.on_event;
  request.on_event = [&](const std::string& task, const json& event) -> base::Status {
    take(task, event);
    if (task == "assemble" && all_finished && exec::text_of(event, "type") == "progress") {
      if (exec::text_of(event, "phase") == "upload" && !std::exchange(uploads, true)) {
        progress_.start_phase("upload");
      }
      progress_.update(exec::number_of(event, "done"), exec::number_of(event, "total"));
    }
    if (also) return also(task, event);
    return {};
  };
  request.on_progress = [&](int64_t done, int64_t total) {
    if (all_finished) return;
    progress_.update(done, total);
    all_finished = done == total && assembles;
    if (all_finished) progress_.start_phase("assemble");
  };
  return exec::render_segments(request);
}

void TaskRunner::show(const schema::Diagnostic& diagnostic) {
  if (!told_.insert(schema::format(diagnostic)).second) return;
  const bool warning = diagnostic.severity == schema::Severity::kWarning;
  (warning ? warnings_ : diagnostics_).push_back(diagnostic_json(diagnostic));
  console_.diagnostic(diagnostic);
}

void TaskRunner::warn(int number, const std::string& text, const std::string& place) {
  warn({number, text, place}, true);
}

void TaskRunner::warn(const Warning& w, bool show) {
  if (!told_.insert(std::to_string(w.number) + "\n" + w.text + "\n" + w.place).second) return;
  warnings_.push_back({{"number", w.number}, {"text", w.text}, {"place", w.place}});
  if (show) console_.warning(w.number, w.text, w.place);
}

}  // namespace rushes::app
