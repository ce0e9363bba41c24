#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/uri.h"
#include "buckets.h"
#include "chapters.h"
#include "commands.h"
#include "console.h"
#include "delete_sources.h"
#include "far_folders.h"
#include "file_identity.h"
#include "ladder.h"
#include "left_out.h"
#include "numbers.h"
#include "output_path.h"
#include "output_template.h"
#include "preset.h"
#include "recording.h"
#include "render_job.h"
#include "render_options.h"
#include "schema/codecs.h"
#include "schema/schemas.h"
#include "task_runner.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Options {
  std::vector<std::string> files;
  std::string preset;   // empty: kLadderPreset, or by the output's ending
  std::string ladder;   // empty: as the preset says
  std::string quality;  // "ssim=0.98"; empty: as the preset says
  std::vector<std::string> set, fields;
  std::string from, to, clock_offset;
  bool delete_sources = false;  // once their outputs are verified
  std::string may_lose;         // "sound,data": with them
  RenderOptions render;
};

std::string preset_name(const Options& options) {
  if (!options.preset.empty()) return options.preset;
  if (!options.ladder.empty()) return kLadderPreset;
  return usual_preset(options.render.output, options.set);
}

// Fields of the preset that the command line sets.
base::Result<std::vector<std::string>> fields_to_set(const Options& options) {
  std::vector<std::string> set = options.set;
  ASSIGN_OR_RETURN(const std::string quality, quality_field(options.quality, set));
  if (!quality.empty()) set.push_back(quality);
  return set;
}

// A recording on its way.
struct Job {
  std::string input;  // as named
  std::vector<std::string> chapters;
  base::Status status;
  bool done = false;
  base::Rational seconds;  // of video, if it was read
  std::string left_out;    // of the recording, if it would be deleted
  RenderOptions render;
  Rendered rendered;  // if `done`
  json report = json::object();
};

class Transcode {
 public:
  Transcode(const Options& options, Console& console) : options_(options), console_(console) {}

