#include "far_folders.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace rushes::app {

Buckets::Warn telling(TaskRunner& runner) {
  return [&runner](int number, const std::string& text) { runner.warn(number, text, ""); };
}

FarFolders far_folders(Buckets& buckets, TaskRunner& runner) {
  using Files = base::Result<std::vector<std::string>>;
  const auto known = std::make_shared<std::map<std::string, Files>>();
  const auto look = [&buckets](const std::string& folder) -> Files {
    ASSIGN_OR_RETURN(const std::vector<FarFile> files, buckets.list(folder));
    std::vector<std::string> uris;
    uris.reserve(files.size());
    for (const FarFile& file : files) uris.push_back(file.uri);
    return uris;
  };
  return {.list = [known, look](const std::string& folder) -> Files {
            const auto at = known->find(folder);
            if (at != known->end()) return at->second;
            return known->emplace(folder, look(folder)).first->second;
          },
          .warn = [&runner](const std::string& text,
                            const std::string& place) { runner.warn(0, text, place); }};
}

}  // namespace rushes::app
