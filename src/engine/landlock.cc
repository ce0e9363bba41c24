#include "engine/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "base/unique_fd.h"

namespace rushes::engine {
namespace {

// The kernel's interface, spelt out: the headers of older systems end at version 2.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr int kPathBeneath = 1;
constexpr uint32_t kGetVersion = 1;
constexpr int kNewestKnown = 7;

struct RulesetAttributes {
  uint64_t handled_access_fs = 0;
  uint64_t handled_access_net = 0;  // from version 4
  uint64_t scoped = 0;              // from version 6
};

// As the kernel packs it.
struct [[gnu::packed]] PathRule {
  uint64_t allowed_access = 0;
  int32_t parent_fd = -1;
};

constexpr uint64_t kWriteFile = 1u << 1;
constexpr uint64_t kReadFile = 1u << 2;
constexpr uint64_t kReadDir = 1u << 3;
constexpr uint64_t kAllOfVersion1 = (1u << 13) - 1;
constexpr uint64_t kRefer = 1u << 13;     // 2
constexpr uint64_t kTruncate = 1u << 14;  // 3
constexpr uint64_t kIoctlDev = 1u << 15;  // 5
constexpr uint64_t kTcpBindAndConnect = 3;
constexpr uint64_t kAbstractSocketsAndSignals = 3;

base::Status allow(int ruleset, const AllowedPath& allowed, uint64_t handled) {
  const base::UniqueFd fd(open(allowed.path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return {};
  struct stat info = {};
  if (fstat(fd.get(), &info) != 0) return base::from_errno(errno, allowed.path);
  uint64_t access = kReadFile;
  if (S_ISDIR(info.st_mode)) access |= kReadDir;
  if (allowed.write) access |= kWriteFile | kIoctlDev;
  const PathRule rule{access & handled, fd.get()};
  if (rule.allowed_access == 0) return {};
  if (syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) != 0) {
    return base::from_errno(errno, "landlock_add_rule of " + allowed.path);
  }
  return {};
}

}  // namespace

int landlock_abi() {
  const long version = syscall(kCreateRuleset, nullptr, 0, kGetVersion);
  return version <= 0 ? 0 : static_cast<int>(std::min<long>(version, kNewestKnown));
}

base::Status install_landlock(const LandlockOptions& options) {
  RulesetAttributes attributes;
  attributes.handled_access_fs = kAllOfVersion1;
  if (options.abi >= 2) attributes.handled_access_fs |= kRefer;
  if (options.abi >= 3) attributes.handled_access_fs |= kTruncate;
  if (options.abi >= 5) attributes.handled_access_fs |= kIoctlDev;
  if (options.abi >= 4) attributes.handled_access_net = kTcpBindAndConnect;
  if (options.abi >= 6) attributes.scoped = kAbstractSocketsAndSignals;
  if (options.keep_reads) attributes.handled_access_fs &= ~(kReadFile | kReadDir);
  // A kernel refuses a longer struct than its own unless the rest is zero, which it then is.
  base::UniqueFd ruleset(
      static_cast<int>(syscall(kCreateRuleset, &attributes, sizeof(attributes), 0)));
  if (!ruleset) return base::from_errno(errno, "landlock_create_ruleset");
  for (const AllowedPath& path : options.paths) {
    RETURN_IF_ERROR(allow(ruleset.get(), path, attributes.handled_access_fs));
  }
  if (syscall(kRestrictSelf, ruleset.get(), 0) != 0) {
    return base::from_errno(errno, "landlock_restrict_self");
  }
  return {};
}

}  // namespace rushes::engine
