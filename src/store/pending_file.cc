#include "store/pending_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <utility>

namespace rushes::store {
namespace {

constexpr int kAttempts = 100;  // at a name that is free
constexpr char kMark[] = ".rushes-";

// The name of a file has 255 bytes at most; the rest of ours adds some 30.
std::string start_of_name(const std::string& target) { return "." + target.substr(0, 200) + kMark; }

std::string temporary_name(const std::string& path) {
  const size_t slash = path.rfind('/');
  std::random_device random;
  char number[32];
  std::snprintf(number, sizeof(number), "%08x", static_cast<unsigned>(random()));
  return path.substr(0, slash + 1) + start_of_name(path.substr(slash + 1)) +
         std::to_string(getpid()) + "-" + number;
}

std::string in_quotes(const std::string& path) { return "output \"" + path + "\""; }

// False if somebody took it for left behind before it was locked. Without a lock, where there are
// none, nobody can lock it either.
bool still_ours(int fd) {
  static_cast<void>(flock(fd, LOCK_EX | LOCK_NB));
  struct stat info = {};
  return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

// The file that is meant by a path, also where it does not exist yet.
base::Result<std::string> target_of(std::string path) {
  constexpr int kMaxLinks = 40;  // as Linux has it
  for (int i = 0; i < kMaxLinks; ++i) {
    std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
    if (real != nullptr) return std::string(real.get());
    std::error_code error;
    const auto next = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = std::filesystem::path(path).parent_path() / next;
  }
  return base::from_errno(ELOOP, in_quotes(path));
}

}  // namespace

base::Status sync_folder(const std::string& folder) {
  const base::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && fsync(fd.get()) != 0 && errno != EINVAL && errno != EROFS) {
    return base::from_errno(errno, "syncing the folder \"" + folder + "\"");
  }
  return {};
}

uint64_t remove_leftovers(const std::string& folder, const std::string& target) {
  const std::string start = target.empty() ? "." : start_of_name(target);
  uint64_t removed = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = file.path().filename();
    if (!name.starts_with(start) || name.find(kMark) == std::string::npos) continue;
    const base::UniqueFd fd(
        ::open(file.path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    if (unlink(file.path().c_str()) == 0) ++removed;
  }
  return removed;
}

base::Result<PendingFile> PendingFile::create(const PendingFileOptions& options) {
  PendingFile output;
  output.options_ = options;
  std::string& path = output.options_.path;
  ASSIGN_OR_RETURN(path, target_of(path));

  struct stat info = {};
  if (stat(path.c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode)) {
      return base::invalid_argument(in_quotes(path) + " is " +
                                    (S_ISDIR(info.st_mode) ? "a folder" : "not a file"));
    }
    if (access(path.c_str(), W_OK) != 0) {
      return base::permission(in_quotes(path) + " is write-protected");
    }
    output.exists_ = true;
    output.device_ = info.st_dev;
    output.inode_ = info.st_ino;
  }
  const size_t slash = path.rfind('/');
  if (slash + 1 == path.size()) {
    return base::invalid_argument(in_quotes(path) + " names a folder");
  }
  output.folder_ = slash == 0 ? "/" : path.substr(0, slash);
  remove_leftovers(output.folder_, path.substr(slash + 1));
  RETURN_IF_ERROR(output.open_temporary());
  return output;
}

base::Status PendingFile::open_temporary() {
  if (options_.unnamed) {
    fd_.reset(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (fd_) {
      static_cast<void>(flock(fd_.get(), LOCK_EX | LOCK_NB));
      return {};
    }
  }
  for (int i = 0; i < kAttempts; ++i) {
    std::string name = temporary_name(options_.path);
    fd_.reset(::open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
    if (fd_) {
      if (!still_ours(fd_.get())) continue;
      temporary_ = std::move(name);
      return {};
    }
    if (errno != EEXIST) break;
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return base::not_found(in_quotes(options_.path) + ": there is no folder \"" + folder_ + "\"");
  }
  return base::from_errno(errno, in_quotes(options_.path) + ": cannot write into its folder");
}

base::Status PendingFile::name_temporary() {
  if (!temporary_.empty()) return {};
  const std::string link = "/proc/self/fd/" + std::to_string(fd_.get());
  for (int i = 0; i < kAttempts; ++i) {
    std::string name = temporary_name(options_.path);
    if (linkat(AT_FDCWD, link.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = std::move(name);
      return {};
    }
    if (errno != EEXIST) break;
  }
  return base::from_errno(errno, in_quotes(options_.path) + ": cannot name the finished file");
}

base::Status PendingFile::commit() {
  const std::string what = in_quotes(options_.path);
  // Where the folder is deleted all the time, what comes after has to be quick.
  if (options_.durable && !synced_ && fsync(fd_.get()) != 0) return base::from_errno(errno, what);
  synced_ = true;
  RETURN_IF_ERROR(name_temporary());
  if (rename(temporary_.c_str(), options_.path.c_str()) != 0) return base::from_errno(errno, what);
  temporary_.clear();
  if (!options_.durable) return {};
  base::Status synced = sync_folder(folder_);
  if (!synced.ok()) return std::move(synced).error().in(what);
  return {};
}

bool PendingFile::replaces(dev_t device, ino_t inode) const {
  return exists_ && device == device_ && inode == inode_;
}

base::Result<uint64_t> PendingFile::size() const {
  struct stat info = {};
  if (fstat(fd_.get(), &info) != 0) return base::from_errno(errno, in_quotes(options_.path));
  return static_cast<uint64_t>(info.st_size);
}

bool PendingFile::disk_is_full() const {
  struct statvfs disk = {};
  constexpr uint64_t kNextToNothing = 64 << 10;
  return fstatvfs(fd_.get(), &disk) == 0 &&
         uint64_t{disk.f_bavail} * uint64_t{disk.f_frsize} < kNextToNothing;
}

void PendingFile::discard() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
  fd_.reset();
}

PendingFile::PendingFile(PendingFile&& other) noexcept { *this = std::move(other); }

PendingFile& PendingFile::operator=(PendingFile&& other) noexcept {
  if (this == &other) return *this;
  discard();
  options_ = std::move(other.options_);
  folder_ = std::move(other.folder_);
  temporary_ = std::exchange(other.temporary_, {});
  fd_ = std::move(other.fd_);
  synced_ = other.synced_;
  exists_ = other.exists_;
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

PendingFile::~PendingFile() { discard(); }

}  // namespace rushes::store
