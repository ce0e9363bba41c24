#include "file_identity.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

namespace rushes::app {

base::Result<std::string> file_identity(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return base::from_errno(errno, "\"" + path + "\"");
  if (!S_ISREG(info.st_mode)) return base::invalid_argument("\"" + path + "\" is not a file");
  const int64_t changed_ns = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return fmt::format("{}:{}:{}:{}", info.st_dev, info.st_ino, info.st_size, changed_ns);
}

}  // namespace rushes::app
