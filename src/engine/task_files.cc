#include "engine/task_files.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include "base/hash.h"
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
    if (base::is_uri(wanted.path)) continue;
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

namespace {

// What is small is named by its content: a program lies in another file each time. Of what is large
// its time and bytes from all over it say enough, since parts are compared before they are used
// again: a card in another reader has other devices and inodes.
base::Result<std::string> content_of(const OpenedFile& file) {
  constexpr uint64_t kSmall = 64 << 20, kSample = 64 << 10, kSamples = 16;
  const auto source = base::fd_source(file.fd.get(), file.size);
  if (file.size <= kSmall) return base::hash_of(*source);
  std::string text = std::to_string(file.size) + ":" + std::to_string(file.changed_ns);
  std::string bytes(kSample, '\0');
  for (uint64_t i = 0; i < kSamples; ++i) {
    const uint64_t offset = (file.size - kSample) / (kSamples - 1) * i;
    ASSIGN_OR_RETURN(const size_t read,
                     source->read_at(offset, std::as_writable_bytes(std::span(bytes))));
    text += ":" + base::hash_of(std::string_view(bytes).substr(0, read));
  }
  return text;
}

// Says what a task makes of what: two of the same give the same outputs.
base::Result<std::string> content_of(const TaskDocument& task, const TaskFiles& files) {
  nlohmann::json params = task.json.at("params");
  params.erase("names");  // of files, for messages alone
  std::string text = task.kind + " " + params.dump();
  const auto add = [&text](const std::string& name, const std::string& what) {
    text += " " + name + " " + std::to_string(what.size()) + ":" + what;
  };
  for (const NamedPath& input : task.inputs) {
    if (!input.key.empty()) add(input.name, input.key);
  }
  for (const auto& [name, file] : files.inputs) {
    ASSIGN_OR_RETURN(const std::string what, content_of(file));
    add(name, what);
  }
  for (const RemoteInput& input : files.remotes) add(input.name, input.hash());
  return base::hash_of(text);
}

}  // namespace

base::Status open_remote_outputs(const TaskDocument& task, TaskFiles& files, RemoteStores& stores,
                                 const std::function<base::Status()>& wait) {
  std::string content;
  for (const NamedPath& wanted : task.outputs) {
    if (!base::is_uri(wanted.path) || wanted.alone) continue;
    for (const NamedPath& input : task.inputs) {
      if (input.path != wanted.path) continue;
      return base::invalid_argument("output \"" + base::shown_uri(wanted.path) +
                                    "\" is also an input");
    }
    if (content.empty()) {
      ASSIGN_OR_RETURN(content, content_of(task, files));
    }
    base::Result<std::unique_ptr<RemoteOutput>> opened =
        base::Error{base::Code::kCancelled, "cancelled"};
    // Another way of cutting into parts is another upload.
    const std::string parts = wanted.joined ? base::hash_of(content + " joined 1") : content;
    const auto open = [&] {
      opened = RemoteOutput::open(
          wanted, {.content = parts, .folder = task.store.value_or(""), .inputs = files.remotes},
          stores);
    };
    RETURN_IF_ERROR(stores.run(1, open, wait));
    if (!opened.ok()) return std::move(opened).error();
    files.remote_outputs.push_back(*std::move(opened));
  }
  return {};
}

}  // namespace rushes::engine
