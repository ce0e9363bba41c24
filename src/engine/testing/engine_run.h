#pragma once

// The broker and its jailed child as others see them, for tests: a task in, events out. The engine
// is fake_engine.cc.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/testing/scratch_folder.h"
#include "base/unique_fd.h"

namespace rushes::engine {

// One run of the fake engine.
class Engine {
 public:
  explicit Engine(
      const std::string& task, const std::function<void()>& before_exec = [] {}) {
    char path[] = "/tmp/rushes-task-XXXXXX";
    const base::UniqueFd input(mkstemp(path));
    unlink(path);
    EXPECT_EQ(::write(input.get(), task.data(), task.size()), static_cast<ssize_t>(task.size()));
    lseek(input.get(), 0, SEEK_SET);
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    output_.reset(fds[0]);
    const base::UniqueFd writer(fds[1]);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input.get(), STDIN_FILENO);
      dup2(writer.get(), STDOUT_FILENO);
      before_exec();
      execl(RUSHES_FAKE_ENGINE, RUSHES_FAKE_ENGINE, nullptr);
      _exit(127);
    }
  }
  explicit Engine(
      const nlohmann::json& task, const std::function<void()>& before_exec = [] {})
      : Engine(task.dump(), before_exec) {}
  ~Engine() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      finish();
    }
  }

  // Reads events until one of this type; null if the engine ends before.
  nlohmann::json wait_for(const std::string& type) {
    for (;;) {
      for (; seen_ < events_.size(); ++seen_) {
        if (events_[seen_]["type"] == type) return events_[seen_++];
      }
      if (!read_some()) return nullptr;
    }
  }

  // The exit status (or minus the signal).
  int finish() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  void signal(int number) const { kill(pid_, number); }
  void stop_reading() { output_.reset(); }
  const std::vector<nlohmann::json>& events() const { return events_; }
  nlohmann::json last() const { return events_.empty() ? nlohmann::json() : events_.back(); }
  nlohmann::json of(const std::string& type) const {
    for (const nlohmann::json& event : events_) {
      if (event["type"] == type) return event;
    }
    return nullptr;
  }

 private:
  bool read_some() {
    char bytes[65536];
    if (!output_) return false;
    const ssize_t n = ::read(output_.get(), bytes, sizeof(bytes));
    if (n <= 0) return false;
    text_.append(bytes, static_cast<size_t>(n));
    for (size_t end; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      events_.push_back(nlohmann::json::parse(text_.substr(0, end)));
    }
    return true;
  }

  base::UniqueFd output_;
  pid_t pid_ = -1;
  std::string text_;
  std::vector<nlohmann::json> events_;
  size_t seen_ = 0;
};

class BrokerTest : public testing::Test {
 protected:
  nlohmann::json task(const std::string& kind,
                      const nlohmann::json& params = nlohmann::json::object()) const {
    return {{"version", 1}, {"kind", kind}, {"roots", {folder.path()}}, {"params", params}};
  }
  nlohmann::json copy_task() const {
    nlohmann::json copy = task("copy");
    copy["inputs"]["from"] = folder.write("from.txt", "some bytes");
    copy["outputs"]["to"] = folder.path("to.txt");
    return copy;
  }
  static bool is_alive(pid_t pid) { return kill(pid, 0) == 0; }

  base::ScratchFolder folder;
};

}  // namespace rushes::engine
