#pragma once

// A timeline file to a program, by a compile task.

#include <string>
#include <vector>

#include "task_json.h"
#include "task_runner.h"
#include "timeline_file.h"

namespace rushes::app {

struct CompileRequest {
  std::string file;
  Variables set;
  SourceAccess access;
  std::string work_folder;  // gets timeline.json and program.json
  bool preview = false;
  std::string container;  // of the file that will be written; empty: not known
  std::string encoder;    // in place of what the timeline says; empty: as it says
  std::string store;      // remembers hashes of inputs; may be empty
};

struct Compiled {
  TimelineFile timeline;
  ProgramSummary program;
  double wall_seconds = 0;
};

// Files of the work folder.
base::Result<std::string> read_text(const std::string& path);
base::Status write_text(const std::string& path, const std::string& text);

// Reads the document. An error only if it is no JSON object: other mistakes are told by compile(),
// together with those of the files and fonts.
base::Result<TimelineFile> load_timeline(const CompileRequest& request, TaskRunner& runner);

base::Result<Compiled> compile(const CompileRequest& request, TaskRunner& runner);
base::Result<Compiled> compile(TimelineFile timeline, const CompileRequest& request,
                               TaskRunner& runner);

}  // namespace rushes::app
