#include "ingest_plan.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <utility>

#include "base/uri.h"
#include "buckets.h"
#include "chapters.h"
#include "cut_request.h"
#include "far_folders.h"
#include "numbers.h"
#include "output_template.h"
#include "timeline_file.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

base::Status check_output(const std::string& output) {
  if (base::is_uri(output) && !output.starts_with("http")) return {};
  return unusable(base::unsupported("output \"" + base::shown_uri(output) +
                                    "\": an ingest writes to s3:// and gs:// alone; rushes cut "
                                    "writes files"));
}

// Of folders, the recordings in them.
std::vector<NamedRecording> find(const std::vector<std::string>& named, const ProbeFile& probe,
                                 const FarFolders& far) {
  std::vector<std::string> files;
  std::vector<NamedRecording> lost;
  for (const std::string& name : named) {
    std::error_code unknown;
    const std::string folder = far_folder(name);
    if (folder.empty() && (base::is_uri(name) || !fs::is_directory(name, unknown))) {
      files.push_back(name);
      continue;
    }
    auto videos = videos_in(folder.empty() ? name : folder, far);
    if (videos.ok()) {
      files.insert(files.end(), videos->begin(), videos->end());
    } else {
      lost.push_back({name, std::move(videos).error()});
    }
  }
  std::vector<NamedRecording> found = recordings_of(files, probe, far);
  std::move(lost.begin(), lost.end(), std::back_inserter(found));
  return found;
}

uint64_t bytes_of(const std::vector<std::string>& chapters) {
  uint64_t bytes = 0;
  for (const std::string& chapter : chapters) {
    std::error_code error;
    const uint64_t size = base::is_uri(chapter) ? 0 : fs::file_size(chapter, error);
    if (!error) bytes += size;
  }
  return bytes;
}

class Planner {
 public:
  Planner(const IngestRequest& request, TaskRunner& runner) : request_(request), runner_(runner) {}

  base::Result<std::vector<IngestPlan>> run() {
    RETURN_IF_ERROR(check_output(request_.output));
    RETURN_IF_ERROR(check(request_.transfer, request_.output));
    ASSIGN_OR_RETURN(given_, parse_variables(request_.fields, "--field"));
    name_ = request_.output + (request_.output.ends_with('/') ? "{name}.mp4" : "");
    std::vector<IngestPlan> plans;
    Buckets buckets(telling(runner_));
    for (NamedRecording& recording :
         find(request_.files, probe_by(runner_), far_folders(buckets, runner_))) {
      IngestPlan plan{.input = recording.input};
      if (recording.chapters.ok()) {
        plan.chapters = *std::move(recording.chapters);
        plan.bytes = bytes_of(plan.chapters);
        plan.status = settle(plan, plans.size() + 1);
      } else {
        plan.status = std::move(recording.chapters).error();
      }
      if (!plan.status.ok() && ends_all(plan.status.error())) return plan.status.error();
      plans.push_back(std::move(plan));
    }
    if (plans.size() > 1 && !is_template(name_)) {
      return usage_error(
          "several recordings need a name with fields, as -o \"s3://bucket/{name}.mp4\"");
    }
    RETURN_IF_ERROR(check_names(plans));
    return plans;
  }

 private:
  static bool ends_all(const base::Error& error) {
    return error.number == kUsage || error.code == base::Code::kCancelled;
  }

  base::Status settle(IngestPlan& plan, size_t number) {
    ASSIGN_OR_RETURN(plan.output, cut_output({name_, given_, number}, plan.chapters[0], runner_));
    ASSIGN_OR_RETURN(plan.task, cut_task({.chapters = plan.chapters,
                                          .from = request_.from,
                                          .to = request_.to,
                                          .clock_offset = request_.clock_offset}));
    plan.task["outputs"]["output"] = joined_output(plan.output, plan.chapters);
    plan.task["outputs"]["output"]["once"] = true;
    if (request_.replace) plan.task["outputs"]["output"]["replace"] = true;
    plan.task["store"] = request_.journal;
    return grant(plan.task, request_.transfer, request_.rate_file);
  }

  static base::Status check_names(const std::vector<IngestPlan>& plans) {
    std::map<std::string, std::string> taken;
    for (const IngestPlan& plan : plans) {
      if (!plan.status.ok()) continue;
      const auto [at, is_new] = taken.try_emplace(plan.output, plan.input);
      if (is_new) continue;
      return usage_error(fmt::format("\"{}\" and \"{}\" would both be written to \"{}\"",
                                     at->second, plan.input, plan.output));
    }
    return {};
  }

  const IngestRequest& request_;
  TaskRunner& runner_;
  Variables given_;
  std::string name_;
};

}  // namespace

base::Result<std::vector<IngestPlan>> plan_ingest(const IngestRequest& request,
                                                  TaskRunner& runner) {
  return Planner(request, runner).run();
}

}  // namespace rushes::app
