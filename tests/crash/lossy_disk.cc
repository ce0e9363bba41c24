// Loaded before the C library (LD_PRELOAD) it writes down what a disk may still lose, for
// power_cut.py, and stops the process that comes to the operation at which the power goes.
//
//   DISK_ROOT   only what lies below this folder counts; absolute, without links
//   DISK_LOG    a folder on the same file system:
//     operations  one line each, its fields divided by tabs:
//                 create PATH | link PATH | rename OLD NEW KEPT | unlink PATH KEPT | mkdir PATH |
//                 rmdir PATH | sync-folder PATH. KEPT: a link to what was replaced or removed, or -
//     count       one byte for each, and for each sync of a file
//     synced/N    the bytes of inode N when it was synced last
//     cut         a fifo that somebody reads: a byte when the power is gone
//   DISK_CUT    before this operation, counted from 1 (0: never)
//   DISK_LIES   set: says that it syncs, and does not
//
// One operation at a time, in all processes; the power goes while all others wait.

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace {

template <class F>
F next(F, const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}
#define NEXT(name) next(&::name, #name)

// System calls, so that nothing here is counted.
int raw_open(const std::string& path, int flags) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0666));
}

const char* setting(const char* name) {
  const char* value = getenv(name);
  return value != nullptr ? value : "";
}

const std::string& log_folder() {
  static const std::string kFolder = setting("DISK_LOG");
  return kFolder;
}

// Without links and without a name that is not there yet; empty if it does not count.
std::string counted(const std::string& path) {
  static const std::string kRoot = std::string(setting("DISK_ROOT")) + "/";
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  char real[PATH_MAX];
  if (log_folder().empty() || realpath(folder.c_str(), real) == nullptr) return "";
  const std::string whole =
      std::string(real) + "/" + (slash == std::string::npos ? path : path.substr(slash + 1));
  return whole.compare(0, kRoot.size(), kRoot) == 0 ? whole : "";
}

std::string path_of(int fd) {
  char path[PATH_MAX] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path, sizeof(path) - 1);
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "";
}

std::string at(int folder, const char* path) {
  return folder == AT_FDCWD || path[0] == '/' ? path : path_of(folder) + "/" + path;
}

// While it lives, no process of the render does another.
class Operation {
 public:
  Operation() : log_(raw_open(log_folder() + "/operations", O_WRONLY | O_CREAT | O_APPEND)) {
    while (flock(log_, LOCK_EX) != 0 && errno == EINTR) {
    }
    const int count = raw_open(log_folder() + "/count", O_WRONLY | O_CREAT | O_APPEND);
    struct stat info = {};
    fstat(count, &info);
    number_ = info.st_size + 1;
    if (number_ == atol(setting("DISK_CUT"))) power_is_gone();
    put(count, "x");
    close(count);
  }
  ~Operation() {
    const int error = errno;
    close(log_);
    errno = error;
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  void note(const std::string& line) const { put(log_, line + "\n"); }
  // What is about to lose its name.
  std::string keep(const std::string& path) const {
    const std::string kept = log_folder() + "/kept-" + std::to_string(number_);
    const long done = syscall(SYS_linkat, AT_FDCWD, path.c_str(), AT_FDCWD, kept.c_str(), 0);
    return done == 0 ? kept : "-";
  }

 private:
  static void put(int fd, const std::string& text) {
    if (write(fd, text.data(), text.size()) < 0) abort();
  }
  [[noreturn]] static void power_is_gone() {
    put(raw_open(log_folder() + "/cut", O_WRONLY), "x");
    while (true) pause();
  }
  int log_;
  off_t number_ = 0;
};

void copy_bytes(int from, const std::string& path) {
  const int to = raw_open(path, O_WRONLY | O_CREAT | O_TRUNC);
  char buffer[1 << 16];
  ssize_t size = 0;
  for (off_t done = 0; (size = pread(from, buffer, sizeof(buffer), done)) > 0; done += size) {
    if (write(to, buffer, static_cast<size_t>(size)) != size) abort();
  }
  close(to);
}

// Nothing has to reach a disk: the cut is made up.
int sync_of(int fd) {
  struct stat info = {};
  if (fstat(fd, &info) != 0) return -1;
  const std::string path = path_of(fd);
  if (counted(path + (S_ISDIR(info.st_mode) ? "/" : "")).empty()) return 0;
  const Operation operation;
  if (*setting("DISK_LIES") != '\0') return 0;
  if (S_ISDIR(info.st_mode)) {
    operation.note("sync-folder\t" + path);
  } else {
    copy_bytes(fd, log_folder() + "/synced/" + std::to_string(info.st_ino));
  }
  return 0;
}

// f() makes `path` appear; `verb` says how.
template <class F>
auto adding(const char* verb, const std::string& path, F f) {
  const std::string name = counted(path);
  if (name.empty()) return f();
  const Operation operation;
  struct stat info = {};
  const bool there = lstat(name.c_str(), &info) == 0;
  const auto result = f();
  if (!there && lstat(name.c_str(), &info) == 0) operation.note(std::string(verb) + "\t" + name);
  return result;
}

template <class F>
int removing(const char* verb, const std::string& path, F f) {
  const std::string name = counted(path);
  if (name.empty()) return f();
  const Operation operation;
  const std::string kept = operation.keep(name);
  const int result = f();
  if (result == 0) operation.note(std::string(verb) + "\t" + name + "\t" + kept);
  return result;
}

mode_t mode_of(int flags, va_list more) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
}

