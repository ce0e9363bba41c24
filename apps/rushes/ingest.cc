#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "base/uri.h"
#include "cache_folder.h"
#include "commands.h"
#include "console.h"
#include "ingest_plan.h"
#include "ingest_run.h"
#include "numbers.h"
#include "progress.h"
#include "store/file_store.h"
#include "task_runner.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

using nlohmann::json;

struct Options {
  IngestRequest request;
  std::string on_done;
  int jobs = 2;
  CacheOptions cache;
  bool json = false;
};

class Ingest {
 public:
  Ingest(const Options& options, Console& console) : options_(options), console_(console) {}

  base::Status run(json& report) {
    Progress progress(console_, ProgressStyle::kAuto);
    ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console_, progress));
    base::Status status = run_with(runner, progress);
    progress.finish();
    report["warnings"] = runner.warnings();
    if (status.ok()) status = outcome(report);
    return status;
  }

  // Also when it was cancelled.
  void add_results(json& report) const {
    report["results"] = json::array();
    for (const Ingested& file : files_) {
      json result = file.report;
      result["input"] = file.plan.input;
      result["ok"] = file.is_done();
      if (!file.status.ok()) result["error"] = error_json(file.status.error());
      report["results"].push_back(std::move(result));
    }
  }

 private:
  base::Status run_with(TaskRunner& runner, Progress& progress) {
    if (options_.request.output.empty()) {
      return usage_error("-o says where to: s3://bucket/{name}.mp4");
    }
    ASSIGN_OR_RETURN(const std::string folder, journal_folder());
    ASSIGN_OR_RETURN(const WorkFolder work, WorkFolder::create());
    IngestRequest request = options_.request;
    request.journal = folder;
    request.rate_file = work.path("rate");
    ASSIGN_OR_RETURN(std::vector<IngestPlan> plans, plan_ingest(request, runner));
    for (IngestPlan& plan : plans) files_.emplace_back(std::move(plan));
    return ingest_all(files_, {.console = console_,
                               .progress = progress,
                               .runner = runner,
                               .journal = folder,
                               .on_done = options_.on_done,
                               .jobs = options_.jobs});
  }

  // What is not remembered would be sent again.
  base::Result<std::string> journal_folder() const {
    ASSIGN_OR_RETURN(std::string folder, cache_folder(options_.cache));
    const auto store = store::FileStore::open(folder);
    const base::Status usable = store.ok() ? store->check_writable() : store.error();
    if (usable.ok()) return folder;
    base::Error error = usable.error();
    error.number = kCacheUnusable;
    return std::move(error).in("what is ingested is remembered in the cache");
  }

  base::Status outcome(json& report) {
    size_t uploaded = 0, failed = 0;
    uint64_t bytes = 0;
    const base::Error* first = nullptr;
    for (const Ingested& file : files_) {
      uploaded += file.is_uploaded() ? 1 : 0;
      bytes += file.is_uploaded() ? file.bytes : 0;
      if (file.status.ok()) continue;
      ++failed;
      if (first == nullptr) first = &file.status.error();
    }
    size_t there = 0;
    for (const Ingested& file : files_) there += file.was_there() ? 1 : 0;
    report["uploaded"] = uploaded;
    report["there"] = there;
    report["failed"] = failed;
    console_.say(fmt::format("{} {}: {} uploaded ({}), {} there already, {} failed", files_.size(),
                             files_.size() == 1 ? "recording" : "recordings", uploaded,
                             size_text(bytes), there, failed));
    if (first == nullptr) return {};
    if (files_.size() == 1) return *first;
    // Each was told.
    base::Error error = *first;
    error.message = fmt::format("{} of {} recordings failed", failed, files_.size());
    return error;
  }

  const Options& options_;
  Console& console_;
  std::vector<Ingested> files_;
};

int run(const Options& options) {
  Console console;
  json report = {{"version", 1}, {"command", "ingest"}};
  Ingest ingest(options, console);
  const base::Status status = ingest.run(report);
  ingest.add_results(report);
  return end_command(console, status, report, options.json);
}

constexpr char kFooter[] =
    "Each IN is a recording, as for rushes cut: a file, or the first chapter of what a GoPro, DJI\n"
    "or Insta360 camera recorded; or a folder, of which all recordings are taken. They are copied\n"
    "as they are into one MP4 each, and straight into the bucket: nothing but a small journal is\n"
    "written to this machine. What\n"
    "was stopped, by Ctrl-C, a power cut or a line that was down for too long, is gone on with by\n"
    "the same command, and what is there already is not sent again. One that fails does not stop\n"
    "the others.\n"
    "\n"
    "Fields of names: name, folder, date, number, and those of --field.\n"
    "\n"
    "--on-done COMMAND is run by sh -c for each recording once it is in the bucket, until it has\n"
    "ended with status 0 once. It finds RUSHES_INPUT (the first file), RUSHES_OUTPUT (the "
    "address),\n"
    "RUSHES_BYTES and RUSHES_VERSION (of the object) in its environment, and one JSON object on "
    "its\n"
    "stdin. Write \"$RUSHES_OUTPUT\" in it, with the quotes.\n"
    "\n"
    "examples:\n"
    "  rushes ingest /media/card -o \"s3://games/{date}/{name}.mp4\"\n"
    "  rushes ingest GX010123.MP4 --from 6:58 --to 56:18 -o s3://games/game.mp4\n"
    "  rushes ingest card/*.MP4 -o s3://games/ --limit-rate 5M --jobs 3\n"
    "  rushes ingest /media/card -o \"s3://games/{court}/{name}.mp4\" --field court=3 \\\n"
    "      --on-done 'curl -fsS --json @- https://jobs.example.org/new'";

}  // namespace

void add_ingest(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("ingest", "Copy recordings into a bucket, over a line that may be bad");
  command->footer(kFooter);
  auto options = std::make_shared<Options>();
  IngestRequest& request = options->request;
  request.transfer.give_up_after = "1h";
  command->add_option("IN", request.files, "recordings, and folders of them")->required();
  command->add_option("-o,--output", request.output,
                      "s3://bucket/key or gs://bucket/key with {fields}; one that ends in / has\n"
                      "{name}.mp4 under it");
  command->add_option("--field", request.fields, "name=value for the names of outputs; repeatable")
      ->allow_extra_args(false);
  command->add_option(
      "--from", request.from,
      "6:58, 418.5, 12540f (a frame), or a time of day in UTC (default: the start)");
  command->add_option("--to", request.to,
                      "likewise; what begins there is left out (default: the end)");
  command->add_option("--clock-offset", request.clock_offset,
                      "by how much the camera's clock is ahead of UTC: 8:00:00, -5:00:00");
  command->add_flag("--replace", request.replace,
                    "also where another object has that name, which is error E0289 otherwise");
  command->add_option("--jobs", options->jobs, "how many recordings at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  add_limit_rate(*command, request.transfer);
  add_give_up_after(*command, request.transfer);
  command->add_option("--on-done", options->on_done,
                      "a command that is run once a recording is in the bucket; see below");
  command->add_option(
      "--cache", options->cache.folder,
      "where is remembered what was uploaded; default: $RUSHES_CACHE, else ~/.cache/rushes");
  command->add_flag("--json", options->json, "print a report as JSON on stdout");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rushes::app
