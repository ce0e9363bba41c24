#include "exec/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

namespace rushes::exec {
namespace {

constexpr double kCoresOfAWorker = 2.5;  // composing, and an encoder of three threads

std::optional<std::string> line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<double> number_in(const std::string& path) {
  const auto line = line_of(path);
  if (!line) return std::nullopt;
  std::istringstream text(*line);
  double value = 0;
  if (!(text >> value)) return std::nullopt;  // "max"
  return value;
}

// The folders of this process's groups, from its own up to the root of each hierarchy: a limit of
// any of them holds.
struct Groups {
  std::vector<std::string> unified, cpu, memory;
};

void add_folders(const std::string& top, std::string group, std::vector<std::string>& out) {
  while (true) {
    out.push_back(top + group);
    const size_t slash = group.rfind('/');
    if (group.empty() || slash == std::string::npos) return;
    group.resize(slash);
  }
}

Groups groups_of(const std::string& root) {
  Groups groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // "0::/a/b" (version 2), "4:cpu,cpuacct:/a/b" (version 1)
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1) == "/" ? "" : line.substr(second + 1);
    const std::string top = root + "/sys/fs/cgroup";
    if (controllers == ",,") add_folders(top, group, groups.unified);
    if (controllers.find(",cpu,") != std::string::npos)
      add_folders(top + "/cpu", group, groups.cpu);
    if (controllers.find(",memory,") != std::string::npos) {
      add_folders(top + "/memory", group, groups.memory);
    }
  }
  return groups;
}

double cores_of(const Groups& groups) {
  double cores = static_cast<double>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  if (cpu_set_t set; sched_getaffinity(0, sizeof(set), &set) == 0) {
    cores = std::min(cores, static_cast<double>(CPU_COUNT(&set)));
  }
  for (const std::string& folder : groups.unified) {
    const auto line = line_of(folder + "/cpu.max");  // "150000 100000", "max 100000"
    if (!line) continue;
    std::istringstream text(*line);
    double quota = 0;
    double period = 0;
    if (text >> quota >> period && quota > 0 && period > 0) cores = std::min(cores, quota / period);
  }
  for (const std::string& folder : groups.cpu) {
    const auto quota = number_in(folder + "/cpu.cfs_quota_us");
    const auto period = number_in(folder + "/cpu.cfs_period_us");
    if (quota && period && *quota > 0 && *period > 0) cores = std::min(cores, *quota / *period);
  }
  return cores;
}

uint64_t memory_of(const std::string& root, const Groups& groups) {
  double bytes = 0;
  std::ifstream info(root + "/proc/meminfo");
  for (std::string word; info >> word;) {
    double kilobytes = 0;
    if (word == "MemTotal:" && info >> kilobytes) bytes = kilobytes * 1024;
  }
  const auto limit = [&](const std::string& path) {
    const auto value = number_in(path);
    if (value && *value > 0 && (bytes == 0 || *value < bytes)) bytes = *value;
  };
  for (const std::string& folder : groups.unified) limit(folder + "/memory.max");
  for (const std::string& folder : groups.memory) limit(folder + "/memory.limit_in_bytes");
  return static_cast<uint64_t>(bytes);
}

}  // namespace

Machine this_machine(const std::string& root) {
  const Groups groups = groups_of(root);
  return {cores_of(groups), memory_of(root, groups)};
}

int default_workers(double cores) {
  if (cores <= 1) return 1;
  return static_cast<int>(std::ceil(cores / kCoresOfAWorker)) + 1;
}

}  // namespace rushes::exec
