#pragma once

// The tasks of a render as documents: docs/formats/task.md.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "timeline_file.h"

namespace rushes::app {

struct TaskSources {
  const TimelineFile& timeline;
  std::vector<std::string> roots;  // beside the timeline's folder
  std::string work_folder;         // holds "timeline.json" and what the tasks make
};

// What `rushes` says of the program that came out of a compile task.
struct ProgramSummary {
  int width = 0, height = 0;
  double fps = 0;
  std::string fps_text, duration_text;  // exact: "30000/1001"
  double duration = 0;                  // seconds
  int64_t frames = 0;
  bool audio = false;
  std::vector<std::string> inputs;  // the src of each
  nlohmann::json fonts;
};
base::Result<ProgramSummary> summary_from_json(const nlohmann::json& result);

struct FrameRange {
  int64_t first = 0;
  int64_t end = 0;
};

struct CompileOptions {
  Variables set;
  bool preview = false;
};
nlohmann::json compile_task(const TaskSources& sources, const CompileOptions& options);

// Tasks of a compiled program. `output` is where the one output goes.
nlohmann::json segments_task(const TaskSources& sources, const ProgramSummary& program,
                             const FrameRange& range, const std::string& output);
nlohmann::json audio_task(const TaskSources& sources, const ProgramSummary& program,
                          const FrameRange& range, const std::string& output);
nlohmann::json still_task(const TaskSources& sources, const ProgramSummary& program, int64_t frame,
                          const std::string& output);
nlohmann::json hashes_task(const TaskSources& sources, const ProgramSummary& program,
                           const FrameRange& range, const std::string& output);
nlohmann::json assemble_task(const TaskSources& sources, const ProgramSummary& program,
                             const FrameRange& range, const std::string& output);

}  // namespace rushes::app
