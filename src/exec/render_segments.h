#pragma once

// Everything that a compiled program's output is made of, rendered by workers side by side, stored,
// and joined: segments that are stored already are not rendered again, a worker that dies is
// replaced, one that is idle takes over half of another's run.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "exec/task_pool.h"
#include "plan/cut.h"
#include "plan/runs.h"
#include "store/file_store.h"

namespace rushes::exec {

// A task beside those of the segments: it makes other objects, or reads what is made.
struct SideTask {
  std::string name;  // "audio", "assemble": no two alike, and not that of the segments
  // What it makes, by names of the tasks that wait for it. It is started where one of these is not
  // stored, and again when one is lost.
  std::map<std::string, std::string> keys;
  std::function<nlohmann::json()> document;
};

struct RenderRequest {
  std::string engine;
  const store::FileStore* store = nullptr;
  std::vector<plan::Segment> segments;
  // Of each segment: what has to be stored, at least one.
  std::vector<std::vector<std::string>> keys;
  int workers = 1;
  plan::Order order = plan::Order::kShares;

  // The document of a task that writes what is not stored yet of a run's segments. Others wait for
  // it by the name "segment:N", whichever of the segment's keys they read.
  std::function<nlohmann::json(const plan::Run& run)> segments_task;
  std::vector<SideTask> side_tasks;

  std::string segments_name = "video";  // of those tasks, where names are told

  // `task` is a side task's name, or that of the segments. An error ends the render with it.
  std::function<base::Status(const std::string& task, const nlohmann::json& event)> on_event;
  // Frames that are finished, of all; never fewer than before.
  std::function<void(int64_t done, int64_t total)> on_progress;
  // Something was done again, or in another way: one line for people.
  std::function<void(const std::string& text)> on_notice;
  // Takes keys as what they name is rendered, whatever becomes of the whole.
  std::set<std::string>* rendered_keys = nullptr;
  std::function<void()> on_tick;  // at least every 100 ms
  int cancel_fd = -1;             // readable once the user wants to stop
};

struct RenderReport {
  double video_seconds = 0;  // until the last segment was stored
  struct Side {
    nlohmann::json result, outputs;  // as of TaskOutcome
    double seconds = 0;              // until it had ended
  };
  std::map<std::string, Side> side;  // tasks that were started
  double total_seconds = 0;
};

base::Result<RenderReport> render_segments(const RenderRequest& request);

}  // namespace rushes::exec
