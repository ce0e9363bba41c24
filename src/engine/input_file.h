#pragma once

// Opens what a task may read: regular files, not empty, inside one of the roots after every link
// has been followed.

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::engine {

struct OpenedFile {
  base::UniqueFd fd;  // read only, close-on-exec
  uint64_t size = 0;
  dev_t device = 0;
  ino_t inode = 0;
  int64_t changed_ns = 0;  // time of its last modification
  int64_t status_ns = 0;   // of its last change of any kind: nobody can set it back
  std::string path;        // where it really lies
  // Device, inode, size and time: another one means another content, or may.
  std::string identity() const;
  // For what is remembered of it for longer than a render: also a rewritten file whose time was set
  // back is another one. (So is one that was renamed, or linked to, which is no reason to end a
  // render.)
  std::string version() const;
  // Still the file that was opened, as far as its size and time tell.
  bool unchanged() const;
};

class Roots {
 public:
  // Folders that do not exist hold nothing, nor do URIs.
  explicit Roots(const std::vector<std::string>& folders);
  bool contain(const std::string& real_path) const;

 private:
  std::vector<std::string> folders_;  // canonical, with a slash at the end
};

// The error says what is wrong, in words for whoever named the file; it does not repeat `path`.
base::Result<OpenedFile> open_input(const std::string& path, const Roots& roots);

// Regular and not empty, wherever it lies: for files that a trusted catalog named.
base::Result<OpenedFile> open_regular(const std::string& path);

}  // namespace rushes::engine
