#pragma once

// A task as the broker reads it: docs/formats/task.md.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rushes::engine {

// A file by its path, an object of any store by its URI, or one of the task's store by its key.
struct NamedPath {
  std::string name;
  std::string path;      // absolute, or a URI (base/uri.h); empty: key
  std::string key;       // 32 hex digits; such an input may come into being while the task runs
  std::string identity;  // of an input: what it must be, see OpenedFile and RemoteInput; or empty
  bool alone = false;    // an output by path or URI that appears as soon as it is finished
  bool reuse = false;    // such a URI: an object that is there and has the same bytes stays
  // An output in a store, the only one of its task, that is not written again once the same task
  // has written it, nor over an object that it has not, unless it replaces it.
  bool once = false;
  bool replace = false;
  // An output in a store that is written from front to end, and for which the server copies what it
  // takes of inputs in the same bucket.
  bool joined = false;
};

struct TaskFont {
  std::string path;
  std::string hash;  // 32 hex digits, checked against the file
  int index = 0;
  std::string family;
};

struct TaskLimits {
  uint64_t memory_bytes = uint64_t{8} << 30;
  uint64_t output_bytes = 0;  // of one output; 0: no limit
  double idle_seconds = 120;  // without any event: hung
  double wall_seconds = 0;    // of the whole task; 0: no limit
};

// How the task speaks with stores.
struct TaskTransfer {
  uint64_t send_bytes_per_second = 0;  // of all that it uploads; 0: as fast as may be
  std::string send_limit_file;         // absolute: shared with all tasks that name it; or empty
  double give_up_seconds = 0;          // a request may fail for so long; 0: a few times
};

struct TaskDocument {
  nlohmann::json json;  // as it came, "params" filled in
  std::string kind;
  std::vector<NamedPath> inputs;
  std::vector<NamedPath> outputs;
  std::optional<std::string> store;    // a folder, see store/file_store.h
  std::optional<std::string> derived;  // the class of builds that share what is kept of inputs
  std::vector<std::string> roots;      // folders, and those of buckets: "s3://bucket/folder"
  std::vector<TaskFont> fonts;
  TaskLimits limits;
  TaskTransfer transfer;
  bool partial = false;  // an input that cannot be opened is told to the task, not the end of it
  bool hashes = false;   // inputs are hashed here, and the hashes given to the task
  bool private_web = false;  // http URLs may lead to this machine and to private networks
  bool devices = false;      // hardware that encodes may be used, see JailLimits
  bool durable = true;       // outputs are synced to disk before they get their names
};

inline constexpr size_t kMaxTaskBytes = size_t{64} << 20;
inline constexpr size_t kMaxInputs = 4096;  // by path
inline constexpr size_t kMaxOutputs = 64;   // by path, not alone
inline constexpr size_t kMaxObjects = 100'000;
inline constexpr size_t kMaxFonts = 1024;

// kInvalidArgument names the field.
base::Result<TaskDocument> parse_task(std::string_view text);

}  // namespace rushes::engine
