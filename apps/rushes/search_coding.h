#pragma once

// What a render has to find out by rendering, beside what the program says: the quality that comes
// to the bit rate (plan/rate.h) or to the likeness (plan/quality.h) asked for, and what each
// segment finds in the decoder's buffer (plan/buffer.h). What is found is in the store by then.

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "progress.h"
#include "render_plan.h"
#include "store/file_store.h"
#include "task_runner.h"

namespace rushes::app {

struct CodingSearch {
  TaskRunner& runner;
  Progress& progress;
  const store::FileStore& store;
  const TaskSources& sources;
  const ProgramSummary& program;
  std::optional<store::Pin>& pin;        // of the pieces that are being tried
  std::set<std::string>& rendered_keys;  // takes those of all that was tried
};

// Settles plan.pieces.codings, and the keys with them. What is found, as the report has it: "rate",
// "quality", "buffer".
base::Result<nlohmann::json> search_coding(const CodingSearch& search, RenderPlan& plan);

}  // namespace rushes::app