  base::Status run(json& report) {
    Progress progress(console_, ProgressStyle::kNone);
    ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console_, progress));
    buckets_.emplace(telling(runner));
    base::Status prepared = prepare(runner);
    report["warnings"] = runner.warnings();
    report["diagnostics"] = runner.diagnostics();
    if (!prepared.ok()) return prepared;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      Job& job = jobs_[i];
      if (job.status.ok()) {
        job.render.place = place_of(i);
        announce(job, i + 1);
        auto rendered = render_to_its_place(job);
        job.done = rendered.ok();
        if (rendered.ok()) {
          job.rendered = *std::move(rendered);
        } else {
          job.status = std::move(rendered).error();
        }
      }
      if (!job.status.ok() && job.status.error().code == base::Code::kCancelled) {
        return job.status;
      }
      if (!job.status.ok() && jobs_.size() > 1) console_.error(job.status.error());
    }
    if (options_.delete_sources) RETURN_IF_ERROR(delete_what_passed(runner));
    report["warnings"] = runner.warnings();
    return result(report);
  }

  // Also when it was cancelled.
  void add_results(json& report) {
    report["results"] = json::array();
    for (Job& job : jobs_) {
      job.report["input"] = job.input;
      job.report["ok"] = job.done;
      if (!job.status.ok()) job.report["error"] = error_json(job.status.error());
      report["results"].push_back(job.report);
    }
  }

 private:
  // All that can be found wrong before anything is rendered.
  base::Status prepare(TaskRunner& runner) {
    ASSIGN_OR_RETURN(const auto set, fields_to_set(options_));
    ASSIGN_OR_RETURN(preset_, load_preset(preset_name(options_), set));
    if (!options_.quality.empty()) preset_.set[kQualityPath] = "--quality";
    for (const schema::Diagnostic& d : preset_.diagnostics) runner.show(d);
    if (schema::has_errors(preset_.diagnostics)) return summary_of(preset_.diagnostics);
    if (!options_.ladder.empty()) RETURN_IF_ERROR(set_ladder(preset_, options_.ladder));
    if (is_ladder(preset_) && !options_.render.verify.empty()) {
      return usage_error("--verify compares files, and a ladder is a folder of pieces");
    }
    ASSIGN_OR_RETURN(span_, parse_span(options_.from, options_.to, options_.clock_offset));
    ASSIGN_OR_RETURN(const Variables given, parse_variables(options_.fields, "--field"));
    ASSIGN_OR_RETURN(may_lose_, parse_contents(options_.may_lose));
    RETURN_IF_ERROR(choose_name());
    RETURN_IF_ERROR(fit_to_file(preset_, name_));
    find_recordings(runner);
    if (!options_.render.subtitles.empty() && (!is_ladder(preset_) || jobs_.size() > 1)) {
      return usage_error("--subtitles are those of one recording, with --ladder");
    }
    if (jobs_.size() > 1 && options_.render.verify.ends_with(".json")) {
      return usage_error("several recordings have a report each, beside their outputs: --verify");
    }
    for (size_t i = 0; i < jobs_.size(); ++i) {
      Job& job = jobs_[i];
      if (job.status.ok()) job.status = plan(job, i + 1, runner, given);
      // A mistake of the command line is one of all recordings.
      if (!job.status.ok() && job.status.error().number == kUsage) return job.status;
    }
    return check_outputs();
  }

  // Where there is none, whoever renders says so.
  std::string cache() const {
    auto folder = cache_folder(options_.render.cache);
    return folder.ok() ? *std::move(folder) : std::string();
  }

  void find_recordings(TaskRunner& runner) {
    for (NamedRecording& found :
         recordings_of(options_.files, probe_by(runner, cache()), far_folders(*buckets_, runner))) {
      Job job{.input = found.input, .render = options_.render};
      if (found.chapters.ok()) {
        job.chapters = *std::move(found.chapters);
        for (const std::string& chapter : job.chapters) {
          job.report["chapters"].push_back(base::shown_uri(chapter));
        }
      } else {
        job.status = std::move(found.chapters).error();
      }
      jobs_.push_back(std::move(job));
    }
  }

  // When all is rendered: a file may be part of several recordings.
  base::Status delete_what_passed(TaskRunner& runner) {
    std::vector<MadeOf> recordings;
    for (const Job& job : jobs_) {
      recordings.push_back(
          {job.input, job.chapters, job.done ? &job.rendered : nullptr, job.left_out});
    }
    const auto identity_of = [this](const std::string& output) -> base::Result<std::string> {
      if (!base::is_uri(output)) return file_identity(output);
      ASSIGN_OR_RETURN(const FarFile file, buckets_->stat(output));
      return far_identity(file.size, file.version);
    };
    ASSIGN_OR_RETURN(const std::vector<Fate> fates, delete_sources(recordings, identity_of));
    for (size_t i = 0; i < jobs_.size(); ++i) {
      const Fate& fate = fates[i];
      jobs_[i].report["deleted"] = fate.deleted;
      for (const std::string& path : fate.deleted) console_.say("deleted " + path);
      if (fate.kept.empty()) continue;
      jobs_[i].report["kept"] = fate.kept;
      runner.warn(kSourceKept, "it was not deleted: " + fate.kept, jobs_[i].input);
    }
    return {};
  }

  BatchPlace place_of(size_t i) const {
    BatchPlace place{.number = i + 1, .of = jobs_.size()};
    for (size_t k = i + 1; k < jobs_.size(); ++k) {
      if (jobs_[k].status.ok()) place.seconds_after += jobs_[k].seconds.to_double();
    }
    return place;
  }

  // Whose events follow.
  void announce(const Job& job, size_t number) {
    if (!console_.json()) return;
    console_.event({{"type", "recording"},
                    {"number", number},
                    {"of", jobs_.size()},
                    {"input", job.input},
                    {"output", base::shown_uri(job.render.output)}});
  }

  base::Status choose_name() {
    name_ = options_.render.output;
    if (is_ladder(preset_)) return choose_folder();
    std::error_code unknown;
    const bool folder =
        name_.ends_with('/') || (!base::is_uri(name_) && fs::is_directory(name_, unknown));
    if (name_.empty() || folder) {
      name_ = (fs::path(without_fields(name_)) /
               ("{name}_{preset}." + preset_.document.value("format", "mp4")))
                  .string();
    } else if (options_.files.size() > 1 && !is_template(name_)) {
      return usage_error(
          "several recordings need a name with fields, as -o \"{name}.mp4\", or a folder");
    }
    return {};
  }

  // Of a ladder, which is the folder itself, whether it is there or not.
  base::Status choose_folder() {
    if (name_.empty()) name_ = "{name}_{preset}";
    if (schema::container_of(name_) != nullptr) {
      return usage_error("a ladder is a folder: -o names a folder (is \"" + name_ + "\")");
    }
    if (options_.files.size() > 1 && !is_template(name_)) {
      return usage_error("several recordings need a name with fields, as -o \"{name}_hls\"");
    }
    return {};
  }

  base::Status plan(Job& job, size_t number, TaskRunner& runner, const Variables& given) {
    const RecordingRequest request{.input = job.input,
                                   .chapters = job.chapters,
                                   .preset = preset_,
                                   .span = span_,
                                   .store = cache(),
                                   .looks_behind = options_.delete_sources};
    ASSIGN_OR_RETURN(Recording recording, read_recording(request, runner));
    job.render.timeline = std::move(recording.timeline);
    job.render.access = std::move(recording.access);
    job.render.subtitles_begin = recording.begins;
    job.seconds = recording.seconds;

    Fields fields = recording_fields(name_of(job), number,
                                     recording.chapters[0].info.value("creation_time", ""));
    fields["preset"] = preset_.name;
    fields.insert(given.begin(), given.end());
    ASSIGN_OR_RETURN(const std::string output, fill_template(name_, fields));
    job.render.output =
        base::is_uri(output) ? output : fs::absolute(output).lexically_normal().string();
    RETURN_IF_ERROR(check_name(output, "output \"" + base::shown_uri(output) + "\""));
    job.left_out =
        left_out(recording.chapters, held_by(job.render.output, preset_.document), may_lose_);
    if (is_ladder(preset_)) {
      job.render.hls = job.render.output;
      job.render.hls_alone = true;
      if (job.render.segment.empty()) job.render.segment = kLadderSegment;
    }
    return check(job.render.transfer, job.render.output);
  }

  // As it was named, if that is its first file: not what a link leads to.
  static std::string name_of(const Job& job) {
    std::error_code error;
    const fs::path named = fs::absolute(job.input, error);
    if (base::is_uri(job.input) || error) return job.chapters[0];
    const bool is_first = fs::equivalent(named, job.chapters[0], error);
    return is_first ? named.lexically_normal().string() : job.chapters[0];
  }

  // Folders of a name with fields are made.
  base::Result<Rendered> render_to_its_place(Job& job) const {
    if (is_template(options_.render.output) && !base::is_uri(job.render.output)) {
      std::error_code error;
      fs::create_directories(fs::path(job.render.output).parent_path(), error);
      if (error) {
        return unusable(
            base::from_errno(error.value(), "the folder of output \"" + job.render.output + "\""));
      }
    }
    return render(job.render, console_, job.report);
  }

  // No two write to one file, and none to what another reads.
  base::Status check_outputs() const {
    std::map<std::string, std::string> taken;
    std::set<std::string> read;
    for (const Job& job : jobs_) read.insert(job.chapters.begin(), job.chapters.end());
    for (const Job& job : jobs_) {
      if (!job.status.ok()) continue;
      const std::string& output = job.render.output;
      if (read.contains(output)) {
        base::Error error =
            base::invalid_argument("output \"" + base::shown_uri(output) + "\" is a recording");
        error.number = kOutputIsInput;
        return error;
      }
      const auto [at, is_new] = taken.try_emplace(output, job.input);
      if (is_new) continue;
      return usage_error(fmt::format("\"{}\" and \"{}\" would both be written to \"{}\"",
                                     at->second, job.input, base::shown_uri(output)));
    }
    return {};
  }

  base::Status result(json& report) {
    size_t failed = 0;
    std::optional<base::Error> first;
    for (const Job& job : jobs_) {
      if (job.status.ok()) continue;
      ++failed;
      if (!first) first = job.status.error();
    }
    report["failed"] = failed;
    if (!first) return {};
    if (jobs_.size() == 1) return *first;
    // Each was told.
    base::Error error = *first;
    error.message = fmt::format("{} of {} recordings failed", failed, jobs_.size());
    return error;
  }

  const Options& options_;
  Console& console_;
  Preset preset_;
  TranscodeSpan span_;
  std::set<Content> may_lose_;
  std::optional<Buckets> buckets_;
  std::string name_;  // of outputs, with fields
  std::vector<Job> jobs_;
};

