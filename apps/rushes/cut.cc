#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/rational.h"
#include "base/uri.h"
#include "buckets.h"
#include "cache_folder.h"
#include "chapters.h"
#include "commands.h"
#include "console.h"
#include "cut_request.h"
#include "far_folders.h"
#include "numbers.h"
#include "task_runner.h"
#include "transfer_options.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Options {
  std::vector<std::string> files;
  std::string from, to, clock_offset;
  std::string mode = "copy";
  std::string output;
  CacheOptions cache;
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

base::Result<json> task_of(const Options& options, const std::vector<std::string>& chapters) {
  ASSIGN_OR_RETURN(json task, cut_task({.chapters = chapters,
                                        .from = options.from,
                                        .to = options.to,
                                        .clock_offset = options.clock_offset,
                                        .mode = options.mode}));
  if (base::is_uri(options.output)) {
    task["outputs"]["output"] = joined_output(options.output, chapters);
  } else {
    task["outputs"]["output"] = fs::absolute(options.output).lexically_normal().string();
  }
  RETURN_IF_ERROR(grant(task, options.transfer));
  return task;
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
  const auto folder = cache_folder(options.cache);
  base::Status usable = folder.ok() ? base::Status() : folder.error();
  if (usable.ok()) {
    const auto store = store::FileStore::open(*folder);
    usable = store.ok() ? store->check_writable() : store.error();
  }
  if (usable.ok()) {
    task["store"] = *folder;
  } else {
    runner.warn(kCacheUnusable, "an upload that is stopped begins anew: " + usable.error().message,
                "");
  }
}

base::Status run(const Options& options, Console& console, json& report) {
  Progress progress(console, ProgressStyle::kAuto);
  ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console, progress));
  Buckets buckets(telling(runner));
  ASSIGN_OR_RETURN(const std::vector<std::string> chapters,
                   chapters_of(options.files, probe_by(runner), far_folders(buckets, runner)));
  for (const std::string& chapter : chapters)
    report["chapters"].push_back(base::shown_uri(chapter));
  RETURN_IF_ERROR(check(options.transfer, options.output));
  ASSIGN_OR_RETURN(json task, task_of(options, chapters));
  const json& place = task["outputs"]["output"];
  const std::string output = (place.is_object() ? place["path"] : place).get<std::string>();
  if (base::is_uri(output)) remember_upload(options, runner, task);
  progress.start_phase("cut");
  auto outcomes = runner.run({{"cut", task}});
  progress.finish();
  report["warnings"] = runner.warnings();
  if (!outcomes.ok()) {
    base::Error error = std::move(outcomes).error();
    // Whoever names one file knows which.
    return chapters.size() == 1 ? of_file(std::move(error), chapters[0]) : error;
  }
  json result = (*outcomes)[0].result;
  ASSIGN_OR_RETURN(const std::string off, misses(result));
  ASSIGN_OR_RETURN(const base::Rational from,
                   base::Rational::parse(result.at("from").get<std::string>()));
  ASSIGN_OR_RETURN(const base::Rational to,
                   base::Rational::parse(result.at("to").get<std::string>()));
  result["begins"] = std::move(result["chapters"]);
  result.erase("chapters");
  report.update(result);
  report["output"] = output;
  const json& written = (*outcomes)[0].outputs.at("output");
  report["bytes"] = written.at("bytes");
  console.say(fmt::format(
      "{}: {} to {} of {}{}{}", output, time_text(from), time_text(to),
      fs::path(base::shown_uri(chapters[0])).filename().string(),
      chapters.size() > 1 ? fmt::format(" and {} more", chapters.size() - 1) : "", off));
  if (const auto copied = written.value("copied", uint64_t{0}); copied > 0) {
    report["copied_by_server"] = copied;
    console.say(fmt::format("{} of {} copied within the bucket, by its server", size_text(copied),
                            size_text(written.at("bytes").get<uint64_t>())));
  }
  if (const auto encoded = result.at("encoded").get<int64_t>(); encoded > 0) {
    console.say(
        fmt::format("{} of {} frames encoded anew", encoded, result.at("frames").get<int64_t>()));
  }
  return {};
}

int cut(const Options& options) {
  Console console;
  json report = {{"version", 1}, {"command", "cut"}};
  const base::Status status = run(options, console, report);
  return end_command(console, status, report, options.json);
}

constexpr char kFooter[] =
    "IN is an MP4 or QuickTime file, several that follow one another, the first chapter of what a\n"
    "GoPro, DJI or Insta360 camera recorded, or a folder that holds one, here or in a bucket\n"
    "(s3://bucket/folder/). Nothing is encoded again: the cut begins with the last\n"
    "keyframe that is not after --from, and says how far that is off. With --mode smart it begins\n"
    "with the frame that is shown then, and a few frames at its ends are encoded anew. Everything\n"
    "that the camera recorded beside the picture is kept.\n"
    "\n"
    "examples:\n"
    "  rushes cut GX010123.MP4 --from 6:58 --to 56:18 -o game.mp4\n"
    "  rushes cut game.mp4 --mode smart --from 418.2 --to 12540f -o exact.mp4\n"
    "  rushes cut a.mp4 b.mp4 --to 12540f -o both.mp4\n"
    "  rushes cut GX010123.MP4 --to 56:18 -o s3://games/game.mp4   goes on after a crash\n"
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
          "before the\nfirst keyframe and after the last frames that stand alone")
      ->check(CLI::IsMember({"copy", "smart"}))
      ->capture_default_str();
  command
      ->add_option("-o,--output", options->output,
                   "the file to write, or s3://bucket/key, gs://bucket/key")
      ->required();
  command->add_option(
      "--cache", options->cache.folder,
      "where an upload that was stopped is remembered; default: $RUSHES_CACHE, else\n"
      "~/.cache/rushes");
  add_limit_rate(*command, options->transfer);
  command->add_flag("--json", options->json, "print a report as JSON on stdout");
  command->callback([options, &action] { action = [options] { return cut(*options); }; });
}

}  // namespace rushes::app
