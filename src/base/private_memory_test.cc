#include "base/private_memory.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace rushes::base {
namespace {

// Whether the kernel would write a core of a process that has called it.
int dumpable_after(const char* dumps) {
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    setenv("RUSHES_CORE_DUMPS", dumps, 1);
    keep_memory_private();
    _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(PrivateMemory, IsInNoCoreUnlessThatIsWanted) {
  EXPECT_EQ(dumpable_after(""), 0);
  EXPECT_EQ(dumpable_after("0"), 0);
  EXPECT_EQ(dumpable_after("1"), 1);
}

}  // namespace
}  // namespace rushes::base
