#pragma once

// What a render of a compiled program comes to: its segments, their keys, and how many workers.

#include <algorithm>
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

// What has to be found out of a picture by rendering it: search_coding.h.
struct PictureSearch {
  double target_bytes = 0;            // where a bit rate is asked for
  std::optional<double> target_ssim;  // where a likeness is
  std::optional<plan::Buffer> buffer;
  bool needed() const { return target_bytes > 0 || target_ssim || buffer; }
};

struct RenderPlan {
  Pieces pieces;
  int workers = 1;
  uint64_t memory_bytes = 0;            // for all workers together
  uint64_t worker_bytes = 0;            // that one takes at most, about (plan/memory.h)
  std::vector<plan::Slice> slices;      // of the segments
  std::vector<PictureSearch> searches;  // of the pictures
  bool searched() const { return std::ranges::any_of(searches, &PictureSearch::needed); }
  bool picture() const { return now.program.video.codec != schema::kNoPicture; }
  std::vector<std::string> picture_keys() const;  // of all segments
  // Players choose among its pictures.
  bool ladder() const {
    return !pieces.pictures.empty() && !pieces.pictures.back().as.name.empty();
  }
  // The key of a segment as one of the pictures, by how it is to be coded now.
  std::string key(size_t picture, size_t segment) const;
  std::optional<base::Rational> segment_seconds;
  LastRender now;
};

// Reads the program that the compile task left in the work folder. It has a picture for the file,
// if there will be one, and for HLS those of the ladder.
base::Result<RenderPlan> plan_render(const RenderOptions& options, const TaskSources& sources,
                                     const ProgramSummary& summary, const FrameRange& range);

// For the segments alone. What it is given is borrowed.
exec::RenderRequest request_for(const store::FileStore& store, const TaskSources& sources,
                                const ProgramSummary& program, const Pieces& pieces, int workers);

}  // namespace rushes::app
