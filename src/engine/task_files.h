#pragma once

// All files of a task, opened before its child is started.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/input_file.h"
#include "engine/remote_inputs.h"
#include "engine/remote_outputs.h"
#include "engine/task_document.h"
#include "store/pending_file.h"

namespace rushes::engine {

struct TaskFiles {
  std::vector<std::pair<std::string, OpenedFile>> inputs;  // in the order of the task's names
  std::vector<RemoteInput> remotes;                        // likewise
  std::map<std::string, std::string> hashes;               // of inputs, if asked for
  std::vector<std::pair<std::string, base::Error>> missing;
  std::vector<std::pair<std::string, store::PendingFile>> outputs;
  std::vector<std::unique_ptr<RemoteOutput>> remote_outputs;
};

// kUnavailable if an input has changed since it was opened.
base::Status check_unchanged(const TaskFiles& files);

// The file of an output by path. kInvalidArgument if it would replace an input.
base::Result<store::PendingFile> open_output(const TaskDocument& task, const TaskFiles& files,
                                             const std::string& path);

// What has a path, and does not appear alone. One error for all inputs that cannot be opened
// (unless task.partial), then one for the outputs.
// `wait` is called now and then while a store is waited for; its error ends that.
base::Result<TaskFiles> open_task_files(const TaskDocument& task, RemoteInputs& remotes,
                                        const std::function<base::Status()>& wait);
// Those in stores, of a task whose other files are open.
base::Status open_remote_outputs(const TaskDocument& task, TaskFiles& files, RemoteStores& stores,
                                 const std::function<base::Status()>& wait);

}  // namespace rushes::engine
