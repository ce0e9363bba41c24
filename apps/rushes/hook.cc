#include "hook.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "numbers.h"

namespace rushes::app {
namespace {

constexpr std::chrono::seconds kGrace{2};  // between SIGTERM and SIGKILL

base::Error failed(const std::string& why) {
  return {base::Code::kUnavailable, "the command of --on-done " + why, kHookFailed};
}

// A file, so that nobody waits for whoever does not read it.
base::Result<base::UniqueFd> input_of(const nlohmann::json& about) {
  base::UniqueFd file(memfd_create("rushes-hook", MFD_CLOEXEC));
  if (!file) return base::from_errno(errno, "memfd_create");
  const std::string text =
      about.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  RETURN_IF_ERROR(base::fd_sink(file.get())->write_at(0, std::as_bytes(std::span(text))));
  return file;
}

// That of this program, with the variables in place of others of their names.
std::vector<std::string> environment_with(const HookCall& call) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const bool replaced = std::ranges::any_of(call.variables, [text](const auto& variable) {
      return text.starts_with(variable.first + "=");
    });
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : call.variables) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

base::Result<Hook> Hook::start(const HookCall& call) {
  ASSIGN_OR_RETURN(const base::UniqueFd input, input_of(call.about));
  std::vector<std::string> words = {"sh", "-c", call.command};
  std::vector<std::string> environment = environment_with(call);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);  // this program ignores it
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  Hook hook;
  hook.started_ = Clock::now();
  const int error = posix_spawn(&hook.pid_, "/bin/sh", &files, &attributes,
                                pointers_to(words).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return hook;
  hook.pid_ = -1;
  return failed(std::string("could not be started: ") + std::strerror(error));
}

Hook::Hook(Hook&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      started_(other.started_),
      stopped_(other.stopped_),
      cancelled_(other.cancelled_) {}

Hook& Hook::operator=(Hook&& other) noexcept {
  std::swap(pid_, other.pid_);
  started_ = other.started_;
  stopped_ = other.stopped_;
  cancelled_ = other.cancelled_;
  return *this;
}

Hook::~Hook() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Hook::stop() {
  if (stopped_) return;
  stopped_ = Clock::now();
  kill(-pid_, SIGTERM);
}

void Hook::cancel() {
  cancelled_ = true;
  if (pid_ > 0) stop();
}

std::optional<base::Status> Hook::poll() {
  int status = 0;
  const pid_t ended = waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) {
    if (Clock::now() - started_ > kLongestHook) stop();
    if (stopped_ && Clock::now() - *stopped_ > kGrace) kill(-pid_, SIGKILL);
    return std::nullopt;
  }
  pid_ = -1;
  if (cancelled_) return base::Error{base::Code::kCancelled, "cancelled"};
  if (stopped_) return failed(fmt::format("took longer than {} minutes", kLongestHook.count()));
  if (WIFSIGNALED(status)) {
    return failed(std::string("was ended by a signal: ") + strsignal(WTERMSIG(status)));
  }
  if (ended > 0 && WEXITSTATUS(status) == 0) return base::Status();
  return failed(fmt::format("ended with status {}", WEXITSTATUS(status)));
}

}  // namespace rushes::app
