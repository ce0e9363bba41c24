#include "engine/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "engine/package.h"

namespace rushes::engine {
namespace {

using std::chrono::steady_clock;

constexpr double kGraceSeconds = 0.7;  // between being told to stop and being killed
constexpr double kTickSeconds = 0.1;
constexpr double kWaitingTickSeconds = 0.02;
// A longer pause between two rounds was one of ours (Ctrl-Z, a sleeping laptop), not the child's.
constexpr double kLongestTick = 1.0;
constexpr size_t kMaxLastWords = 4096;

// What a child may not have: its own words, made fit for one line of a message.
std::string printable_tail(const std::string& text) {
  std::string line;
  for (char c : text) line += (c >= ' ' && c < 0x7f) ? c : ' ';
  const size_t end = line.find_last_not_of(' ');
  if (end == std::string::npos) return "";
  line.resize(end + 1);
  constexpr size_t kMost = 500;
  return line.size() > kMost ? "..." + line.substr(line.size() - kMost) : line;
}

}  // namespace

int number_of(Cause cause) {
  switch (cause) {
    case Cause::kFailed:
    case Cause::kCancelled: return 0;
    case Cause::kCrashed: return 280;
    case Cause::kForbidden: return 281;
    case Cause::kKilled: return 282;
    case Cause::kHung: return 283;
    case Cause::kTimeout: return 284;
    case Cause::kProtocol: return 285;
  }
  return 0;
}

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::kFailed: return "failed";
    case Cause::kCancelled: return "cancelled";
    case Cause::kCrashed: return "crashed";
    case Cause::kForbidden: return "forbidden";
    case Cause::kKilled: return "killed";
    case Cause::kHung: return "hung";
    case Cause::kTimeout: return "timeout";
    case Cause::kProtocol: return "protocol";
  }
  return "failed";
}

nlohmann::json warning_of(const RemoteStores::Notice& notice) {
  return {{"type", "warning"}, {"number", notice.number}, {"text", notice.text}, {"place", ""}};
}

base::Status tell_of(PieceUploads& pieces, EventOutput& output) {
  ASSIGN_OR_RETURN(std::vector<nlohmann::json> done, pieces.take_done());
  for (nlohmann::json& about : done) {
    output.add({{"type", "piece"}, {"piece", std::move(about)}});
  }
  return {};
}

Supervisor::Supervisor(const Options& options) : options_(options) {}

Supervisor::~Supervisor() {
  if (exited_) return;
  kill_child();
  while (waitpid(options_.child.pid, &exit_status_, 0) < 0 && errno == EINTR) {
  }
}

Ending Supervisor::run() {
  auto last = steady_clock::now();
  while (!exited_) {
    turn();
    const auto now = steady_clock::now();
    const double elapsed = std::chrono::duration<double>(now - last).count();
    last = now;
    check_time(std::min(elapsed, kLongestTick));
  }
  drain();
  return ending();
}

void Supervisor::turn() {
  // While the reader is behind, the child waits too: memory here stays bounded.
  // So does it while what it has made is on its way.
  const bool listen = events_open_ && !options_.output.full() && !options_.pieces.is_full();
  std::array<pollfd, 4> waits = {
      pollfd{options_.signals, POLLIN, 0}, pollfd{options_.child.last_words.get(), POLLIN, 0},
      pollfd{listen ? options_.child.events.get() : -1, POLLIN, 0},
      pollfd{options_.output.fd(), static_cast<short>(options_.output.pending() ? POLLOUT : 0), 0}};
  if (!options_.output.reader_is_there()) waits[3].fd = -1;
  const bool looks = awaited_ || !options_.pieces.is_idle();
  const double tick = looks ? kWaitingTickSeconds : kTickSeconds;
  poll(waits.data(), waits.size(), static_cast<int>(tick * 1000));
  if (waits[0].revents != 0) read_signals();
  if (waits[1].revents != 0) read_last_words();
  if (waits[2].revents != 0) read_events();
  if ((waits[3].revents & POLLOUT) != 0) options_.output.write_some();
  if ((waits[3].revents & (POLLERR | POLLNVAL)) != 0) options_.output.drop_reader();
  if (!options_.output.reader_is_there()) {
    stop(Cause::kCancelled, {base::Code::kCancelled, "the reader of the events has gone"});
  }
  if (awaited_) look_for_object();
  look_for_pieces();
  for (const RemoteStores::Notice& notice : options_.stores.take_notices()) {
    options_.output.add(warning_of(notice));
  }
  const bool is_served = awaited_ || options_.stores.is_waited_for();
  if ((!listen && events_open_) || is_served) idle_seconds_ = 0;
}

