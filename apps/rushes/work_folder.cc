#include "work_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "render-";
constexpr char kLock[] = "lock";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value == '/' ? value : "";
}

std::vector<fs::path> candidates() {
  std::vector<fs::path> folders;
  if (const std::string cache = environment("XDG_CACHE_HOME"); !cache.empty()) {
    folders.push_back(fs::path(cache) / "rushes");
  } else if (const std::string home = environment("HOME"); !home.empty()) {
    folders.push_back(fs::path(home) / ".cache" / "rushes");
  }
  const std::string temporary = environment("TMPDIR");
  const std::string user = std::to_string(getuid());
  folders.push_back(fs::path(temporary.empty() ? "/tmp" : temporary) / ("rushes-" + user));
  return folders;
}

base::UniqueFd lock(const fs::path& folder) {
  base::UniqueFd fd(
      open((folder / kLock).c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();  // errno says why
  return fd;
}

// Held while a folder is made and locked: whoever has it sees none that is only just being made.
base::UniqueFd lock_of_makers(const fs::path& parent) {
  base::UniqueFd fd(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && flock(fd.get(), LOCK_EX) != 0) fd.reset();
  return fd;
}

// Folders whose owner is no more hold no lock. Nothing depends on this, so nothing is said when it
// does not work out. `alone`: nobody is making one.
void remove_left_behind(const fs::path& parent, bool alone) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kPrefix) || entry.is_symlink(error)) continue;
    if (!alone && !fs::exists(entry.path() / kLock, error)) continue;
    if (lock(entry.path())) fs::remove_all(entry.path(), error);
  }
}

// Ours alone: in a shared /tmp somebody else may have made a folder of that name.
bool is_private(const fs::path& folder) {
  std::error_code error;
  if (fs::is_symlink(folder, error) || !fs::is_directory(folder, error)) return false;
  base::UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info = {};
  return fd && fstat(fd.get(), &info) == 0 && info.st_uid == getuid() &&
         fchmod(fd.get(), 0700) == 0;
}

}  // namespace

base::Result<WorkFolder> WorkFolder::create() {
  base::Error last = base::internal("no work folder");
  for (const fs::path& parent : candidates()) {
    std::error_code error;
    fs::create_directories(parent, error);
    if (!is_private(parent)) {
      last = base::permission("the work folder \"" + parent.string() + "\" is not ours to write");
      continue;
    }
    const base::UniqueFd makers = lock_of_makers(parent);
    remove_left_behind(parent, static_cast<bool>(makers));
    std::string pattern = (parent / (std::string(kPrefix) + "XXXXXX")).string();
    if (mkdtemp(pattern.data()) == nullptr) {
      last = base::from_errno(errno, "the work folder in \"" + parent.string() + "\"");
      continue;
    }
    WorkFolder folder;
    folder.lock_ = lock(pattern);
    if (folder.lock_) {
      folder.path_ = pattern;
      return folder;
    }
    // Others would take it for left behind.
    last = base::from_errno(errno, "locking the work folder in \"" + parent.string() + "\"");
    rmdir(pattern.c_str());
  }
  return last;
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

WorkFolder::~WorkFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace rushes::app
