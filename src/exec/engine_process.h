#pragma once

// One running rushes-engine: a task goes in, events come out. Nothing here waits except finish();
// run_tasks.h watches several at once.

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::exec {

// $RUSHES_ENGINE, or rushes-engine in the folder of the running program.
base::Result<std::string> find_engine();

class EngineProcess {
 public:
  // The engine gets SIGTERM when the calling *thread* ends, so start it from one that lasts.
  static base::Result<EngineProcess> start(const std::string& engine, const nlohmann::json& task);
  EngineProcess(EngineProcess&& other) noexcept;
  EngineProcess& operator=(EngineProcess&& other) noexcept;
  ~EngineProcess();  // kills and reaps what still runs

  // For poll(): -1 once that stream has ended.
  int events_fd() const { return events_.get(); }
  int stderr_fd() const { return stderr_.get(); }
  bool streams_ended() const { return !events_ && !stderr_; }

  // What has arrived. kInternal: the engine sent something that is no event.
  base::Result<std::vector<nlohmann::json>> read_events();
  void read_stderr();

  void cancel();  // SIGTERM: the engine ends within a second
  void share();   // SIGUSR1: it gives up half of what it has not begun; only once it has "started"
  void kill();    // SIGKILL: its child dies with it, and no output appears
  // Reaps it, waiting if it still runs. The exit status, or minus the signal that ended it.
  int finish();

  // The end of what it wrote to stderr: library messages, a crash of its own.
  const std::string& stderr_text() const { return stderr_text_; }

 private:
  EngineProcess() = default;

  pid_t pid_ = -1;
  base::UniqueFd events_;
  base::UniqueFd stderr_;
  std::string partial_;  // line
  std::string stderr_text_;
};

}  // namespace rushes::exec
