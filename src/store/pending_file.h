#pragma once

// A file that appears under its name only when it is whole. It is written without a name where the
// file system can do that, else as ".<name>.rushes-<pid>-<n>" beside its target; on commit it has
// that name for a moment in any case. Destroyed before commit, it is gone. The writer holds a lock
// on it (flock): what is left when a writer or the whole machine dies has none.

#include <sys/types.h>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::store {

// Syncs names that came and went. Some file systems cannot: no error.
base::Status sync_folder(const std::string& folder);

// Removes what writers left who are gone: of all files in a folder, or of the one called `target`.
// How many there were.
uint64_t remove_leftovers(const std::string& folder, const std::string& target = "");

struct PendingFileOptions {
  std::string path;     // absolute; an existing file is replaced on commit, through links
  bool durable = true;  // commit syncs the file and its folder
  bool unnamed = true;  // false: as on file systems without O_TMPFILE
};

class PendingFile {
 public:
  // Errors speak of the path: no folder, not writable, a folder or device in its place. What
  // earlier writers of the same file left is removed.
  static base::Result<PendingFile> create(const PendingFileOptions& options);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&& other) noexcept;
  ~PendingFile();

  int fd() const { return fd_.get(); }
  const std::string& path() const { return options_.path; }
  // True if the file that commit would replace is this one.
  bool replaces(dev_t device, ino_t inode) const;
  // Returns the error of sync, link or rename; then nothing has changed, and it may be tried again.
  // Nothing may be written from the first try on.
  base::Status commit();
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
  bool synced_ = false;
  bool exists_ = false;
  dev_t device_ = 0;  // of the file in its place
  ino_t inode_ = 0;
};

}  // namespace rushes::store
