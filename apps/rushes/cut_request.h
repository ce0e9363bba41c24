#pragma once

// A part of a recording as a task of kind "cut": docs/formats/task.md.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "output_template.h"
#include "task_runner.h"

namespace rushes::app {

struct CutRequest {
  std::vector<std::string> chapters;   // as chapters_of gives them
  std::string from, to, clock_offset;  // as --from, --to and --clock-offset say; may be empty
  std::string mode = "copy";           // as the task has it
};

// The name of what is made of a recording, the `number`th of its command: its fields filled in.
// Probes the recording for {date}. Errors: those of fill_template; kUnsupported: what it ends in is
// not that of an MP4 or QuickTime file, which is what is written.
struct CutName {
  std::string name;      // as of -o
  const Fields& fields;  // of --field
  size_t number = 1;
};
base::Result<std::string> cut_output(const CutName& name, const std::string& first_chapter,
                                     TaskRunner& runner);

// An output in a store, as the task names it: what lies in the same bucket already is copied by the
// server, and never comes here.
nlohmann::json joined_output(const std::string& uri, const std::vector<std::string>& chapters);

// Without its outputs. Whoever names a recording may read it. kUsage: of the times.
base::Result<nlohmann::json> cut_task(const CutRequest& request);

}  // namespace rushes::app
