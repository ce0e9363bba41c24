#pragma once

// Which tasks make the sound of a render: as a whole, and in pieces that are there earlier: for
// HLS, and of recordings far away for whoever writes the film while it is rendered.

#include "exec/render_segments.h"
#include "render_plan.h"
#include "task_json.h"

namespace rushes::app {

struct SoundPlan {
  bool whole_is_there = false;  // the final sound is stored already
  bool for_hls = false;         // it is wanted in pieces
};

// Whether the sound follows the picture, and whether and how it is cut.
void plan_sound(RenderPlan& plan, const TaskSources& sources, const SoundPlan& wanted);

// All are borrowed by the request.
void add_sound_tasks(exec::RenderRequest& request, const TaskSources& sources,
                     const ProgramSummary& program, const Pieces& pieces);

}  // namespace rushes::app
