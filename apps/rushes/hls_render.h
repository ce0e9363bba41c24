#pragma once

// A render that can be watched while it runs: what it adds to the tasks, and what becomes of their
// events.

#include "exec/render_segments.h"
#include "hls_folder.h"
#include "render_plan.h"
#include "task_json.h"

namespace rushes::app {

// That HLS can carry what the plan makes.
base::Status check_hls(const RenderPlan& plan);

// All are borrowed.
struct HlsRender {
  HlsFolder& folder;
  const TaskSources& sources;
  const RenderPlan& plan;
  const std::vector<SubtitleFile>& subtitles;
  base::Rational subtitles_begin;  // seconds of them that come before what is rendered
  nlohmann::json transfer = {};    // of its tasks; null: nothing is said

  // Once the qualities are final, and plan_sound() has been called.
  base::Status start() const;
  // Adds the tasks that make the files.
  void add_to(exec::RenderRequest& request) const;
};

}  // namespace rushes::app
