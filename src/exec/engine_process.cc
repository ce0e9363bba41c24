#include "exec/engine_process.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/bytes.h"
#include "base/pipe.h"

namespace rushes::exec {
namespace {

constexpr size_t kMaxLine = size_t{16} << 20;
constexpr size_t kMaxStderr = 16384;

// The whole task in a file without a name: the engine reads it at its own pace, and nobody has to
// write to a pipe without blocking.
base::Result<base::UniqueFd> task_file(const nlohmann::json& task) {
  base::UniqueFd file(memfd_create("rushes-task", MFD_CLOEXEC));
  if (!file) return base::from_errno(errno, "memfd_create");
  const std::string text = task.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  RETURN_IF_ERROR(base::fd_sink(file.get())->write_at(0, std::as_bytes(std::span(text))));
  return file;
}

// Between fork and exec: system calls alone.
[[noreturn]] void become_engine(const char* engine, char* const* arguments, pid_t parent,
                                const int (&fds)[3]) {
  // Descriptors 0 to 2 may be among ours when the program was started with them closed.
  int moved[3];
  for (int i = 0; i < 3; ++i) {
    moved[i] = fcntl(fds[i], F_DUPFD, 3);
    if (moved[i] < 0) _exit(126);
  }
  for (int i = 0; i < 3; ++i) {
    if (dup2(moved[i], i) < 0) _exit(126);
  }
  syscall(SYS_close_range, 3U, ~0U, 0U);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGPIPE, SIGINT, SIGHUP, SIGTERM, SIGCHLD, SIGUSR1}) signal(number, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (getppid() != parent) _exit(126);
  execv(engine, arguments);
  _exit(127);
}

}  // namespace

base::Result<std::string> find_engine() {
  if (const char* named = std::getenv("RUSHES_ENGINE"); named != nullptr && *named != '\0') {
    if (access(named, X_OK) == 0) return std::string(named);
    return base::not_found(std::string("RUSHES_ENGINE names \"") + named +
                           "\", which is not a program");
  }
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0 || length == sizeof(self)) return base::from_errno(errno, "/proc/self/exe");
  std::string path(self, static_cast<size_t>(length));
  path = path.substr(0, path.rfind('/') + 1) + "rushes-engine";
  if (access(path.c_str(), X_OK) == 0) return path;
  return base::not_found("the engine is missing: there is no \"" + path +
                         "\"; install it there, or name it in RUSHES_ENGINE");
}

base::Result<EngineProcess> EngineProcess::start(const std::string& engine,
                                                 const nlohmann::json& task) {
  EngineProcess process;
  ASSIGN_OR_RETURN(base::Pipe events, base::make_pipe());
  ASSIGN_OR_RETURN(base::Pipe errors, base::make_pipe());
  process.events_ = std::move(events.reader);
  process.stderr_ = std::move(errors.reader);
  ASSIGN_OR_RETURN(const base::UniqueFd input, task_file(task));
  std::string name = "rushes-engine";
  char* arguments[] = {name.data(), nullptr};
  const pid_t parent = getpid();
  const int fds[3] = {input.get(), events.writer.get(), errors.writer.get()};
  process.pid_ = fork();
  if (process.pid_ < 0) return base::from_errno(errno, "fork");
  if (process.pid_ == 0) become_engine(engine.c_str(), arguments, parent, fds);
  return process;
}

base::Result<std::vector<nlohmann::json>> EngineProcess::read_events() {
  std::vector<nlohmann::json> events;
  if (!events_) return events;
  char bytes[65536];
  const ssize_t n = ::read(events_.get(), bytes, sizeof(bytes));
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return events;
  if (n <= 0) {
    events_.reset();
    return events;
  }
  partial_.append(bytes, static_cast<size_t>(n));
  size_t start = 0;
  for (size_t end; (end = partial_.find('\n', start)) != std::string::npos; start = end + 1) {
    auto event =
        nlohmann::json::parse(partial_.begin() + static_cast<ptrdiff_t>(start),
                              partial_.begin() + static_cast<ptrdiff_t>(end), nullptr, false);
    if (!event.is_object() || !event.contains("type") || !event["type"].is_string()) {
      return base::internal("the engine sent something that is no event");
    }
    events.push_back(std::move(event));
  }
  partial_.erase(0, start);
  if (partial_.size() > kMaxLine) return base::internal("the engine sent an endless event");
  return events;
}

void EngineProcess::read_stderr() {
  if (!stderr_) return;
  char bytes[4096];
  const ssize_t n = ::read(stderr_.get(), bytes, sizeof(bytes));
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) return stderr_.reset();
  stderr_text_.append(bytes, static_cast<size_t>(n));
  if (stderr_text_.size() > kMaxStderr) stderr_text_.erase(0, stderr_text_.size() - kMaxStderr);
}

void EngineProcess::cancel() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void EngineProcess::share() {
  if (pid_ > 0) ::kill(pid_, SIGUSR1);
}

void EngineProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

int EngineProcess::finish() {
  if (pid_ <= 0) return 0;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

EngineProcess::EngineProcess(EngineProcess&& other) noexcept { *this = std::move(other); }

EngineProcess& EngineProcess::operator=(EngineProcess&& other) noexcept {
  if (this == &other) return *this;
  kill();
  finish();
  pid_ = std::exchange(other.pid_, -1);
  events_ = std::move(other.events_);
  stderr_ = std::move(other.stderr_);
  partial_ = std::move(other.partial_);
  stderr_text_ = std::move(other.stderr_text_);
  return *this;
}

EngineProcess::~EngineProcess() {
  kill();
  finish();
}

}  // namespace rushes::exec
