#include "exec/machine.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/testing/scratch_folder.h"

namespace rushes::exec {
namespace {

namespace fs = std::filesystem;

class MachineTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(folder.path(path)).parent_path());
    folder.write(path, text);
  }
  base::ScratchFolder folder;
};

TEST_F(MachineTest, WithoutControlGroups) {
  write("proc/meminfo", "MemTotal:       1024 kB\nMemFree: 3 kB\n");
  const Machine machine = this_machine(folder.path());
  EXPECT_GE(machine.cores, 1);
  EXPECT_EQ(machine.memory_bytes, 1U << 20);
}

TEST_F(MachineTest, TheLeastOfAllGroupsHolds) {
  write("proc/meminfo", "MemTotal: 8388608 kB\n");
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  write("sys/fs/cgroup/outer/cpu.max", "50000 100000\n");
  write("sys/fs/cgroup/outer/memory.max", "1073741824\n");
  const Machine machine = this_machine(folder.path());
  EXPECT_EQ(machine.cores, 0.5);
  EXPECT_EQ(machine.memory_bytes, 1U << 30);
}

TEST_F(MachineTest, VersionOne) {
  write("proc/meminfo", "MemTotal: 8388608 kB\n");
  write("proc/self/cgroup", "4:cpu,cpuacct:/job\n7:memory:/job\n");
  write("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "75000\n");
  write("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
  const Machine machine = this_machine(folder.path());
  EXPECT_EQ(machine.cores, 0.75);
  EXPECT_EQ(machine.memory_bytes, 2ULL << 30);
}

TEST_F(MachineTest, ABrokenSystemIsOneCore) {
  write("proc/self/cgroup", "nonsense\n0::/a\n");
  write("sys/fs/cgroup/a/cpu.max", "0 0\n");
  EXPECT_GE(this_machine(folder.path()).cores, 1);
}

TEST(Workers, KeepAllCoresBusy) {
  EXPECT_EQ(default_workers(0.5), 1);
  EXPECT_EQ(default_workers(1), 1);
  EXPECT_EQ(default_workers(2), 2);
  EXPECT_EQ(default_workers(4), 3);
  EXPECT_EQ(default_workers(16), 8);
}

}  // namespace
}  // namespace rushes::exec
