#pragma once

// Runs engine tasks and shows what they say.

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "console.h"
#include "exec/render_segments.h"
#include "exec/run_tasks.h"
#include "progress.h"

namespace rushes::app {

struct NamedTask {
  std::string name;  // "compile", "video", "audio", ...: in JSON events and in the report
  nlohmann::json document;
};

// Errors that were shown one by one, as the last line that says what they mean.
base::Error summary_of(const std::vector<schema::Diagnostic>& diagnostics);

class TaskRunner {
 public:
  // Fails when the engine is missing.
  static base::Result<TaskRunner> create(Console& console, Progress& progress);

  // Warnings and diagnostics are shown as they come. The error is the one that others followed.
  base::Result<std::vector<exec::TaskOutcome>> run(const std::vector<NamedTask>& tasks);

  // Segments, sound and output of a compiled program; progress counts the frames of all segments.
  // The request's own on_event is called after an event has been shown.
  base::Result<exec::RenderReport> render(exec::RenderRequest request);

  // Each diagnostic of a task is changed by it before it is shown; may be empty.
  void retell_by(std::function<void(schema::Diagnostic&)> retell) { retell_ = std::move(retell); }
  // As if a task had said it; each is shown once.
  void show(const schema::Diagnostic& diagnostic);
  void warn(int number, const std::string& text, const std::string& place);

  // All warnings so far, each once: {"number", "text", "place"}.
  const nlohmann::json& warnings() const { return warnings_; }
  // All diagnostics that were errors.
  const nlohmann::json& diagnostics() const { return diagnostics_; }

 private:
  TaskRunner(Console& console, Progress& progress, std::string engine)
      : console_(console), progress_(progress), engine_(std::move(engine)) {}
  void take(const std::vector<NamedTask>& tasks, size_t task, const nlohmann::json& event);
  void take(const std::string& name, const nlohmann::json& event);
  struct Warning {
    int number = 0;
    std::string text, place;
  };
  void warn(const Warning& warning, bool show);

  Console& console_;
  Progress& progress_;
  std::string engine_;
  nlohmann::json warnings_ = nlohmann::json::array();
  nlohmann::json diagnostics_ = nlohmann::json::array();
  std::set<std::string> told_;
  std::function<void(schema::Diagnostic&)> retell_;
};

}  // namespace rushes::app
