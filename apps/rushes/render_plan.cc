#include "render_plan.h"

#include "cache_folder.h"
#include "compile.h"
#include "exec/machine.h"
#include "frame_range.h"
#include "plan/cut.h"
#include "plan/key.h"
#include "plan/memory.h"
#include "schema/program_json.h"

namespace rushes::app {
namespace {

base::Status share_memory(const RenderOptions& options, const schema::Program& program,
                          RenderPlan& plan) {
  const exec::Machine machine = exec::this_machine();
  plan.memory_bytes = machine.memory_bytes > 0 ? machine.memory_bytes / 10 * 7 : uint64_t{4} << 30;
  if (!options.memory.empty()) {
    ASSIGN_OR_RETURN(plan.memory_bytes, parse_size(options.memory, "--memory"));
  }
  const int wanted = options.workers > 0 ? options.workers : exec::default_workers(machine.cores);
  plan.worker_bytes = plan::worker_memory(program);
  plan.workers = plan::workers_that_fit(program, wanted, plan.memory_bytes);
  // The system counts against a limit also what was asked for and never touched.
  const uint64_t share = plan.memory_bytes / static_cast<uint64_t>(plan.workers);
  plan.pieces.worker_bytes = share + share / 4 + (uint64_t{64} << 20);
  return {};
}

}  // namespace

base::Result<RenderPlan> plan_render(const RenderOptions& options, const TaskSources& sources,
                                     const ProgramSummary& summary, const FrameRange& range) {
  ASSIGN_OR_RETURN(const std::string text, read_text(sources.work_folder + "/program.json"));
  ASSIGN_OR_RETURN(schema::Program program, schema::read_program(text));
  RenderPlan plan;
  if (!options.segment.empty()) {
    ASSIGN_OR_RETURN(plan.segment_seconds, parse_seconds(options.segment, "--segment"));
  }
  Pieces& pieces = plan.pieces;
  pieces.range = range;
  if (program.video.codec != schema::kNoPicture) {
    pieces.segments = plan::cut(
        program, {.first = range.first, .end = range.end, .seconds = plan.segment_seconds});
  }
  for (const plan::Segment& s : pieces.segments) {
    plan.slices.push_back(plan::slice(program, s));
    pieces.codings.emplace_back();
    pieces.keys.push_back(plan::video_key(plan.slices.back(), summary.numeric_class));
  }
  if (summary.audio) {
    pieces.audio_key = plan::audio_key(plan::sound_slice(program), range, summary.numeric_class);
  }
  if (program.video.bitrate && !program.video.lossless) {
    const base::Rational seconds = base::Rational(range.frames()) / program.fps;
    plan.target_bytes = static_cast<double>(*program.video.bitrate) / 8 * seconds.to_double();
  }
  plan.buffer = plan::buffer_of(program);
  RETURN_IF_ERROR(share_memory(options, program, plan));
  plan.now = {summary.numeric_class, std::move(program)};
  return plan;
}

exec::RenderRequest request_for(const store::FileStore& store, const TaskSources& sources,
                                const ProgramSummary& program, const Pieces& pieces, int workers) {
  exec::RenderRequest request{
      .store = &store, .segments = pieces.segments, .keys = pieces.keys, .workers = workers};
  request.segments_task = [&](const plan::Run& run) {
    return segments_task(sources, program, pieces, run);
  };
  return request;
}

}  // namespace rushes::app