void Supervisor::read_signals() {
  signalfd_siginfo info = {};
  while (read(options_.signals, &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo == SIGCHLD) {
      reap();
    } else if (info.ssi_signo == SIGUSR1) {
      share_pending_ = !ready_;
      if (ready_) kill(options_.child.pid, SIGUSR1);
    } else {
      stop(Cause::kCancelled, {base::Code::kCancelled, "cancelled"});
    }
  }
}

void Supervisor::reap() {
  if (!exited_) exited_ = waitpid(options_.child.pid, &exit_status_, WNOHANG) > 0;
}

void Supervisor::read_last_words() {
  char bytes[4096];
  const ssize_t n = read(options_.child.last_words.get(), bytes, sizeof(bytes));
  if (n > 0) last_words_.append(bytes, static_cast<size_t>(n));
  if (last_words_.size() > kMaxLastWords) {
    last_words_.erase(0, last_words_.size() - kMaxLastWords);
  }
  if (n == 0) options_.child.last_words.reset();
}

void Supervisor::read_events() {
  char bytes[65536];
  const ssize_t n = read(options_.child.events.get(), bytes, sizeof(bytes));
  if (n == 0) events_open_ = false;
  if (n <= 0) return;
  idle_seconds_ = 0;
  base::Status added = lines_.add({bytes, static_cast<size_t>(n)});
  if (!added.ok()) {
    events_open_ = false;
    return stop(Cause::kProtocol, std::move(added).error());
  }
  std::string line;
  while (events_open_ && lines_.next(line)) handle(line);
}

void Supervisor::handle(const std::string& line) {
  auto event = parse_child_event(line);
  if (!event.ok()) {
    events_open_ = false;
    return stop(Cause::kProtocol, std::move(event).error());
  }
  handle(*std::move(event));
}

void Supervisor::handle(ChildEvent event) {
  base::Status status;
  switch (event.kind) {
    case ChildEventKind::kPublic: options_.output.add(std::move(event.json)); break;
    case ChildEventKind::kReady:
      if (!ready_) send_started(event.json);
      ready_ = true;
      if (std::exchange(share_pending_, false)) kill(options_.child.pid, SIGUSR1);
      break;
    case ChildEventKind::kAddFonts: status = options_.fonts.add(event.json); break;
    case ChildEventKind::kFindFonts: {
      auto answer = options_.fonts.find(event.json);
      status = answer.ok() ? send_package(options_.child.packages.get(), answer->json, answer->fds)
                           : base::Status(std::move(answer).error());
      break;
    }
    case ChildEventKind::kCreateObject: create_object(event.json["name"]); break;
    case ChildEventKind::kCommitObject: commit_object(event.json); break;
    case ChildEventKind::kWaitForObject:
      if (awaited_) {
        status = base::internal("the jailed process waits for two objects");
        break;
      }
      awaited_ = event.json["name"].get<std::string>();
      told_of_wait_ = false;
      look_for_object();
      break;
    case ChildEventKind::kFindDerived: find_derived(event.json); break;
    case ChildEventKind::kCreateDerived: create_derived(event.json); break;
    case ChildEventKind::kCommitDerived: options_.derived.commit(); break;
    case ChildEventKind::kDropDerived: options_.derived.drop(); break;
    case ChildEventKind::kEnd:
      has_end_ = true;
      if (event.json["type"] == "failed") end_ = error_from_json(event.json);
      break;
  }
  if (!status.ok()) stop(Cause::kProtocol, std::move(status).error());
}

void Supervisor::answer(const nlohmann::json& json, std::span<const int> fds) {
  base::Status status = send_package(options_.child.packages.get(), json, fds);
  if (!status.ok()) stop(Cause::kProtocol, std::move(status).error());
}

void Supervisor::answer(const base::Error& error) { answer({{"error", error_to_json(error)}}, {}); }

void Supervisor::create_object(const std::string& output) {
  auto fd = options_.pieces.has(output) ? options_.pieces.create(output)
                                        : options_.objects.create(output);
  if (!fd.ok()) return answer(fd.error());
  answer({{"size", 0}}, std::array{*fd});
}

void Supervisor::commit_object(const nlohmann::json& event) {
  if (stopped_) return;
  if (options_.pieces.has(event["name"])) {
    auto taken = options_.pieces.commit(event["name"], event["about"]);
    if (!taken.ok()) stop(Cause::kFailed, std::move(taken).error());
    return;
  }
  auto stored = options_.objects.commit(event["name"]);
  // The child is not waiting for an answer.
  if (!stored.ok()) return stop(Cause::kFailed, std::move(stored).error());
  const char* type = stored->contains("key") ? "segment" : "piece";
  nlohmann::json about = event["about"];
  about.update(*stored);
  about["output"] = event["name"];
  options_.output.add({{"type", type}, {type, std::move(about)}});
}

