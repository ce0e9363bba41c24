#pragma once

// Recordings on their way into a bucket, several at a time, and the user's command after each.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "console.h"
#include "hook.h"
#include "ingest_plan.h"
#include "progress.h"
#include "task_runner.h"

namespace rushes::app {

// A recording, and how far it has come.
struct Ingested {
  explicit Ingested(IngestPlan wanted)
      : plan(std::move(wanted)), status(plan.status), total(plan.bytes) {}

  enum class Stage : unsigned char { kWaits, kUploads, kHandsOver, kEnded };

  IngestPlan plan;
  base::Status status;
  Stage stage = Stage::kWaits;
  bool stored = false;   // in the bucket
  bool existed = false;  // from an ingest before
  uint64_t bytes = 0;    // of the object
  std::string version;
  uint64_t done = 0, total = 0;  // bytes, for the progress
  size_t task = 0;               // of the pool, from kUploads on
  std::optional<Hook> hook;
  nlohmann::json report = nlohmann::json::object();

  bool is_done() const { return stage == Stage::kEnded && status.ok(); }
  bool is_uploaded() const { return stored && !existed; }
  bool was_there() const { return stored && existed; }
};

struct IngestOptions {
  Console& console;
  Progress& progress;
  TaskRunner& runner;   // for what is told
  std::string journal;  // a folder
  std::string on_done;  // a command; empty: none
  int jobs = 1;
};

// To their ends; what becomes of each is in it. kCancelled: the user's wish.
base::Status ingest_all(std::vector<Ingested>& files, const IngestOptions& options);

}  // namespace rushes::app
