#include "render_job.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/unique_fd.h"
#include "compile.h"
#include "console.h"
#include "frame_range.h"
#include "numbers.h"
#include "output_path.h"
#include "progress.h"
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

std::string size_text(uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
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
    request.work_folder = work.path();
    progress_.start_phase("compile");
    ASSIGN_OR_RETURN(Compiled compiled, compile(std::move(timeline), request, runner));
    wall("compile", compiled.wall_seconds);
    const TaskSources sources{compiled.timeline, options_.roots, work.path()};
    if (options_.hashes) return render_hashes(runner, sources, compiled.program);
    if (options_.still.empty()) return render_video(runner, sources, compiled.program);
    return render_still(runner, sources, compiled.program);
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
    RETURN_IF_ERROR(encode(runner, sources, program, range));
    progress_.start_phase("assemble");
    ASSIGN_OR_RETURN(const auto assembled,
                     runner.run({{"assemble", assemble_task(sources, program, range, output_)}}));
    wall("assemble", assembled[0].wall_seconds);
    const int64_t frames = range.end - range.first;
    report_["frames"] = frames;
    report_["width"] = program.width;
    report_["height"] = program.height;
    report_["fps"] = program.fps_text;
    ASSIGN_OR_RETURN(const base::Rational fps, base::Rational::parse(program.fps_text));
    const base::Rational duration = base::Rational(frames) / fps;
    report_["duration"] = duration.to_string();
    ASSIGN_OR_RETURN(const uint64_t bytes, report_output());
    const double took = seconds_since(start_);
    done_ = fmt::format("{}: {}x{}, {} at {} fps, {}, {}, rendered in {:.1f} s ({:.2f}x real time)",
                        output_, program.width, program.height, frames_text(frames),
                        program.fps_text, length_text(duration.to_double()), size_text(bytes), took,
                        duration.to_double() / took);
    return say_done();
  }

  // Picture and sound at the same time.
  base::Status encode(TaskRunner& runner, const TaskSources& sources, const ProgramSummary& program,
                      const FrameRange& range) {
    std::vector<NamedTask> tasks = {
        {"video", segments_task(sources, program, range, sources.work_folder + "/video.packets")}};
    if (program.audio) {
      tasks.push_back(
          {"audio", audio_task(sources, program, range, sources.work_folder + "/audio.packets")});
    }
    progress_.start_phase("video");
    progress_.set_frame_rate(program.fps);
    ASSIGN_OR_RETURN(const auto outcomes, runner.run(tasks));
    wall("video", outcomes[0].wall_seconds);
    report_["encoder"] = outcomes[0].result.value("encoder", json());
    report_["audio"] = nullptr;
    if (program.audio) {
      wall("audio", outcomes[1].wall_seconds);
      report_["audio"] = outcomes[1].result;
    }
    return {};
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
