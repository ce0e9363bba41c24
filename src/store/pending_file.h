#pragma once

// A file that appears under its name only when it is whole. It is written without a name where the
// file system can do that (then even kill -9 leaves nothing), else as ".<name>.rushes-<pid>-<n>"
// beside its target. Destroyed before commit, it is gone.

#include <sys/types.h>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::store {

struct PendingFileOptions {
  std::string path;     // absolute; an existing file is replaced on commit, through links
  bool durable = true;  // commit syncs the file and its folder
  bool unnamed = true;  // false: as on file systems without O_TMPFILE
};

class PendingFile {
 public:
  // Errors speak of the path: no folder, not writable, a folder or device in its place.
  static base::Result<PendingFile> create(const PendingFileOptions& options);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&& other) noexcept;
  ~PendingFile();

  int fd() const { return fd_.get(); }
  const std::string& path() const { return options_.path; }
  // True if the file that commit would replace is this one.
  bool replaces(dev_t device, ino_t inode) const;
  base::Status commit();  // returns the error of sync, link or rename; then nothing has changed
  base::Result<uint64_t> size() const;
  bool disk_is_full() const;  // next to nothing is left where it is written

 private:
  PendingFile() = default;
  base::Status open_temporary();
  base::Status name_temporary();
  void discard();

  PendingFileOptions options_;
  std::string folder_;
  std::string temporary_;  // empty: has no name
  base::UniqueFd fd_;
  bool exists_ = false;
  dev_t device_ = 0;  // of the file in its place
  ino_t inode_ = 0;
};

}  // namespace rushes::store
