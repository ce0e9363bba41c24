#pragma once

// All files of a task, opened before its child is started.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/input_file.h"
#include "engine/task_document.h"
#include "store/pending_file.h"

namespace rushes::engine {

struct TaskFiles {
  std::vector<std::pair<std::string, OpenedFile>> inputs;  // in the order of the task's names
  std::vector<std::pair<std::string, base::Error>> missing;
  std::vector<std::pair<std::string, store::PendingFile>> outputs;
};

// One error for all inputs that cannot be opened (unless task.partial), then one for the outputs.
base::Result<TaskFiles> open_task_files(const TaskDocument& task);

}  // namespace rushes::engine
