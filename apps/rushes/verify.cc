// rushes verify: a rendered file beside the timeline, or the recording, that it was made of.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "base/uri.h"
#include "buckets.h"
#include "chapters.h"
#include "commands.h"
#include "compile.h"
#include "far_folders.h"
#include "frame_range.h"
#include "numbers.h"
#include "recording.h"
#include "render_options.h"
#include "render_plan.h"
#include "schema/codecs.h"
#include "store/file_store.h"
#include "verify_output.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

using nlohmann::json;

struct Options {
  std::string output;
  std::vector<std::string> sources;
  std::string preset;   // empty: by the output's ending
  std::string quality;  // as of rushes transcode
  std::string from, to, clock_offset;
  std::string report;
  RenderOptions render;  // `file` is what it is compared with
};

class Verify {
 public:
  Verify(const Options& options, Console& console, json& report)
      : options_(options), console_(console), report_(report), progress_(console, style()) {}

  base::Status run() {
    ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console_, progress_));
    Buckets buckets(telling(runner));
    base::Status status = run_with(runner, buckets);
    progress_.finish();
    report_["warnings"] = runner.warnings();
    report_["diagnostics"] = runner.diagnostics();
    return status;
  }

 private:
  ProgressStyle style() const { return progress_style(options_.render.progress); }

  base::Status run_with(TaskRunner& runner, Buckets& buckets) {
    ASSIGN_OR_RETURN(const WorkFolder work, WorkFolder::create());
    CompileRequest request{.file = options_.render.file,
                           .set = {},
                           .access = options_.render.access,
                           .work_folder = work.path(),
                           .preview = options_.render.preview};
    const std::string output =
        base::is_uri(options_.output)
            ? options_.output
            : std::filesystem::absolute(options_.output).lexically_normal().string();
    ASSIGN_OR_RETURN(const ReportPaths paths,
                     report_paths(options_.report, output, buckets, runner));
    ASSIGN_OR_RETURN(const VerifiedFile file, verified_file(output, buckets));
    ASSIGN_OR_RETURN(TimelineFile timeline, timeline_for(request, runner, buckets));
    ASSIGN_OR_RETURN(const store::FileStore cache, open_cache(work, runner));
    request.store = cache.folder();
    progress_.start_phase("compile");
    ASSIGN_OR_RETURN(const Compiled compiled, compile(std::move(timeline), request, runner));
    const TaskSources sources{compiled.timeline, request.access, work.path(), cache.folder()};
    ASSIGN_OR_RETURN(const FrameRange range,
                     parse_frames(options_.render.frames, compiled.program));
    ASSIGN_OR_RETURN(const RenderPlan plan,
                     plan_render(options_.render, sources, compiled.program, range));
    const auto verdict =
        verify_and_report({.runner = runner,
                           .progress = progress_,
                           .sources = sources,
                           .program = compiled.program,
                           .plan = plan,
                           .output = base::shown_uri(output),
                           .file = file,
                           .buckets = buckets,
                           .against = compiled.timeline.name,
                           .limits = options_.render.verify_limits},
                          paths, {console_, options_.render.progress != "none"}, report_);
    if (!verdict.ok()) return verdict.error();
    return {};
  }

  base::Result<TimelineFile> timeline_for(CompileRequest& request, TaskRunner& runner,
                                          Buckets& buckets) const {
    if (options_.sources.empty()) {
      ASSIGN_OR_RETURN(request.set, parse_variables(options_.render.set));
      return load_timeline(request, runner);
    }
    std::vector<std::string> set = options_.render.set;
    ASSIGN_OR_RETURN(const std::string quality, quality_field(options_.quality, set));
    if (!quality.empty()) set.push_back(quality);
    ASSIGN_OR_RETURN(
        Preset preset,
        load_preset(options_.preset.empty() ? usual_preset(options_.output, set) : options_.preset,
                    set));
    if (!quality.empty()) preset.set[kQualityPath] = "--quality";
    for (const schema::Diagnostic& d : preset.diagnostics) runner.show(d);
    if (schema::has_errors(preset.diagnostics)) return summary_of(preset.diagnostics);
    RETURN_IF_ERROR(fit_to_file(preset, options_.output));
    RecordingRequest recording{.input = base::shown_uri(options_.sources[0]),
                               .chapters = {},
                               .preset = preset,
                               .span = {}};
    ASSIGN_OR_RETURN(recording.chapters,
                     chapters_of(options_.sources, probe_by(runner), far_folders(buckets, runner)));
    ASSIGN_OR_RETURN(recording.span, parse_span(options_.from, options_.to, options_.clock_offset));
    ASSIGN_OR_RETURN(Recording read, read_recording(recording, runner));
    request.access = std::move(read.access);
    return std::move(read.timeline);
  }

  // For the hashes of inputs that it remembers.
  base::Result<store::FileStore> open_cache(const WorkFolder& work, TaskRunner& runner) const {
    ASSIGN_OR_RETURN(const std::string folder, cache_folder(options_.render.cache));
    auto store = store::FileStore::open(folder);
    const base::Status usable = store.ok() ? store->check_writable() : store.error();
    if (usable.ok()) return store;
    runner.warn(kCacheUnusable, "nothing will be remembered: " + usable.error().message, "");
    return store::FileStore::open(work.path() + "/cache");
  }

  const Options& options_;
  Console& console_;
  json& report_;
  Progress progress_;
};

