#include "engine/jail.h"

#include <dirent.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "engine/device_paths.h"
#include "engine/landlock.h"
#include "engine/seccomp_filter.h"
#include "engine/virtual_files.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RUSHES_UNJAILED_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define RUSHES_UNJAILED_SANITIZER 1
#endif
#endif

namespace rushes::engine {
namespace {

#ifdef RUSHES_UNJAILED_SANITIZER
constexpr bool kSanitizer = true;
#else
constexpr bool kSanitizer = false;
#endif

// What is reserved without being used: thread stacks, arenas, mapped inputs.
constexpr uint64_t kAddressSpaceSlack = uint64_t{16} << 30;

base::Status set_limit(int resource, uint64_t value, const char* name) {
  rlimit limit = {};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) {
    return base::from_errno(errno, name);
  }
  if (limit.rlim_max == RLIM_INFINITY || value < limit.rlim_max) limit.rlim_max = value;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) {
    return base::from_errno(errno, name);
  }
  return {};
}

base::Status set_limits(const JailLimits& limits) {
  RETURN_IF_ERROR(set_limit(RLIMIT_CORE, 0, "RLIMIT_CORE"));
  RETURN_IF_ERROR(
      set_limit(RLIMIT_NOFILE, static_cast<uint64_t>(limits.descriptors), "RLIMIT_NOFILE"));
  if (limits.file_bytes != 0) {
    RETURN_IF_ERROR(set_limit(RLIMIT_FSIZE, limits.file_bytes, "RLIMIT_FSIZE"));
  }
  // A sanitizer reserves terabytes.
  if (limits.memory_bytes != 0 && !kSanitizer) {
    RETURN_IF_ERROR(set_limit(RLIMIT_DATA, limits.memory_bytes, "RLIMIT_DATA"));
    // Drivers reserve as much as a sanitizer does.
    if (!limits.devices) {
      RETURN_IF_ERROR(set_limit(RLIMIT_AS, limits.memory_bytes + kAddressSpaceSlack, "RLIMIT_AS"));
    }
  }
  return {};
}

base::Status drop_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) return base::from_errno(errno, "capset");
  return {};
}

base::Status check_single_thread() {
  std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), closedir);
  if (tasks == nullptr) return {};  // no /proc here: seccomp covers every thread in any case
  int threads = 0;
  while (const dirent* entry = readdir(tasks.get())) threads += entry->d_name[0] != '.';
  if (threads > 1) return base::internal("the process has threads before its jail");
  return {};
}

}  // namespace

bool jail_is_built_in() { return !kSanitizer; }

base::Result<JailState> enter_jail(const JailLimits& limits) {
  JailState state;
  RETURN_IF_ERROR(set_limits(limits));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::from_errno(errno, "PR_SET_NO_NEW_PRIVS");
  }
  if (kSanitizer) {
    state.warnings.push_back(
        "the jail is off: this build has a sanitizer, which needs to open files");
    return state;
  }
  RETURN_IF_ERROR(check_single_thread());
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return base::from_errno(errno, "PR_SET_DUMPABLE");
  RETURN_IF_ERROR(drop_capabilities());

  state.seccomp = seccomp_available();
  state.landlock_abi = landlock_abi();
  if (limits.devices && state.landlock_abi == 0) {
    return base::unsupported(
        "this kernel has no Landlock, and without it a task that uses hardware could open any "
        "file");
  }
  if (state.landlock_abi > 0) {
    RETURN_IF_ERROR(
        install_landlock({.abi = state.landlock_abi,
                          .keep_reads = !state.seccomp,
                          .paths = limits.devices ? device_paths() : std::vector<AllowedPath>()}));
  } else {
    state.warnings.push_back("the jail has one wall less: this kernel has no Landlock");
  }
  if (state.seccomp) {
    RETURN_IF_ERROR(install_virtual_file_handler(limits.devices));
    RETURN_IF_ERROR(install_seccomp(seccomp_program(getpid(), limits.devices)));
  } else {
    state.warnings.push_back(
        "the jail is weak: no seccomp filter on this kernel or processor, so media is decoded by a "
        "process that can read files");
  }
  return state;
}

}  // namespace rushes::engine
