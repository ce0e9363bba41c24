#pragma once

// The broker's side of what a task keeps of its inputs for later tasks, beside its own outputs: a
// photograph in the size that was needed. The child never names a key. The key is the hash of
//
//   "derived 1", the class that the task states, the content of the input, what else the task may
//   read, and the child's own word for how it was made
//
// What else it may read are its other inputs with an identity, by these: a child that one of them
// took over can spoil only what is looked for by tasks that read the same files, this one among
// them.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/task_document.h"
#include "engine/task_files.h"
#include "store/file_store.h"

namespace rushes::engine {

inline constexpr size_t kMaxVariantBytes = 100;                       // printable ASCII
inline constexpr uint64_t kMaxDerivedInputBytes = uint64_t{1} << 30;  // it is hashed
inline constexpr uint64_t kMaxDerivedBytes = uint64_t{256} << 20;     // of one
inline constexpr uint64_t kMaxDerivedTaskBytes = uint64_t{2} << 30;   // of all that a task stores
inline constexpr int kMaxDerived = 256;                               // that a task stores

class DerivedService {
 public:
  // Borrowed. A task without "derived" or without a store keeps nothing.
  static base::Result<DerivedService> open(const TaskDocument& task, const TaskFiles& files);

  // Checked against its hash; a damaged one is thrown away and counts as none. `input` must be one
  // that the task names with its identity.
  base::Result<std::optional<store::Object>> find(const std::string& input,
                                                  const std::string& variant);
  // Its empty file, owned by the service. There is one at a time: the one before is dropped.
  base::Result<int> create(const std::string& input, const std::string& variant);
  // What was created last is whole, or not wanted. What cannot be kept, or is larger than allowed,
  // is dropped: it will be made again. So is what was made of an input that has changed.
  void commit();
  void drop();

 private:
  DerivedService(const TaskDocument& task, const TaskFiles& files) : task_(task), files_(files) {}
  // Its file: null for one in a store, which is of one version.
  base::Result<const OpenedFile*> input_of(const std::string& name) const;
  base::Result<std::string> key_of(const std::string& input, const std::string& variant);

  struct Pending {
    store::PendingObject object;
    const OpenedFile* input;  // null: as above
  };

  const TaskDocument& task_;
  const TaskFiles& files_;
  std::optional<store::FileStore> store_;
  std::string company_;                        // the task's inputs with an identity
  std::map<std::string, std::string> hashes_;  // of inputs, by name
  std::optional<Pending> pending_;
  int stored_ = 0;
  uint64_t stored_bytes_ = 0;
};

}  // namespace rushes::engine
