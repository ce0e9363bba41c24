#pragma once

// What a render of a compiled program comes to: its segments, their keys, and how many workers.

#include <optional>
#include <string>
#include <vector>

#include "exec/render_segments.h"
#include "last_render.h"
#include "plan/buffer.h"
#include "plan/slice.h"
#include "render_job.h"
#include "schema/codecs.h"
#include "task_json.h"

namespace rushes::app {

struct RenderPlan {
  Pieces pieces;
  int workers = 1;
  uint64_t memory_bytes = 0;        // for all workers together
  uint64_t worker_bytes = 0;        // that one takes at most, about (plan/memory.h)
  std::vector<plan::Slice> slices;  // of the segments
  // What has to be found out by rendering: search_coding.h.
  double target_bytes = 0;  // of the picture, where a bit rate is asked for
  std::optional<plan::Buffer> buffer;
  bool searched() const { return target_bytes > 0 || buffer; }
  bool picture() const { return now.program.video.codec != schema::kNoPicture; }
  std::optional<base::Rational> segment_seconds;
  LastRender now;
};

// Reads the program that the compile task left in the work folder.
base::Result<RenderPlan> plan_render(const RenderOptions& options, const TaskSources& sources,
                                     const ProgramSummary& summary, const FrameRange& range);

// For the segments alone. What it is given is borrowed.
exec::RenderRequest request_for(const store::FileStore& store, const TaskSources& sources,
                                const ProgramSummary& program, const Pieces& pieces, int workers);

}  // namespace rushes::app
