#include <fmt/format.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/unique_fd.h"
#include "commands.h"
#include "console.h"
#include "exec/engine_process.h"

namespace rushes::app {
namespace {

// What `rushes-engine --version` prints. It knows the libraries; this program links none of them.
base::Result<std::string> engine_versions(const std::string& engine) {
  int fds[2];
  if (pipe(fds) != 0) return base::from_errno(errno, "pipe");
  const base::UniqueFd reader(fds[0]);
  base::UniqueFd writer(fds[1]);
  const pid_t pid = fork();
  if (pid < 0) return base::from_errno(errno, "fork");
  if (pid == 0) {
    dup2(writer.get(), STDOUT_FILENO);
    execl(engine.c_str(), "rushes-engine", "--version", nullptr);
    _exit(127);
  }
  writer.reset();
  std::string text;
  char bytes[4096];
  for (ssize_t n;
       (n = read(reader.get(), bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR);) {
    if (n > 0) text.append(bytes, static_cast<size_t>(n));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return base::internal("\"" + engine + " --version\" failed");
  return text;
}

}  // namespace

int print_version() {
  print(fmt::format("rushes {}\n", RUSHES_VERSION));
  base::Result<std::string> text = exec::find_engine();
  if (text.ok()) text = engine_versions(*text);
  if (!text.ok()) {
    Console().error(text.error());
    return base::exit_code(text.error().code);
  }
  print(*text);
  return 0;
}

}  // namespace rushes::app