// Text has no zeros.
bool is_media(const std::string& file) {
  if (file.empty() || file == "-") return false;
  if (schema::container_of(file) != nullptr) return true;
  char head[512] = {};
  std::ifstream stream(file, std::ios::binary);
  stream.read(head, sizeof(head));
  const std::string_view text(head, static_cast<size_t>(stream.gcount()));
  return text.find('\0') != text.npos;
}

int run(const Options& options) {
  Console console;
  if (options.render.progress == "json") console.use_json();
  json report = {{"version", 1}, {"command", "verify"}, {"file", base::shown_uri(options.output)}};
  base::Status status;
  if (options.sources.empty() == options.render.file.empty()) {
    status = usage_error("what it is compared with is either --against or --source");
  } else if (is_media(options.render.file)) {
    status = usage_error("\"" + base::shown_uri(options.render.file) +
                         "\" is no timeline: --against takes the timeline that was rendered, "
                         "--source the recording that was transcoded");
  } else {
    status = Verify(options, console, report).run();
  }
  return end_command(console, status, report, options.render.json);
}

constexpr char kFooter[] =
    "What the timeline says, or the preset makes of the recording, is composed anew and compared\n"
    "with the file, frame by frame; so are the sounds. Give the options that it was rendered "
    "with.\n"
    "\n"
    "examples:\n"
    "  rushes verify ad.mp4 --against ad.json              writes ad.mp4.qc.json and .html\n"
    "  rushes verify anna.mp4 --against ad.json --set name=Anna\n"
    "  rushes verify s3://ads/anna.mp4 --against ad.json --report anna.json\n"
    "  rushes verify game.mp4 --source GX010123.MP4 --preset 720p-h264 --from 6:58\n"
    "\n"
    "exit: 0 pass or warn, 7 fail; others as of all commands.";

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("verify", "Compare a rendered file with what it was made of");
  command->footer(kFooter);
  auto options = std::make_shared<Options>();
  RenderOptions& render = options->render;
  command->add_option("OUT", options->output, "the rendered file, or its address in a store")
      ->required();
  CLI::Option* against = command->add_option("--against", render.file, "the timeline");
  CLI::Option* source =
      command->add_option("--source", options->sources, "the recording, as of rushes transcode")
          ->excludes(against);
  command
      ->add_option(
          "--set", render.set,
          "name=value for a variable of the timeline, or a field of the preset; repeatable")
      ->allow_extra_args(false);
  add_access_options(*command, render.access);
  command->add_flag("--preview", render.preview, "it was rendered with --preview")
      ->excludes(source);
  command->add_option("--frames", render.frames, "A:B, if only these were rendered")
      ->excludes(source);
  command
      ->add_option("--preset", options->preset,
                   "of the recording; default: by the ending, as of rushes transcode")
      ->excludes(against);
  command->add_option("--quality", options->quality, "of the recording, as of rushes transcode")
      ->excludes(against);
  command->add_option("--from", options->from, "of the recording, as of rushes transcode")
      ->excludes(against);
  command->add_option("--to", options->to, "likewise")->excludes(against);
  command->add_option("--clock-offset", options->clock_offset, "likewise")->excludes(against);
  command->add_option("--report", options->report,
                      "FILE.json, where the report goes, and FILE.html; default: OUT.qc.json,\n"
                      "also in a bucket");
  command->add_option("--ssim", render.verify_limits.least_ssim, kSsimHelp)
      ->check(CLI::Range(0.0, 1.0));
  add_render_options(*command, render);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rushes::app
