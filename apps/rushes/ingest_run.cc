#include "ingest_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/uri.h"
#include "cache_folder.h"
#include "exec/engine_process.h"
#include "exec/task_pool.h"
#include "handovers.h"
#include "signals.h"

namespace rushes::app {
namespace {

using nlohmann::json;
using Stage = Ingested::Stage;

class IngestRun {
 public:
  IngestRun(std::vector<Ingested>& files, const IngestOptions& options, const std::string& engine)
      : files_(files),
        options_(options),
        pool_({.engine = engine},
              [this](size_t task, const json& event) { take(*by_task_.at(task), event); }) {}

  base::Status run() {
    options_.progress.start_phase("ingest, MB:");
    int cancel = cancel_fd();
    bool stopped = false;
    for (;;) {
      if (!stopped) start_more();
      if (count(Stage::kUploads) + count(Stage::kHandsOver) == 0) break;
      if (pool_.wait(cancel)) {
        stopped = true;
        cancel = -1;
        stop();
      }
      for (Ingested& file : files_) look_at(file);
      show_progress();
    }
    if (stopped) return base::Error{base::Code::kCancelled, "cancelled"};
    return {};
  }

 private:
  size_t count(Stage stage) const {
    return static_cast<size_t>(std::ranges::count(files_, stage, &Ingested::stage));
  }

  void start_more() {
    for (Ingested& file : files_) {
      const size_t busy = count(Stage::kUploads) + count(Stage::kHandsOver);
      if (busy >= static_cast<size_t>(options_.jobs)) return;
      if (file.stage != Stage::kWaits) continue;
      describe(file);
      if (!file.status.ok()) {
        end(file, file.status);
        continue;
      }
      // Events come later, from wait().
      by_task_.push_back(&file);
      file.task = pool_.start(file.plan.task);
      file.stage = Stage::kUploads;
    }
  }

  static void describe(Ingested& file) {
    file.report["chapters"] = json::array();
    for (const std::string& chapter : file.plan.chapters) {
      file.report["chapters"].push_back(base::shown_uri(chapter));
    }
    if (!file.plan.output.empty()) file.report["output"] = file.plan.output;
  }

  void stop() {
    pool_.cancel_all();
    for (Ingested& file : files_) {
      if (file.hook) file.hook->cancel();
    }
  }

  void take(Ingested& file, const json& event) {
    const std::string type = exec::text_of(event, "type");
    if (type == "warning") {
      options_.runner.warn(static_cast<int>(exec::number_of(event, "number")),
                           exec::text_of(event, "text"), file.plan.input);
    } else if (type == "progress") {
      const auto done = static_cast<uint64_t>(std::max<int64_t>(exec::number_of(event, "done"), 0));
      const auto total =
          static_cast<uint64_t>(std::max<int64_t>(exec::number_of(event, "total"), 0));
      file.total = std::max(total, uint64_t{1});
      file.done = std::max(file.done, std::min(done, file.total));
    }
  }

  void look_at(Ingested& file) {
    if (file.stage == Stage::kUploads && pool_.ended(file.task)) {
      const exec::TaskOutcome& outcome = pool_.outcome(file.task);
      if (!outcome.status.ok()) {
        base::Error error = outcome.status.error();
        return end(file, file.plan.chapters.size() == 1
                             ? of_input(std::move(error), file)
                             : std::move(error).in("\"" + file.plan.input + "\""));
      }
      note(file, outcome.outputs.at("output"));
      hand_over(file);
    }
    if (file.stage == Stage::kHandsOver) {
      auto ended = file.hook->poll();
      if (!ended) return;
      file.hook.reset();
      end_handover(file, *std::move(ended));
    }
  }

  static base::Error of_input(base::Error error, const Ingested& file) {
    if (error.code == base::Code::kCancelled) return error;
    return std::move(error).in("\"" + file.plan.input + "\"");
  }

  // It is in the bucket.
  void note(Ingested& file, const json& output) {
    file.stored = true;
    file.existed = output.value("existed", false);
    file.bytes = output.value("bytes", uint64_t{0});
    file.version = output.value("version", "");
    file.done = file.total;
    file.report["state"] = file.existed ? "there" : "uploaded";
    file.report["bytes"] = file.bytes;
    file.report["version"] = file.version;
    file.report["reused"] = output.value("reused", uint64_t{0});
    options_.console.say(fmt::format("{}: {} ({}){}", file.plan.input, file.plan.output,
                                     size_text(file.bytes), file.existed ? ", there already" : ""));
  }

  Handover handover_of(const Ingested& file) const {
    return {.uri = file.plan.output, .version = file.version, .command = options_.on_done};
  }

  void hand_over(Ingested& file) {
    if (options_.on_done.empty()) return end(file, {});
    if (is_handed_over(options_.journal, handover_of(file))) {
      file.report["handed_over"] = "earlier";
      return end(file, {});
    }
    json about = file.report;
    about["version"] = 1;
    about["object_version"] = file.version;
    about["input"] = file.plan.input;
    const std::string first = base::shown_uri(file.plan.chapters[0]);
    auto hook = Hook::start({.command = options_.on_done,
                             .variables = {{"RUSHES_INPUT", first},
                                           {"RUSHES_OUTPUT", file.plan.output},
                                           {"RUSHES_BYTES", std::to_string(file.bytes)},
                                           {"RUSHES_VERSION", file.version}},
                             .about = std::move(about)});
    if (!hook.ok()) return end_handover(file, std::move(hook).error());
    file.hook = *std::move(hook);
    file.stage = Stage::kHandsOver;
  }

  void end_handover(Ingested& file, base::Status status) {
    if (status.ok()) {
      status = note_handover(options_.journal, handover_of(file));
      file.report["handed_over"] = "now";
    }
    if (!status.ok()) status = of_input(std::move(status).error(), file);
    end(file, std::move(status));
  }

  void end(Ingested& file, base::Status status) {
    file.stage = Stage::kEnded;
    file.status = std::move(status);
    if (!file.status.ok() && files_.size() > 1 &&
        file.status.error().code != base::Code::kCancelled) {
      options_.console.error(file.status.error());
    }
  }

  void show_progress() {
    constexpr uint64_t kUnit = 1'000'000;
    uint64_t done = 0, total = 0;
    for (const Ingested& file : files_) {
      if (!file.status.ok()) continue;
      done += file.done;
      total += file.total;
    }
    options_.progress.update(static_cast<int64_t>(done / kUnit),
                             static_cast<int64_t>(std::max(total / kUnit, uint64_t{1})));
    options_.progress.tick();
  }

  std::vector<Ingested>& files_;
  const IngestOptions& options_;
  std::vector<Ingested*> by_task_;
  exec::TaskPool pool_;
};

}  // namespace

base::Status ingest_all(std::vector<Ingested>& files, const IngestOptions& options) {
  ASSIGN_OR_RETURN(const std::string engine, exec::find_engine());
  return IngestRun(files, options, engine).run();
}

}  // namespace rushes::app