int run(const Options& options) {
  Console console;
  if (options.render.progress == "json") console.use_json();
  json report = {{"version", 1}, {"command", "transcode"}, {"preset", preset_name(options)}};
  Transcode transcode(options, console);
  const base::Status status = transcode.run(report);
  transcode.add_results(report);
  return end_command(console, status, report, options.render.json);
}

std::string footer() {
  return fmt::format(
      "Each IN is a recording: a file, the first chapter of what a GoPro, DJI or Insta360 camera\n"
      "recorded, or a folder that holds one, here or in a bucket (s3://bucket/folder/). Presets: "
      "{},\n"
      "or a file\n"
      "(see rushes presets). Several recordings are rendered one after the other; one that fails\n"
      "does not stop the others. Fields of names: name, folder, date, preset, number, and those "
      "of\n"
      "--field. Finished pieces are kept: a transcode that was stopped goes on where it was.\n"
      "\n"
      "examples:\n"
      "  rushes transcode game.mp4                               makes game_1080p-h264.mp4\n"
      "  rushes transcode GX010123.MP4 --from 6:58 --to 56:18 -o game.mp4\n"
      "  rushes transcode angle*.mp4 --from 2026-02-03T01:00:00Z -o out/\n"
      "  rushes transcode card/*.MP4 -o out/ --preset 720p-h264 --set video.crf=26\n"
      "  rushes transcode card/*.MP4 -o out/ --verify --delete-source-after-verify\n"
      "  rushes transcode game.mp4 --ladder -o game_hls\n"
      "  rushes transcode s3://games/GX010123.MP4 --ladder -o \"s3://deliver/{{name}}/\"\n"
      "  rushes transcode *.mp4 --field court=3 -o \"{{court}}/{{date}}/{{name}}.mp4\"",
      fmt::join(schema::preset_names(), ", "));
}

}  // namespace

