#include "base/pipe.h"

#include <fcntl.h>

#include <cerrno>

namespace rushes::base {

Result<Pipe> make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return from_errno(errno, "pipe");
  Pipe pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) return from_errno(errno, "fcntl");
  return pipe;
}

}  // namespace rushes::base
