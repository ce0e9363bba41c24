#pragma once

// A timeline file to a program: what can be said at once is said without the engine, the rest is a
// compile task.

#include <string>
#include <vector>

#include "task_json.h"
#include "task_runner.h"
#include "timeline_file.h"

namespace rushes::app {

struct CompileRequest {
  std::string file;
  Variables set;
  std::vector<std::string> roots;
  std::string work_folder;  // gets timeline.json and program.json
  bool preview = false;
};

struct Compiled {
  TimelineFile timeline;
  ProgramSummary program;
  double wall_seconds = 0;
};

// Reads the document and shows what is wrong with it; an error if anything is.
base::Result<TimelineFile> load_timeline(const CompileRequest& request, TaskRunner& runner);

base::Result<Compiled> compile(const CompileRequest& request, TaskRunner& runner);
base::Result<Compiled> compile(TimelineFile timeline, const CompileRequest& request,
                               TaskRunner& runner);

}  // namespace rushes::app
