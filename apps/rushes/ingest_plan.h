#pragma once

// What an ingest is to do: recordings, and the objects that they become.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "task_runner.h"
#include "transfer_options.h"

namespace rushes::app {

struct IngestRequest {
  std::vector<std::string> files;      // as named: recordings, and folders of them
  std::string output;                  // with fields
  std::vector<std::string> fields;     // "name=value"
  std::string from, to, clock_offset;  // as for a cut
  bool replace = false;                // other objects of the same name
  TransferOptions transfer;
  std::string journal;    // a folder: the cache
  std::string rate_file;  // by which all tasks keep to the rate together
};

struct IngestPlan {
  std::string input;                  // as named
  std::vector<std::string> chapters;  // empty: there is none, as `status` says
  std::string output;                 // a URI
  uint64_t bytes = 0;                 // of all chapters; 0: not known
  nlohmann::json task;
  base::Status status;
};

// One for each recording; what is wrong with one is in its status. Errors: mistakes of the command
// line, which are those of all of them. Probes recordings whose names need it.
base::Result<std::vector<IngestPlan>> plan_ingest(const IngestRequest& request, TaskRunner& runner);

}  // namespace rushes::app
