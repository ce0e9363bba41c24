#pragma once

// The broker's side of fonts: opens what a task pinned, and what the catalog finds for a text.

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/broker.h"
#include "engine/input_file.h"
#include "engine/task_document.h"

namespace rushes::engine {

// Entries as child.cc reads them, and the descriptors that go along.
struct FontPackage {
  nlohmann::json json;
  std::vector<int> fds;  // owned by the service
};

class FontService {
 public:
  FontService(FontCatalog& catalog, Roots roots) : catalog_(catalog), roots_(std::move(roots)) {}

  // Fonts that a task names by path and hash. They must lie in a root or be installed.
  base::Result<FontPackage> open_pinned(const std::vector<TaskFont>& fonts);

  // A checked "find_fonts" line. The answer may be an error for the child ("error" in json); the
  // Result is an error only when the child broke the protocol.
  base::Result<FontPackage> find(const nlohmann::json& line);

  // A checked "add_fonts" line. Their paths are names to us: they are never opened.
  base::Status add(const nlohmann::json& line);

 private:
  struct Open {
    base::UniqueFd fd;
    uint64_t size = 0;
    std::string hash;
  };

  base::Status find_installed(const text::FontRequest& request, FontPackage& package);
  base::Status append(FontPackage& package, const text::FontFile& file);
  base::Status append(FontPackage& package, const text::FontFile& file, OpenedFile opened);
  void add_entry(FontPackage& package, const text::FontFile& file, bool sent);
  base::Result<bool> is_installed(const std::string& path);

  FontCatalog& catalog_;
  Roots roots_;
  std::unordered_map<std::string, Open> open_;  // by path as named
  std::unordered_set<std::string> own_;         // paths of add()
};

}  // namespace rushes::engine
