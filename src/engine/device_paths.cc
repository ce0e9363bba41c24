#include "engine/device_paths.h"

#include <dirent.h>

#include <memory>
#include <string>
#include <string_view>

namespace rushes::engine {
namespace {

// Libraries and their data, and what drivers ask of the kernel about the devices. Of processes only
// this one: Landlock keeps it from reading what others have under /proc as well.
constexpr const char* kRead[] = {
    "/lib",           "/lib64",        "/usr/lib",      "/usr/lib64",
    "/usr/local/lib", "/usr/share",    "/opt/amdgpu",   "/etc/ld.so.cache",
    "/proc/self",     "/proc/driver",  "/proc/devices", "/proc/modules",
    "/proc/cpuinfo",  "/proc/meminfo", "/proc/version", "/sys"};
constexpr const char* kWritten[] = {"/dev/null", "/dev/zero", "/dev/kfd", "/dev/nvidia-caps"};

void add_matching(const std::string& folder, std::string_view prefix,
                  std::vector<AllowedPath>& out) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
  if (entries == nullptr) return;
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(prefix)) out.push_back({folder + "/" + std::string(name), true});
  }
}

}  // namespace

std::vector<AllowedPath> device_paths() {
  std::vector<AllowedPath> out;
  for (const char* path : kRead) out.push_back({path, false});
  for (const char* path : kWritten) out.push_back({path, true});
  out.push_back({"/dev/dri", false});
  add_matching("/dev", "nvidia", out);
  add_matching("/dev/dri", "renderD", out);
  return out;
}

}  // namespace rushes::engine
