#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "base/rational.h"
#include "base/uri.h"
#include "buckets.h"
#include "cache_folder.h"
#include "chapters.h"
#include "commands.h"
#include "console.h"
#include "cut_request.h"
#include "exact_cut.h"
#include "far_folders.h"
#include "numbers.h"
#include "task_runner.h"
#include "transfer_options.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Options {
  std::vector<std::string> files;
  std::string from, to, clock_offset;
  std::string mode = "copy";
  std::string output;               // with fields
  std::vector<std::string> fields;  // "name=value"
  RenderOptions render;             // of what is encoded anew: workers, memory, and the cache
  TransferOptions transfer;
  bool json = false;
};

// "6:58.033": for people.
std::string time_text(const base::Rational& t) {
  const int64_t ms = (t * 1000).round();
  const int64_t s = ms / 1000;
  const std::string part = ms % 1000 != 0 ? fmt::format(".{:03}", ms % 1000) : "";
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}{}", s / 3600, s / 60 % 60, s % 60, part);
  return fmt::format("{}:{:02}{}", s / 60, s % 60, part);
}

CutRequest request_of(const Options& options, const std::vector<std::string>& chapters) {
  return {.chapters = chapters,
          .from = options.from,
          .to = options.to,
          .clock_offset = options.clock_offset,
          .mode = options.mode};
}

// How far a cut by whole pictures is off from what was asked for.
base::Result<std::string> misses(const json& result) {
  std::string text;
  for (const auto& [key, asked] : {std::pair("from", "asked_from"), std::pair("to", "asked_to")}) {
    if (!result.contains(asked)) continue;
    ASSIGN_OR_RETURN(const base::Rational got,
                     base::Rational::parse(result.at(key).get<std::string>()));
    ASSIGN_OR_RETURN(const base::Rational want,
                     base::Rational::parse(result.at(asked).get<std::string>()));
    const int64_t ms = ((got - want) * 1000).round();
    if (ms == 0) continue;
    text += fmt::format(", {} {}.{:03} s {} than asked", *key == 'f' ? "begins" : "ends",
                        std::abs(ms) / 1000, std::abs(ms) % 1000, ms < 0 ? "earlier" : "later");
  }
  return text;
}

// In the cache. What cannot be remembered is no reason not to upload.
void remember_upload(const Options& options, TaskRunner& runner, json& task) {
  const auto folder = cache_folder(options.render.cache);
  base::Status usable = folder.ok() ? base::Status() : folder.error();
  if (usable.ok()) {
    const auto store = store::FileStore::open(*folder);
    usable = store.ok() ? store->check_writable() : store.error();
  }
  if (usable.ok()) {
    task["store"] = *folder;
  } else {
    runner.warn(base::kUploadForgotten,
                "an upload that is stopped begins anew: " + usable.error().message, "");
  }
}

class Cut {
 public:
  Cut(const Options& options, Console& console, json& report)
      : options_(options), console_(console), report_(report) {}

