#include "engine/virtual_files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#if defined(__x86_64__)
#include <ucontext.h>
#endif

namespace rushes::engine {
namespace {

constexpr char kPrefix[] = "/proc/self/fd/";

// Read in the signal handler: lock-free and of static storage.
std::array<std::atomic<bool>, kMaxVirtualFd> published{};
std::atomic<bool> forwards = false;
static_assert(std::atomic<bool>::is_always_lock_free);

#if defined(__x86_64__)

constexpr size_t kPrefixLength = sizeof(kPrefix) - 1;

// The descriptor that a path means, or -1. No library call: this runs in a signal handler.
int virtual_fd(const char* path) {
  for (size_t i = 0; i < kPrefixLength; ++i) {
    if (path[i] != kPrefix[i]) return -1;  // also stops at the end of a shorter path
  }
  int fd = 0;
  const char* digits = path + kPrefixLength;
  if (digits[0] == '\0' || (digits[0] == '0' && digits[1] != '\0')) return -1;
  for (; *digits != '\0'; ++digits) {
    if (*digits < '0' || *digits > '9') return -1;
    fd = fd * 10 + (*digits - '0');
    if (fd >= kMaxVirtualFd) return -1;
  }
  return published[static_cast<size_t>(fd)].load(std::memory_order_acquire) ? fd : -1;
}

long or_errno(long result) { return result < 0 ? -errno : result; }

long open_virtual(const char* path, int flags) {
  const int fd = virtual_fd(path);
  constexpr int kAllowed = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_LARGEFILE | O_NOATIME;
  // The kernel's own O_LARGEFILE, which glibc defines as 0 on 64-bit machines.
  constexpr int kKernelLargeFile = 0100000;
  if (fd < 0 || (flags & ~(kAllowed | kKernelLargeFile)) != 0) return -EACCES;
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return -errno;
  lseek(copy, 0, SEEK_SET);
  return copy;
}

long stat_virtual(const char* path, void* out) {
  const int fd = virtual_fd(path);
  return fd < 0 ? -EACCES : or_errno(syscall(SYS_fstat, fd, out));
}

long access_virtual(const char* path, int mode) {
  return virtual_fd(path) >= 0 && (mode & ~R_OK) == 0 ? 0 : -EACCES;
}

// What the trapped system call returns: a value, or -errno.
long answer(long number, const long* args) {
  const auto path = [&](int i) { return reinterpret_cast<const char*>(args[i]); };
  const auto out = [&](int i) { return reinterpret_cast<void*>(args[i]); };
  const bool at = number == SYS_openat || number == SYS_newfstatat || number == SYS_faccessat ||
                  number == SYS_faccessat2 || number == SYS_readlinkat;
  const int first = at ? 1 : 0;
  if (path(first) == nullptr) return -EFAULT;
  if (forwards.load(std::memory_order_relaxed) && virtual_fd(path(first)) < 0) {
    return or_errno(syscall(number, args[0], args[1], args[2], args[3], 0L, long{kForwarded}));
  }
  switch (number) {
    case SYS_open:
    case SYS_openat: return open_virtual(path(first), static_cast<int>(args[first + 1]));
    case SYS_newfstatat:
      // How glibc spells fstat().
      if (path(1)[0] == '\0' && (args[3] & AT_EMPTY_PATH) != 0) {
        return or_errno(syscall(SYS_fstat, args[0], out(2)));
      }
      return stat_virtual(path(1), out(2));
    case SYS_stat:
    case SYS_lstat: return stat_virtual(path(0), out(1));
    case SYS_access:
    case SYS_faccessat:
    case SYS_faccessat2: return access_virtual(path(first), static_cast<int>(args[first + 1]));
    case SYS_readlink:
    case SYS_readlinkat: return virtual_fd(path(first)) >= 0 ? -EINVAL : -EACCES;
    default: return -ENOSYS;
  }
}

void on_sigsys(int /*signal*/, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const long args[] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                       registers[REG_R10]};
  registers[REG_RAX] = answer(info->si_syscall, args);
  errno = saved_errno;
}

#endif

}  // namespace

base::Result<std::string> publish_virtual_file(int fd) {
  if (fd < 0 || fd >= kMaxVirtualFd) return base::resource("too many font files are open at once");
  published[static_cast<size_t>(fd)].store(true, std::memory_order_release);
  return kPrefix + std::to_string(fd);
}

base::Status install_virtual_file_handler([[maybe_unused]] bool forward) {
  forwards = forward;
#if defined(__x86_64__)
  struct sigaction action = {};
  action.sa_sigaction = on_sigsys;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGSYS, &action, nullptr) != 0) return base::from_errno(errno, "sigaction SIGSYS");
#endif
  return {};
}

}  // namespace rushes::engine
