#pragma once

// Which hardware encodes, found by having it encode a few frames.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "task_json.h"
#include "task_runner.h"

namespace rushes::app {

// A device, and what became of the attempt.
struct TriedDevice {
  std::string name;
  std::string driver;  // if it works
  std::string reason;  // if not
  bool works() const { return reason.empty(); }
};

// With `pictures`, each an object as in docs/formats/task.md. An error only if that was cancelled.
base::Result<TriedDevice> try_device(TaskRunner& runner, std::string_view device,
                                     const nlohmann::json& pictures);

// Of a program that was compiled: puts the device that works in the place of what was asked for, or
// software in that of "auto". For the report: what was asked for, what it became and what was
// tried; null if it was software. kUnsupported: a device that was asked for by name does not work.
base::Result<nlohmann::json> settle_encoder(TaskRunner& runner, const TaskSources& sources,
                                            ProgramSummary& summary);

}  // namespace rushes::app
