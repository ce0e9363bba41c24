#include "render_job.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/unique_fd.h"
#include "cache_folder.h"
#include "compile.h"
#include "console.h"
#include "exec/machine.h"
#include "frame_range.h"
#include "numbers.h"
#include "output_path.h"
#include "plan/cut.h"
#include "plan/key.h"
#include "plan/memory.h"
#include "plan/slice.h"
#include "progress.h"
#include "schema/program_json.h"
#include "store/file_store.h"
#include "task_runner.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double rounded(double seconds) {
  return static_cast<double>(static_cast<int64_t>(seconds * 1000)) / 1000;
}

class RenderJob {
 public:
  RenderJob(const RenderOptions& options, Console& console, json& report)
      : options_(options), console_(console), report_(report), progress_(console, style()) {}

  base::Status run() {
    ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console_, progress_));
    base::Status status = run_with(runner);
    progress_.finish();
    report_["warnings"] = runner.warnings();
    report_["diagnostics"] = runner.diagnostics();
    return status;
  }

 private:
  ProgressStyle style() const {
    if (options_.progress == "json") return ProgressStyle::kJson;
    return options_.progress == "none" ? ProgressStyle::kNone : ProgressStyle::kAuto;
  }

  base::Status run_with(TaskRunner& runner) {
    CompileRequest request{.file = options_.file,
                           .set = {},
                           .roots = options_.roots,
                           .work_folder = {},
                           .preview = options_.preview};
    ASSIGN_OR_RETURN(request.set, parse_variables(options_.set));
    ASSIGN_OR_RETURN(TimelineFile timeline, load_timeline(request, runner));
    ASSIGN_OR_RETURN(output_,
                     output_path({.wanted = options_.output, .extension = extension()}, timeline));
    announce(timeline.name);
    ASSIGN_OR_RETURN(const WorkFolder work, WorkFolder::create());
    RETURN_IF_ERROR(open_store(work, runner));
    request.work_folder = work.path();
    request.store = store_->folder();
    progress_.start_phase("compile");
    ASSIGN_OR_RETURN(Compiled compiled, compile(std::move(timeline), request, runner));
    wall("compile", compiled.wall_seconds);
    const TaskSources sources{compiled.timeline, options_.roots, work.path(), store_->folder()};
    if (options_.hashes) return render_hashes(runner, sources, compiled.program);
    if (options_.still.empty()) return render_video(runner, sources, compiled.program);
    return render_still(runner, sources, compiled.program);
  }

  // One that cannot be written is no reason not to render: nothing is kept then.
  base::Status open_store(const WorkFolder& work, TaskRunner& runner) {
    ASSIGN_OR_RETURN(limit_, cache_limit(options_.cache));
    ASSIGN_OR_RETURN(const std::string folder, cache_folder(options_.cache));
    auto opened = store::FileStore::open(folder);
    base::Status status;
    if (opened.ok()) {
      store_ = std::move(opened).value();
      status = store_->check_writable();
    } else {
      status = std::move(opened).error();
    }
    if (status.ok()) return {};
    runner.warn(kCacheUnusable, "nothing of this render will be kept: " + status.error().message,
                "");
    ASSIGN_OR_RETURN(store_, store::FileStore::open(work.path() + "/cache"));
    return {};
  }

  const char* extension() const {
    if (options_.hashes) return ".txt";
    return options_.still.empty() ? ".mp4" : ".png";
  }

  // The first line, before anything that takes time.
  void announce(const std::string& name) {
    if (options_.progress == "auto" && !console_.terminal()) {
      console_.say("rendering " + name + " to " + output_);
    }
  }

  base::Status render_video(TaskRunner& runner, const TaskSources& sources,
                            const ProgramSummary& program) {
    ASSIGN_OR_RETURN(const FrameRange range, parse_frames(options_.frames, program));
    ASSIGN_OR_RETURN(const Plan plan, plan_pieces(sources, program, range));
    std::vector<std::string> keys = plan.pieces.keys;
    if (plan.pieces.audio_key) keys.push_back(*plan.pieces.audio_key);
    ASSIGN_OR_RETURN(const store::Pin pin, store_->pin(keys));
    progress_.start_phase("video");
    progress_.set_frame_rate(program.fps);
    exec::RenderRequest request{.store = &*store_,
                                .segments = plan.pieces.segments,
                                .keys = plan.pieces.keys,
                                .audio_key = plan.pieces.audio_key,
                                .workers = plan.workers};
    request.segments_task = [&](const plan::Run& run) {
      return segments_task(sources, program, plan.pieces, run);
    };
    request.audio_task = [&] { return audio_task(sources, program, plan.pieces); };
    request.assemble_task = [&] { return assemble_task(sources, plan.pieces, output_); };
    ASSIGN_OR_RETURN(const exec::RenderReport rendered, runner.render(std::move(request)));
    // What this render needed is pinned, and stays.
    static_cast<void>(store_->prune(limit_).ok());
    report_render(rendered, plan.workers);
    return report_video(program, range);
  }

  struct Plan {
    Pieces pieces;
    int workers = 1;
  };

  base::Result<Plan> plan_pieces(const TaskSources& sources, const ProgramSummary& summary,
                                 const FrameRange& range) const {
    ASSIGN_OR_RETURN(const std::string text, read_text(sources.work_folder + "/program.json"));
    ASSIGN_OR_RETURN(const schema::Program program, schema::read_program(text));
    plan::CutOptions cut{.first = range.first, .end = range.end};
    if (!options_.segment.empty()) {
      ASSIGN_OR_RETURN(cut.seconds, parse_seconds(options_.segment, "--segment"));
    }
    Plan plan;
    plan.pieces.range = range;
    plan.pieces.segments = plan::cut(program, cut);
    for (const plan::Segment& s : plan.pieces.segments) {
      plan.pieces.keys.push_back(plan::video_key(plan::slice(program, s), summary.numeric_class));
    }
    if (summary.audio) {
      plan.pieces.audio_key =
          plan::audio_key(plan::sound_slice(program), range, summary.numeric_class);
    }
    const exec::Machine machine = exec::this_machine();
    uint64_t memory = machine.memory_bytes > 0 ? machine.memory_bytes / 10 * 7 : uint64_t{4} << 30;
    if (!options_.memory.empty()) {
      ASSIGN_OR_RETURN(memory, parse_size(options_.memory, "--memory"));
    }
    const int wanted =
        options_.workers > 0 ? options_.workers : exec::default_workers(machine.cores);
    plan.workers = plan::workers_that_fit(program, wanted, memory);
    plan.pieces.worker_bytes = memory / static_cast<uint64_t>(plan.workers);
    return plan;
  }

  void report_render(const exec::RenderReport& rendered, int workers) {
    report_["segments"] = {
        {"total", rendered.total}, {"rendered", rendered.rendered}, {"reused", rendered.reused}};
    report_["workers"] = workers;
    report_["encoder"] = "libx264";
    report_["audio"] = rendered.assembled.value("audio", json());
    wall("video", rendered.video_seconds);
    if (!report_["audio"].is_null()) wall("audio", rendered.audio_seconds);
    // What is left to do once all pieces are there.
    wall("assemble",
         rendered.total_seconds - std::max(rendered.video_seconds, rendered.audio_seconds));
    if (rendered.reused > 0) {
      reused_ = fmt::format(", {} of {} pieces from the cache", rendered.reused, rendered.total);
    }
  }

  base::Status report_video(const ProgramSummary& program, const FrameRange& range) {
    const int64_t frames = range.frames();
    report_["frames"] = frames;
    report_["width"] = program.width;
    report_["height"] = program.height;
    report_["fps"] = program.fps_text;
    ASSIGN_OR_RETURN(const base::Rational fps, base::Rational::parse(program.fps_text));
    const base::Rational duration = base::Rational(frames) / fps;
    report_["duration"] = duration.to_string();
    ASSIGN_OR_RETURN(const uint64_t bytes, report_output());
    const double took = seconds_since(start_);
    done_ =
        fmt::format("{}: {}x{}, {} at {} fps, {}, {}, rendered in {:.1f} s ({:.2f}x real time){}",
                    output_, program.width, program.height, frames_text(frames), program.fps_text,
                    length_text(duration.to_double()), size_text(bytes), took,
                    duration.to_double() / took, reused_);
    return say_done();
  }

  base::Status render_still(TaskRunner& runner, const TaskSources& sources,
                            const ProgramSummary& program) {
    ASSIGN_OR_RETURN(const int64_t frame, frame_at(options_.still, program));
    progress_.start_phase("still");
    ASSIGN_OR_RETURN(const auto outcomes,
                     runner.run({{"still", still_task(sources, program, frame, output_)}}));
    wall("still", outcomes[0].wall_seconds);
    report_["frame"] = frame;
    report_["width"] = outcomes[0].result.value("width", program.width);
    report_["height"] = outcomes[0].result.value("height", program.height);
    RETURN_IF_ERROR(status_of(report_output()));
    done_ = fmt::format("{}: frame {} of {}", output_, frame, program.frames);
    return say_done();
  }

  base::Status render_hashes(TaskRunner& runner, const TaskSources& sources,
                             const ProgramSummary& program) {
    ASSIGN_OR_RETURN(const FrameRange range, parse_frames(options_.frames, program));
    progress_.start_phase("hashes");
    ASSIGN_OR_RETURN(const auto outcomes,
                     runner.run({{"hashes", hashes_task(sources, program, range, output_)}}));
    wall("hashes", outcomes[0].wall_seconds);
    report_["frames"] = range.end - range.first;
    RETURN_IF_ERROR(status_of(report_output()));
    done_ = fmt::format("{}: {}", output_, frames_text(range.end - range.first));
    return say_done();
  }

  static base::Status status_of(base::Result<uint64_t> result) {
    if (!result.ok()) return std::move(result).error();
    return {};
  }

  base::Result<uint64_t> report_output() {
    const base::UniqueFd fd(open(output_.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info = {};
    if (!fd || fstat(fd.get(), &info) != 0) {
      return base::from_errno(errno, "output \"" + output_ + "\"");
    }
    const auto bytes = static_cast<uint64_t>(info.st_size);
    report_["output"] = output_;
    report_["bytes"] = bytes;
    // Read again for whoever asked for the report only.
    if (options_.json) {
      ASSIGN_OR_RETURN(report_["hashes"]["xxh3_128"],
                       base::hash_of(*base::fd_source(fd.get(), bytes)));
    }
    wall("total", seconds_since(start_));
    return bytes;
  }

  base::Status say_done() {
    progress_.finish();
    if (options_.progress != "none") console_.say(done_);
    return {};
  }

  void wall(const char* phase, double seconds) {
    report_["wall_seconds"][phase] = rounded(seconds);
  }

  const RenderOptions& options_;
  Console& console_;
  json& report_;
  Progress progress_;
  Clock::time_point start_ = Clock::now();
  std::string output_;
  std::string done_;
  std::string reused_;
  std::optional<store::FileStore> store_;
  uint64_t limit_ = 0;  // of the store, in bytes
};

}  // namespace

int render(const RenderOptions& options) {
  Console console;
  if (options.progress == "json") console.use_json();
  json report = {{"version", 1}, {"command", "render"}, {"file", options.file}};
  const base::Status status = RenderJob(options, console, report).run();
  return end_command(console, status, report, options.json);
}

}  // namespace rushes::app
