#pragma once

// The broker's side of what a task opens and finishes one by one, by the names of the task: objects
// of its store, and files that appear alone. And the hashes of inputs, which are remembered there.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>

#include "base/result.h"
#include "engine/input_file.h"
#include "engine/task_document.h"
#include "engine/task_files.h"
#include "store/file_store.h"

namespace rushes::engine {

class ObjectService {
 public:
  // All are borrowed. A task without a store has no objects.
  static base::Result<ObjectService> open(const TaskDocument& task, const TaskFiles& files);

  // The empty file of an output, owned by the service. Errors name the output.
  base::Result<int> create(const std::string& output);
  // {"bytes"}, and of an object {"key"}. Not if an input has changed since it was opened: its bytes
  // would lie under a key that says otherwise.
  base::Result<nlohmann::json> commit(const std::string& output);

  struct Waiting {
    std::optional<store::Object> object;
    std::string key;
    bool damaged = false;  // there was one
  };
  base::Result<Waiting> find(const std::string& input);

  // "no space left" of whoever wrote to an object, naming the place.
  base::Error naming_full_disk(base::Error error) const;

 private:
  ObjectService(const TaskDocument& task, const TaskFiles& files) : task_(task), files_(files) {}
  using Pending = std::variant<store::PendingObject, store::PendingFile>;
  // One that has a key in this task's store, or appears alone.
  base::Result<const NamedPath*> entry_of(const std::vector<NamedPath>& list,
                                          const std::string& name);
  base::Result<Pending> open(const NamedPath& output);

  const TaskDocument& task_;
  const TaskFiles& files_;
  std::optional<store::FileStore> store_;
  std::map<std::string, Pending> pending_;
};

struct HashOptions {
  std::optional<std::string> store;  // where it is remembered
  // Called now and then with what is done; an error stops it.
  std::function<base::Status(uint64_t done, uint64_t total)> on_progress;
};

// The content hash of an opened input. One that was hashed before, and by path, size, time of
// change and inode is still the same file, is not read again.
base::Result<std::string> content_hash(const OpenedFile& file, const HashOptions& options);

}  // namespace rushes::engine
