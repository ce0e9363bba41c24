#pragma once

// Everything that a compiled program's output is made of, rendered by workers side by side, stored,
// and joined: segments that are stored already are not rendered again, a worker that dies is
// replaced, one that is idle takes over half of another's run.

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "exec/task_pool.h"
#include "plan/cut.h"
#include "plan/runs.h"
#include "store/file_store.h"

namespace rushes::exec {

enum class Role : uint8_t { kVideo, kAudio, kAssemble };

struct RenderRequest {
  std::string engine;
  const store::FileStore* store = nullptr;
  std::vector<plan::Segment> segments;
  std::vector<std::string> keys;         // of the segments
  std::optional<std::string> audio_key;  // none: the program has no sound
  int workers = 1;

  // Documents of tasks: those of a run write the objects "segment:N" of its segments, the sound's
  // the object "audio", and the last one reads them all while they come into being.
  std::function<nlohmann::json(const plan::Run& run)> segments_task;
  std::function<nlohmann::json()> audio_task;
  std::function<nlohmann::json()> assemble_task;  // none: segments alone, to see how large they are

  std::function<void(Role role, const nlohmann::json& event)> on_event;
  // Frames that are finished, of all; never fewer than before.
  std::function<void(int64_t done, int64_t total)> on_progress;
  // Something was done again, or in another way: one line for people.
  std::function<void(const std::string& text)> on_notice;
  std::function<void()> on_tick;  // at least every 100 ms
  int cancel_fd = -1;             // readable once the user wants to stop
};

struct RenderReport {
  std::vector<std::string> rendered_keys;  // of the segments that were not stored, each once
  nlohmann::json assembled;                // what the assemble task reported
  double video_seconds = 0;                // until the last segment was stored
  double audio_seconds = 0;
  double total_seconds = 0;
};

base::Result<RenderReport> render_segments(const RenderRequest& request);

}  // namespace rushes::exec
