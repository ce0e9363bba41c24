#include "engine/task_files.h"

#include <algorithm>
#include <cerrno>

#include "base/uri.h"

namespace rushes::engine {
namespace {

// By their paths: the names of inputs are for programs.
base::Error all_of(const TaskDocument& task,
                   const std::vector<std::pair<std::string, base::Error>>& missing) {
  base::Error error = missing.front().second;
  error.message.clear();
  for (const auto& [name, why] : missing) {
    const auto wanted = std::ranges::find(task.inputs, name, &NamedPath::name);
    if (!error.message.empty()) error.message += "\n";
    const std::string shown = base::shown_uri(wanted->path);
    // Stores name their objects.
    if (!why.message.starts_with(shown)) error.message += "\"" + shown + "\": ";
    error.message += why.message;
  }
  return error;
}

base::Status open_outputs(const TaskDocument& task, TaskFiles& files) {
  for (const NamedPath& wanted : task.outputs) {
    if (wanted.path.empty() || wanted.alone) continue;  // opened when it is needed
    ASSIGN_OR_RETURN(store::PendingFile output, open_output(task, files, wanted.path));
    for (const auto& [name, other] : files.outputs) {
      if (other.path() == output.path()) {
        return base::invalid_argument("two outputs are \"" + wanted.path + "\"");
      }
    }
    files.outputs.emplace_back(wanted.name, std::move(output));
  }
  return {};
}

base::Error changed() {
  return {base::Code::kUnavailable, "it has changed since the timeline was compiled; render again"};
}

}  // namespace

base::Status check_unchanged(const TaskFiles& files) {
  for (const auto& [name, file] : files.inputs) {
    if (!file.unchanged()) return changed().in("\"" + file.path + "\"");
  }
  return {};
}

base::Result<store::PendingFile> open_output(const TaskDocument& task, const TaskFiles& files,
                                             const std::string& path) {
  ASSIGN_OR_RETURN(store::PendingFile output,
                   store::PendingFile::create({.path = path, .durable = task.durable}));
  for (const auto& [name, input] : files.inputs) {
    if (output.replaces(input.device, input.inode)) {
      return base::invalid_argument("output \"" + path + "\" is also input \"" + input.path + "\"");
    }
  }
  return output;
}

base::Result<TaskFiles> open_task_files(const TaskDocument& task, RemoteInputs& remotes,
                                        const std::function<base::Status()>& wait) {
  TaskFiles files;
  const Roots roots(task.roots);
  std::vector<const NamedPath*> far;
  for (const NamedPath& wanted : task.inputs) {
    if (wanted.path.empty()) continue;
    if (base::is_uri(wanted.path)) {
      far.push_back(&wanted);
      continue;
    }
    auto opened = open_input(wanted.path, roots);
    if (opened.ok() && !wanted.identity.empty() && opened->identity() != wanted.identity) {
      opened = changed();
    }
    if (opened.ok()) {
      files.inputs.emplace_back(wanted.name, *std::move(opened));
    } else {
      files.missing.emplace_back(wanted.name, std::move(opened).error());
    }
  }
  ASSIGN_OR_RETURN(auto opened, remotes.open_all(far, wait));
  for (size_t i = 0; i < far.size(); ++i) {
    if (opened[i].ok()) {
      files.hashes[far[i]->name] = opened[i]->hash();
      files.remotes.push_back(*std::move(opened[i]));
    } else {
      files.missing.emplace_back(far[i]->name, std::move(opened[i]).error());
    }
  }
  if (!files.missing.empty() && !task.partial) return all_of(task, files.missing);
  RETURN_IF_ERROR(open_outputs(task, files));
  return files;
}

}  // namespace rushes::engine
