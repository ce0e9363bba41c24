#include "render_plan.h"

#include "cache_folder.h"
#include "compile.h"
#include "exec/machine.h"
#include "frame_range.h"
#include "plan/cut.h"
#include "plan/key.h"
#include "plan/memory.h"
#include "plan/rendition.h"
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
  std::vector<schema::Rendition> pictures;
  for (const PicturePieces& picture : plan.pieces.pictures) pictures.push_back(picture.as);
  plan.worker_bytes = plan::worker_memory(program, pictures);
  plan.workers = plan::workers_that_fit(plan.worker_bytes, wanted, plan.memory_bytes);
  // The system counts against a limit also what was asked for and never touched.
  const uint64_t share = plan.memory_bytes / static_cast<uint64_t>(plan.workers);
  plan.pieces.worker_bytes = share + share / 4 + (uint64_t{64} << 20);
  return {};
}

std::vector<schema::Rendition> pictures_of(const RenderOptions& options,
                                           const schema::Program& program) {
  std::vector<schema::Rendition> out;
  if (program.video.codec == schema::kNoPicture) return out;
  const bool ladder = !options.hls.empty() && !program.renditions.empty();
  if (!options.hls_alone || !ladder) out.push_back(plan::itself(program));
  if (ladder) out.insert(out.end(), program.renditions.begin(), program.renditions.end());
  return out;
}

PictureSearch search_for(const schema::Program& program, const schema::Rendition& picture,
                         int64_t frames) {
  PictureSearch search;
  schema::Program as;
  as.fps = program.fps;
  plan::become(as, picture);
  search.buffer = plan::buffer_of(as);
  if (picture.video.bitrate && !picture.video.lossless) {
    const base::Rational seconds = base::Rational(frames) / program.fps;
    search.target_bytes = static_cast<double>(*picture.video.bitrate) / 8 * seconds.to_double();
  }
  search.target_ssim = picture.video.target_ssim;
  return search;
}

}  // namespace

std::vector<std::string> RenderPlan::picture_keys() const {
  std::vector<std::string> keys;
  for (size_t i = 0; i < pieces.segments.size(); ++i) {
    for (std::string& key : pieces.keys_of(i)) keys.push_back(std::move(key));
  }
  return keys;
}

std::string RenderPlan::key(size_t picture, size_t segment) const {
  const PicturePieces& pictured = pieces.pictures[picture];
  plan::Slice part = slices[segment];
  plan::become(part.program, pictured.as);
  return plan::video_key(part, now.numeric_class, pictured.codings[segment]);
}

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
  for (const plan::Segment& s : pieces.segments) plan.slices.push_back(plan::slice(program, s));
  if (summary.audio) {
    pieces.audio_key = plan::audio_key(plan::sound_slice(program), range, summary.numeric_class);
  }
  for (schema::Rendition& as : pictures_of(options, program)) {
    plan.searches.push_back(search_for(program, as, range.frames()));
    pieces.pictures.push_back({.as = std::move(as),
                               .keys = {},
                               .codings = std::vector<plan::Coding>(pieces.segments.size())});
  }
  RETURN_IF_ERROR(share_memory(options, program, plan));
  plan.now = {summary.numeric_class, std::move(program)};
  for (size_t p = 0; p < pieces.pictures.size(); ++p) {
    for (size_t i = 0; i < pieces.segments.size(); ++i) {
      pieces.pictures[p].keys.push_back(plan.key(p, i));
    }
  }
  return plan;
}

exec::RenderRequest request_for(const store::FileStore& store, const TaskSources& sources,
                                const ProgramSummary& program, const Pieces& pieces, int workers) {
  exec::RenderRequest request{
      .store = &store, .segments = pieces.segments, .keys = {}, .workers = workers};
  for (size_t i = 0; i < pieces.segments.size(); ++i) request.keys.push_back(pieces.keys_of(i));
  request.segments_task = [&](const plan::Run& run) {
    return segments_task(sources, program, pieces, run,
                         [&](const std::string& key) { return store.contains(key); });
  };
  return request;
}

}  // namespace rushes::app
