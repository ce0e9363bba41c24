#pragma once

// Which tasks make the sound of a render: as a whole, and for HLS in pieces that are there earlier.

#include "exec/render_segments.h"
#include "render_plan.h"
#include "task_json.h"

namespace rushes::app {

// Cuts the sound as HLS wants it. `whole_is_there`: the final sound is stored already.
void plan_sound_pieces(RenderPlan& plan, bool whole_is_there);

// All are borrowed by the request.
void add_sound_tasks(exec::RenderRequest& request, const TaskSources& sources,
                     const ProgramSummary& program, const Pieces& pieces);

}  // namespace rushes::app
