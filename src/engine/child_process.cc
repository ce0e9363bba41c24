#include "engine/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/pipe.h"
#include "engine/child.h"
#include "engine/jail.h"

namespace rushes::engine {
namespace {

// The descriptors of child.h, in the order of their numbers there.
using ChildFds = std::array<int, 5>;

// Between fork and exec: system calls alone.
[[noreturn]] void become_child(const ChildFds& fds, char* const* arguments,
                               char* const* environment) {
  // Out of the way first, so that none is overwritten before it is copied.
  ChildFds moved = {};
  for (size_t i = 0; i < fds.size(); ++i) {
    moved[i] = fcntl(fds[i], F_DUPFD, static_cast<int>(fds.size()));
    if (moved[i] < 0) _exit(126);
  }
  for (size_t i = 0; i < fds.size(); ++i) {
    if (dup2(moved[i], static_cast<int>(i)) < 0) _exit(126);
  }
  // Everything else of ours is close-on-exec; this is for what was inherited.
  syscall(SYS_close_range, static_cast<unsigned>(fds.size()), ~0U, 0U);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGPIPE, SIGINT, SIGHUP, SIGTERM, SIGCHLD}) signal(number, SIG_DFL);
  execve("/proc/self/exe", arguments, environment);
  _exit(127);
}

// Nothing of the user's: results must not depend on it, and no secret in it should reach the jail.
std::vector<std::string> clean_environment() {
  // The C library's mathematics has one code for processors with fused multiply-add and one for
  // others, and libraries that paint and stretch use it: all take the one that runs everywhere.
  std::vector<std::string> environment = {"LC_ALL=C.UTF-8",
                                          "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4"};
  if (!jail_is_built_in()) {
    for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
      if (const char* value = std::getenv(name)) {
        environment.push_back(std::string(name) + "=" + value);
      }
    }
  }
  return environment;
}

}  // namespace

base::Result<ChildProcess> start_child() {
  ChildProcess child;
  ASSIGN_OR_RETURN(base::Pipe events, base::make_pipe());
  ASSIGN_OR_RETURN(base::Pipe last_words, base::make_pipe());
  child.events = std::move(events.reader);
  child.last_words = std::move(last_words.reader);
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return base::from_errno(errno, "socketpair");
  }
  child.packages.reset(sockets[0]);
  const base::UniqueFd packages(sockets[1]);
  const base::UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return base::from_errno(errno, "/dev/null");

  std::vector<std::string> environment_texts = clean_environment();
  std::vector<char*> environment;
  environment.reserve(environment_texts.size() + 1);
  for (std::string& text : environment_texts) environment.push_back(text.data());
  environment.push_back(nullptr);
  std::string name = "rushes-engine", argument = kChildArgument;
  char* arguments[] = {name.data(), argument.data(), nullptr};

  child.pid = fork();
  if (child.pid < 0) return base::from_errno(errno, "fork");
  if (child.pid == 0) {
    become_child({nothing.get(), nothing.get(), last_words.writer.get(), packages.get(),
                  events.writer.get()},
                 arguments, environment.data());
  }
  return child;
}

}  // namespace rushes::engine
