#pragma once

// Which tasks make the sound of a render: as a whole, and in pieces that are there earlier: for
// HLS, and of recordings far away for whoever writes the film while it is rendered.

#include "exec/render_segments.h"
#include "render_plan.h"
#include "task_json.h"

namespace rushes::app {

// Cuts the sound as HLS wants it. `whole_is_there`: the final sound is stored already.
void plan_sound_pieces(RenderPlan& plan, bool whole_is_there);

// Of a render to a file: whether the sound follows the picture, and is cut for it.
void plan_sound(RenderPlan& plan, const TaskSources& sources, bool whole_is_there);

// All are borrowed by the request.
void add_sound_tasks(exec::RenderRequest& request, const TaskSources& sources,
                     const ProgramSummary& program, const Pieces& pieces);

}  // namespace rushes::app
