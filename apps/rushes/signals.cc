#include "signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace rushes::app {
namespace {

// Of static storage, for the handler.
int ends[2] = {-1, -1};

void on_signal(int /*number*/) {
  const int saved_errno = errno;
  const char byte = 1;
  // A full pipe has said it already.
  if (write(ends[1], &byte, 1) < 0) errno = saved_errno;
  errno = saved_errno;
}

}  // namespace

void catch_signals() {
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;  // then they end the program as usual
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int cancel_fd() { return ends[0]; }

}  // namespace rushes::app
