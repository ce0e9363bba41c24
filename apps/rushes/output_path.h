#pragma once

// Where a render writes, checked before any work is done.

#include <string>
#include <vector>

#include "base/result.h"
#include "timeline_file.h"

namespace rushes::app {

// `wanted` as given with -o; empty: the timeline's name with the first of `extensions`. Absolute.
// Errors: no folder, not writable, not a file, the timeline itself or one of its sources, another
// extension. A URI stays as it is, and whether it can be written shows when it is opened.
struct OutputRequest {
  std::string wanted;
  std::vector<std::string> extensions;  // ".png"
};
base::Result<std::string> output_path(const OutputRequest& request, const TimelineFile& timeline);

// kInvalidArgument: its name is not UTF-8. `what`: that file, as messages say.
base::Status check_name(const std::string& path, const std::string& what);
// Whether a file can be written there, an absolute path; `what`: that file, as messages say.
base::Status check_place(const std::string& path, const std::string& what);

}  // namespace rushes::app