  base::Status run() {
    if (options_.output.empty()) {
      return usage_error("-o says what to write: a file, or s3://bucket/key");
    }
    if (options_.output == "-") {
      return usage_error("a cut is written to a file or a store, and not to stdout (-o -)");
    }
    ASSIGN_OR_RETURN(const Variables fields, parse_variables(options_.fields, "--field"));
    RETURN_IF_ERROR(check(options_.transfer, options_.output));
    if (options_.mode != "exact" &&
        (options_.render.workers > 0 || !options_.render.memory.empty())) {
      return usage_error("--workers and --memory go with --mode exact");
    }
    Progress progress(console_, ProgressStyle::kAuto);
    ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console_, progress));
    Buckets buckets(telling(runner));
    ASSIGN_OR_RETURN(chapters_,
                     chapters_of(options_.files, probe_by(runner), far_folders(buckets, runner)));
    for (const std::string& chapter : chapters_) {
      report_["chapters"].push_back(base::shown_uri(chapter));
    }
    base::Status status = choose_output(fields, runner);
    if (status.ok()) status = run_with(runner, progress);
    progress.finish();
    json warnings = runner.warnings();
    for (const json& warning : report_.value("warnings", json::array())) {
      warnings.push_back(warning);
    }
    report_["warnings"] = std::move(warnings);
    if (status.ok()) return tell();
    // Whoever names one file knows which.
    if (chapters_.size() > 1) return status;
    return of_file(std::move(status).error(), chapters_[0]);
  }

 private:
  // Folders of a name with fields are made.
  base::Status choose_output(const Variables& fields, TaskRunner& runner) {
    ASSIGN_OR_RETURN(output_, cut_output({options_.output, fields}, chapters_[0], runner));
    if (base::is_uri(output_)) return {};
    output_ = fs::absolute(output_).lexically_normal().string();
    if (!is_template(options_.output)) return {};
    std::error_code error;
    fs::create_directories(fs::path(output_).parent_path(), error);
    if (!error) return {};
    return unusable(base::from_errno(error.value(), "the folder of output \"" + output_ + "\""));
  }

  // Before anything is encoded for it; whoever writes it looks again.
  base::Status check_output() const {
    if (base::is_uri(output_)) return {};
    std::error_code unknown;
    base::Error error;
    if (!fs::is_directory(fs::path(output_).parent_path(), unknown)) {
      error = base::not_found("output \"" + output_ + "\": there is no folder \"" +
                              fs::path(output_).parent_path().string() + "\"");
      error.number = kOutputUnusable;
      return error;
    }
    for (const std::string& chapter : chapters_) {
      if (base::is_uri(chapter) || !fs::equivalent(output_, chapter, unknown)) continue;
      error = base::invalid_argument("output \"" + output_ + "\" is a recording");
      error.number = kOutputIsInput;
      return error;
    }
    return {};
  }

  base::Status run_with(TaskRunner& runner, Progress& progress) {
    std::optional<WorkFolder> work;  // of what the task reads
    json task;
    if (options_.mode == "exact") {
      RETURN_IF_ERROR(check_output());
      ASSIGN_OR_RETURN(WorkFolder folder, WorkFolder::create());
      work.emplace(std::move(folder));
      ASSIGN_OR_RETURN(task, render_exact({.cut = request_of(options_, chapters_),
                                           .render = options_.render,
                                           .picture = work->path("picture.mp4")},
                                          runner, console_, report_));
    } else {
      ASSIGN_OR_RETURN(task, cut_task(request_of(options_, chapters_)));
    }
    // What stays as it is may stay in its bucket.
    const bool is_joined = base::is_uri(output_) && options_.mode != "exact";
    task["outputs"]["output"] = is_joined ? joined_output(output_, chapters_) : json(output_);
    RETURN_IF_ERROR(grant(task, options_.transfer));
    if (base::is_uri(output_)) remember_upload(options_, runner, task);
    progress.start_phase("cut");
    ASSIGN_OR_RETURN(const auto outcomes, runner.run({{"cut", task}}));
    result_ = outcomes[0].result;
    written_ = outcomes[0].outputs.at("output");
    report_["bytes"] = written_.at("bytes");
    return {};
  }

  base::Status tell() {
    ASSIGN_OR_RETURN(const std::string off, misses(result_));
    ASSIGN_OR_RETURN(const base::Rational from,
                     base::Rational::parse(result_.at("from").get<std::string>()));
    ASSIGN_OR_RETURN(const base::Rational to,
                     base::Rational::parse(result_.at("to").get<std::string>()));
    result_["begins"] = std::move(result_["chapters"]);
    result_.erase("chapters");
    report_.update(result_);
    report_["output"] = output_;
    const size_t more = chapters_.size() - 1;
    console_.say(fmt::format("{}: {} to {} of {}{}{}", output_, time_text(from), time_text(to),
                             fs::path(base::shown_uri(chapters_[0])).filename().string(),
                             more > 0 ? fmt::format(" and {} more", more) : "", off));
    if (const auto copied = written_.value("copied", uint64_t{0}); copied > 0) {
      report_["copied_by_server"] = copied;
      console_.say(fmt::format("{} of {} copied within the bucket, by its server",
                               size_text(copied), size_text(written_.at("bytes").get<uint64_t>())));
    }
    if (const auto encoded = result_.at("encoded").get<int64_t>(); encoded > 0) {
      console_.say(fmt::format("{} of {} frames encoded anew", encoded,
                               result_.at("frames").get<int64_t>()));
    }
    return {};
  }

  const Options& options_;
  Console& console_;
  json& report_;
  std::string output_;
  std::vector<std::string> chapters_;
  json result_, written_;
};