void add_transcode(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("transcode", "Make recordings into what a preset says");
  command->footer(footer());
  auto options = std::make_shared<Options>();
  command->add_option("IN", options->files, "recordings")->required();
  command->add_option("-o,--output", options->render.output,
                      "a file, a folder, or a name with {fields}; default: {name}_{preset}, ending "
                      "as the preset says");
  command->add_option("--preset", options->preset,
                      "its name, or a file that ends in .json; default: 1080p-h264, for a .webm or "
                      "a\n.gif the one of that name");
  // Its value needs a "=": what follows may be the name of an input.
  command->add_flag(
      std::string("--ladder{") + kUsualLadder + "}", options->ladder,
      "HLS and DASH in several sizes, decoded once: -o is a folder, here or in a bucket.\n"
      "--ladder=720,360 says which, by their lines; default: those of the preset, else of "
      "\"ladder\"");
  command
      ->add_option("--set", options->set,
                   "a field of the preset, as video.crf=23 or audio=false; repeatable")
      ->allow_extra_args(false);
  command->add_option(
      "--quality", options->quality,
      "ssim=0.98: in place of crf, how like each segment is to the recording at least;\n"
      "what crf that takes is found by encoding it two or three times; --verify measures by it");
  add_subtitles(*command, options->render);
  command->add_option("--field", options->fields, "name=value for the names of outputs; repeatable")
      ->allow_extra_args(false);
  command->add_option("--from", options->from,
                      "6:58, 418.5, 12540f (a frame), or a time of day (default: the start)");
  command->add_option("--to", options->to,
                      "likewise; what begins there is left out (default: the end)");
  command->add_option("--clock-offset", options->clock_offset,
                      "by how much the camera's clock is ahead of UTC: 8:00:00, -5:00:00");
  add_verify_options(*command, options->render);
  command
      ->add_flag(
          "--delete-source-after-verify", options->delete_sources,
          "delete a recording once its output is written, verified and has passed without a\n"
          "warning; with --verify. Links and files with other names stay")
      ->needs("--verify")
      ->excludes("--from")
      ->excludes("--to");
  command
      ->add_option("--may-lose", options->may_lose,
                   "picture,sound,subtitles,data: a recording is deleted though it holds more of "
                   "these than its\noutput (data: of the camera's sensors, timecode)")
      ->needs("--delete-source-after-verify");
  add_render_options(*command, options->render);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rushes::app
