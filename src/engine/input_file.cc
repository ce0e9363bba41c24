#include "engine/input_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace rushes::engine {
namespace {

std::string link_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// Where the file behind a descriptor lies, whatever the path was when it was opened.
base::Result<std::string> real_path_of(int fd) {
  char text[PATH_MAX];
  const ssize_t length = readlink(link_of(fd).c_str(), text, sizeof(text));
  if (length < 0) return base::from_errno(errno, "cannot tell where it lies");
  if (length == sizeof(text)) return base::invalid_argument("its path is too long");
  return std::string(text, static_cast<size_t>(length));
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a folder";
  if (S_ISFIFO(mode)) return "it is a pipe";
  if (S_ISSOCK(mode)) return "it is a socket";
  return "it is a device";
}

// Named without being opened: opening a device or a pipe can do things, or wait for ever.
base::Result<base::UniqueFd> name(const std::string& path) {
  base::UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (fd) return fd;
  switch (errno) {
    case ENOENT:
    case ENOTDIR: return base::not_found("there is no such file");
    case EACCES: return base::permission("reading it is not permitted");
    case ELOOP: return base::invalid_argument("its links go in a circle");
    case ENAMETOOLONG: return base::invalid_argument("its name is too long");
    default: return base::Error(base::from_errno(errno, "it cannot be opened"));
  }
}

int64_t in_ns(const timespec& t) { return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }
int64_t time_of(const struct stat& info) { return in_ns(info.st_mtim); }

base::Result<OpenedFile> open_named(base::UniqueFd named, std::string path) {
  struct stat info = {};
  if (fstat(named.get(), &info) != 0) return base::from_errno(errno, "it cannot be looked at");
  if (!S_ISREG(info.st_mode)) {
    return base::invalid_argument(std::string(kind_of(info.st_mode)) + ", not a file");
  }
  if (info.st_size == 0) return base::invalid_argument("the file is empty");
  OpenedFile file;
  file.fd.reset(::open(link_of(named.get()).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.fd) {
    if (errno == EACCES) return base::permission("reading it is not permitted");
    return base::from_errno(errno, "it cannot be opened");
  }
  file.size = static_cast<uint64_t>(info.st_size);
  file.device = info.st_dev;
  file.inode = info.st_ino;
  file.changed_ns = time_of(info);
  file.status_ns = in_ns(info.st_ctim);
  file.path = std::move(path);
  return file;
}

}  // namespace

std::string OpenedFile::identity() const {
  return std::to_string(device) + ":" + std::to_string(inode) + ":" + std::to_string(size) + ":" +
         std::to_string(changed_ns);
}

std::string OpenedFile::version() const { return identity() + ":" + std::to_string(status_ns); }

bool OpenedFile::unchanged() const {
  struct stat info = {};
  return fstat(fd.get(), &info) == 0 && static_cast<uint64_t>(info.st_size) == size &&
         time_of(info) == changed_ns;
}

Roots::Roots(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (!folder.starts_with('/')) continue;
    std::unique_ptr<char, void (*)(void*)> real(realpath(folder.c_str(), nullptr), std::free);
    if (real == nullptr) continue;
    folders_.emplace_back(real.get());
    if (folders_.back().back() != '/') folders_.back() += '/';
  }
}

bool Roots::contain(const std::string& real_path) const {
  return std::any_of(folders_.begin(), folders_.end(),
                     [&](const std::string& folder) { return real_path.starts_with(folder); });
}

base::Result<OpenedFile> open_input(const std::string& path, const Roots& roots) {
  ASSIGN_OR_RETURN(base::UniqueFd named, name(path));
  ASSIGN_OR_RETURN(std::string real, real_path_of(named.get()));
  if (!roots.contain(real)) {
    const bool linked = real != path;
    return base::permission((linked ? "it lies at " + real + ", outside" : "it lies outside") +
                            " the folders that may be read; --root adds one");
  }
  return open_named(std::move(named), std::move(real));
}

base::Result<OpenedFile> open_regular(const std::string& path) {
  ASSIGN_OR_RETURN(base::UniqueFd named, name(path));
  ASSIGN_OR_RETURN(std::string real, real_path_of(named.get()));
  return open_named(std::move(named), std::move(real));
}

}  // namespace rushes::engine
