#pragma once

// A private folder for what one render writes before its output: the program, encoded packets.
// Removed with all that is in it. What a killed render left is removed by the next one.

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::app {

class WorkFolder {
 public:
  // In $XDG_CACHE_HOME/rushes, ~/.cache/rushes, or $TMPDIR where these cannot be written.
  static base::Result<WorkFolder> create();
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&& other) = delete;
  ~WorkFolder();

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  WorkFolder() = default;
  std::string path_;
  base::UniqueFd lock_;  // held for as long as the folder is in use
};

}  // namespace rushes::app