int cut(const Options& options) {
  Console console;
  json report = {{"version", 1}, {"command", "cut"}};
  const base::Status status = Cut(options, console, report).run();
  return end_command(console, status, report, options.json);
}

constexpr char kFooter[] =
    "IN is an MP4 or QuickTime file, several that follow one another, the first chapter of what a\n"
    "GoPro, DJI or Insta360 camera recorded, or a folder that holds one, here or in a bucket\n"
    "(s3://bucket/folder/). Nothing is encoded again: the cut begins with the last keyframe that\n"
    "is not after --from, and says how far that is off. With --mode smart it begins with the "
    "frame\n"
    "that is shown then, and a few frames at its ends are encoded anew; with --mode exact all of\n"
    "them are. Everything that the camera recorded beside the picture is kept.\n"
    "\n"
    "examples:\n"
    "  rushes cut GX010123.MP4 --from 6:58 --to 56:18 -o game.mp4\n"
    "  rushes cut game.mp4 --mode smart --from 418.2 --to 12540f -o exact.mp4\n"
    "  rushes cut a.mp4 b.mp4 --to 12540f -o both.mp4\n"
    "  rushes cut GX010123.MP4 --to 56:18 -o s3://games/game.mp4   goes on after a crash\n"
    "  rushes cut /media/card -o \"{date}/{name}.mp4\"\n"
    "  rushes cut card/ --from 2026-02-03T01:00:00Z --clock-offset 8:00:00 -o match.mp4";

}  // namespace

void add_cut(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("cut", "Take a part of a recording, without encoding all of it");
  command->footer(kFooter);
  auto options = std::make_shared<Options>();
  command->add_option("IN", options->files, "the recording")->required();
  command->add_option(
      "--from", options->from,
      "6:58, 418.5, 12540f (a frame), or a time of day in UTC (default: the start)");
  command->add_option("--to", options->to,
                      "likewise; what begins there is left out (default: the end)");
  command->add_option("--clock-offset", options->clock_offset,
                      "by how much the camera's clock is ahead of UTC: 8:00:00, -5:00:00");
  command
      ->add_option(
          "--mode", options->mode,
          "copy: from the keyframe before. smart: to the frame, encoding anew only what is "
          "before the\nfirst keyframe and after the last frames that stand alone. exact: to the "
          "frame, encoding\nall of the picture anew")
      ->check(CLI::IsMember({"copy", "smart", "exact"}))
      ->capture_default_str();
  command->add_option(
      "-o,--output", options->output,
      "the MP4 or QuickTime file to write, or s3://bucket/key, gs://bucket/key; with "
      "{fields}:\nname, folder, date, number, and those of --field");
  command
      ->add_option("--field", options->fields, "name=value for the name of the output; repeatable")
      ->allow_extra_args(false);
  command->add_option(
      "--cache", options->render.cache.folder,
      "where an upload that was stopped is remembered, and what was encoded; default:\n"
      "$RUSHES_CACHE, else ~/.cache/rushes");
  command
      ->add_option("--workers", options->render.workers,
                   "processes that encode with --mode exact; default: by the cores")
      ->check(CLI::Range(1, 256));
  command->add_option("--memory", options->render.memory,
                      "for all of them together (\"2G\"); default: 70 % of what there is");
  add_limit_rate(*command, options->transfer);
  command->add_flag("--json", options->json, "print a report as JSON on stdout");
  command->callback([options, &action] { action = [options] { return cut(*options); }; });
}

}  // namespace rushes::app