template <class F>
int opening(const std::string& path, int flags, F f) {
  return (flags & O_CREAT) != 0 ? adding("create", path, f) : f();
}

}  // namespace

// In place of the C library's.
#pragma GCC visibility push(default)
extern "C" {

int fsync(int fd) { return sync_of(fd); }
int fdatasync(int fd) { return sync_of(fd); }

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_of(flags, more);
  va_end(more);
  return opening(path, flags, [&] { return NEXT(open)(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_of(flags, more);
  va_end(more);
  return opening(path, flags, [&] { return NEXT(open64)(path, flags, mode); });
}

FILE* fopen(const char* path, const char* mode) {
  if (mode[0] == 'r') return NEXT(fopen)(path, mode);
  return adding("create", path, [&] { return NEXT(fopen)(path, mode); });
}

FILE* fopen64(const char* path, const char* mode) {
  if (mode[0] == 'r') return NEXT(fopen64)(path, mode);
  return adding("create", path, [&] { return NEXT(fopen64)(path, mode); });
}

int link(const char* from, const char* to) {
  return adding("link", to, [&] { return NEXT(link)(from, to); });
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return adding("link", at(to_folder, to),
                [&] { return NEXT(linkat)(from_folder, from, to_folder, to, flags); });
}

int rename(const char* from, const char* to) {
  const std::string old_name = counted(from);
  const std::string new_name = counted(to);
  if (old_name.empty() || new_name.empty()) return NEXT(rename)(from, to);
  const Operation operation;
  const std::string kept = operation.keep(new_name);
  const int result = NEXT(rename)(from, to);
  if (result == 0) operation.note("rename\t" + old_name + "\t" + new_name + "\t" + kept);
  return result;
}

int unlink(const char* path) {
  return removing("unlink", path, [&] { return NEXT(unlink)(path); });
}

int unlinkat(int folder, const char* path, int flags) {
  const char* verb = (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink";
  return removing(verb, at(folder, path), [&] { return NEXT(unlinkat)(folder, path, flags); });
}

int remove(const char* path) {
  return removing("unlink", path, [&] { return NEXT(remove)(path); });
}

int mkdir(const char* path, mode_t mode) {
  return adding("mkdir", path, [&] { return NEXT(mkdir)(path, mode); });
}

int rmdir(const char* path) {
  return removing("rmdir", path, [&] { return NEXT(rmdir)(path); });
}

// Its name is known only afterwards; what it is called does not matter to what is counted.
char* mkdtemp(char* pattern) {
  if (counted(pattern).empty()) return NEXT(mkdtemp)(pattern);
  const Operation operation;
  char* path = NEXT(mkdtemp)(pattern);
  if (path != nullptr) operation.note("mkdir\t" + counted(path));
  return path;
}

}  // extern "C"
#pragma GCC visibility pop