void Supervisor::look_for_object() {
  auto found = options_.objects.find(*awaited_);
  if (!found.ok() || found->object) {
    const std::string name = *std::exchange(awaited_, std::nullopt);
    if (!found.ok()) return answer(found.error());
    return answer({{"size", found->object->size}}, std::array{found->object->fd.get()});
  }
  if (found->damaged || !told_of_wait_) {
    options_.output.add({{"type", "waiting"},
                         {"input", *awaited_},
                         {"key", found->key},
                         {"damaged", found->damaged}});
  }
  told_of_wait_ = true;
}

void Supervisor::look_for_pieces() {
  auto status = tell_of(options_.pieces, options_.output);
  if (!status.ok()) stop(Cause::kFailed, std::move(status).error());
}

void Supervisor::find_derived(const nlohmann::json& event) {
  const auto found = options_.derived.find(event["name"], event["variant"]);
  if (!found.ok()) return answer(found.error());
  if (!*found) return answer({{"size", 0}}, {});
  answer({{"size", (*found)->size}}, std::array{(*found)->fd.get()});
}

void Supervisor::create_derived(const nlohmann::json& event) {
  const auto fd = options_.derived.create(event["name"], event["variant"]);
  if (!fd.ok()) return answer(fd.error());
  answer({{"size", 0}}, std::array{*fd});
}

void Supervisor::send_started(const nlohmann::json& ready) {
  options_.output.add({{"type", "started"},
                       {"version", 1},
                       {"kind", options_.task.kind},
                       {"jail", {{"seccomp", ready["seccomp"]}, {"landlock", ready["landlock"]}}}});
  for (const auto& text : ready["warnings"]) {
    if (!text.is_string()) continue;
    options_.output.add({{"type", "warning"}, {"number", 0}, {"text", text}, {"place", ""}});
  }
}

void Supervisor::check_time(double elapsed) {
  idle_seconds_ += elapsed;
  wall_seconds_ += elapsed;
  if (stopped_) {
    grace_seconds_ += elapsed;
    if (grace_seconds_ >= kGraceSeconds) kill_child();
    return;
  }
  const TaskLimits& limits = options_.task.limits;
  if (limits.idle_seconds > 0 && idle_seconds_ >= limits.idle_seconds) {
    stop(Cause::kHung, {base::Code::kUnavailable,
                        "no sign of life for " +
                            std::to_string(static_cast<int64_t>(limits.idle_seconds)) + " s"});
  } else if (limits.wall_seconds > 0 && wall_seconds_ >= limits.wall_seconds) {
    stop(Cause::kTimeout, base::resource("the task took longer than its limit"));
  }
}

void Supervisor::stop(Cause cause, base::Error error) {
  if (stopped_) return;
  stopped_ = true;
  cause_ = cause;
  stop_status_ = std::move(error);
  if (cause == Cause::kCancelled || cause == Cause::kTimeout) {
    kill(options_.child.pid, SIGTERM);
    if (std::exchange(awaited_, std::nullopt)) answer({base::Code::kCancelled, "cancelled"});
  } else {
    kill_child();
  }
}

void Supervisor::kill_child() {
  if (killed_ || exited_) return;
  killed_ = true;
  kill(options_.child.pid, SIGKILL);
}

// What the child wrote before it ended.
void Supervisor::drain() {
  for (bool more = true; more && events_open_;) {
    pollfd wait = {options_.child.events.get(), POLLIN, 0};
    more = poll(&wait, 1, 0) > 0;
    if (more) read_events();
  }
  for (int i = 0; i < 64 && options_.child.last_words; ++i) {
    pollfd wait = {options_.child.last_words.get(), POLLIN, 0};
    if (poll(&wait, 1, 0) <= 0) break;
    read_last_words();
  }
}

Ending Supervisor::ending() {
  if (stopped_) return {std::move(stop_status_), cause_};
  if (WIFEXITED(exit_status_) && WEXITSTATUS(exit_status_) == 0 && has_end_) {
    return {std::move(end_), Cause::kFailed};
  }
  const std::string words = printable_tail(last_words_);
  const std::string said = words.empty() ? "" : " (it said: " + words + ")";
  if (!WIFSIGNALED(exit_status_)) {
    return {base::internal("the jailed process ended without a word" + said), Cause::kCrashed};
  }
  const int signal = WTERMSIG(exit_status_);
  if (signal == SIGSYS) {
    return {base::permission("the jailed process tried something forbidden and was stopped" + said),
            Cause::kForbidden};
  }
  if (signal == SIGKILL) {
    return {base::resource("the jailed process was killed, most likely for want of memory"),
            Cause::kKilled};
  }
  return {base::internal("the jailed process crashed: " + std::string(strsignal(signal)) + said),
          Cause::kCrashed};
}

}  // namespace rushes::engine
