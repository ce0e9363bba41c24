#pragma once

// What was rendered, compared with what its timeline says: by engine tasks side by side, judged and
// reported here.

#include <nlohmann/json.hpp>
#include <string>

#include "buckets.h"
#include "qc/report.h"
#include "render_plan.h"
#include "task_json.h"
#include "task_runner.h"

namespace rushes::app {

struct VerifyRequest {
  TaskRunner& runner;
  Progress& progress;
  const TaskSources& sources;  // of the compiled timeline
  const ProgramSummary& program;
  const RenderPlan& plan;
  std::string output;   // absolute, or a URI
  VerifiedFile file;    // the same, as it is read
  Buckets& buckets;     // for a report that goes there
  std::string against;  // what it is compared with, for people
  qc::Limits limits;
};

// A file that is not what it should be is no error: the verdict says so. An error: the work could
// not be done.
base::Result<qc::Report> verify_output(const VerifyRequest& request);

// Where the report is written: as JSON, and as a page beside it.
struct ReportPaths {
  std::string json, page;
};
// `wanted`: "x.json" as given, a path or "s3://...", "gs://..."; empty: OUTPUT.qc.json, beside the
// output, which no web server takes. What is there, also in a bucket, is replaced only if it is a
// report; if it may not be looked at, `runner` warns of that.
base::Result<ReportPaths> report_paths(const std::string& wanted, const std::string& output,
                                       Buckets& buckets, TaskRunner& runner);

// Each appears whole.
base::Status write_report(const qc::Report& report, const ReportPaths& paths, Buckets& buckets);

// For the report of a command: {"verdict", "reasons", "report", "page"}.
nlohmann::json verify_json(const qc::Report& report, const ReportPaths& paths);

// For people: what was found, a line each, the verdict last.
void say_verdict(Console& console, const qc::Report& report, const ReportPaths& paths);

// The error of a verdict "fail"; the program ends with exit_status() of it.
base::Status status_of(const qc::Report& report);

// All of this. `report` gets a member "verify". Never the verdict "fail", which is an error.
struct Telling {
  Console& console;
  bool says = true;
};
base::Result<qc::Verdict> verify_and_report(const VerifyRequest& request, const ReportPaths& paths,
                                            const Telling& telling, nlohmann::json& report);

}  // namespace rushes::app
