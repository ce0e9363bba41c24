#pragma once

// A command of the user's that is told what has become of a file.

#include <sys/types.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rushes::app {

struct HookCall {
  std::string command;  // for sh -c, as it was given: what it is told never becomes part of it
  std::vector<std::pair<std::string, std::string>> variables;  // of its environment
  nlohmann::json about;                                        // on its stdin
};

inline constexpr std::chrono::minutes kLongestHook{10};

// One that runs, with its children in a process group of its own. What it says goes to stderr.
class Hook {
 public:
  static base::Result<Hook> start(const HookCall& call);
  Hook(Hook&& other) noexcept;
  Hook& operator=(Hook&& other) noexcept;
  ~Hook();  // kills what still runs

  // Never waits: nothing while it runs, then how it ended (kHookFailed). To be called until then;
  // ends one that takes longer than kLongestHook.
  std::optional<base::Status> poll();
  // SIGTERM, and SIGKILL soon after. poll() says kCancelled.
  void cancel();

 private:
  using Clock = std::chrono::steady_clock;
  Hook() = default;
  void stop();

  pid_t pid_ = -1;
  Clock::time_point started_;
  std::optional<Clock::time_point> stopped_;
  bool cancelled_ = false;
};

}  // namespace rushes::app
