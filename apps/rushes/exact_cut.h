#pragma once

// A cut whose picture is encoded anew, all of it: as a transcode, so that workers, cache and resume
// come with it.

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "console.h"
#include "cut_request.h"
#include "render_job.h"
#include "task_runner.h"

namespace rushes::app {

struct ExactCut {
  CutRequest cut;
  RenderOptions render;  // workers, memory and cache
  std::string picture;   // the file to write it to, in a folder of its own
};

// Renders the picture, with the codec, size and frame rate of the recording. Returns the task that
// joins it with what else the recording holds, without its outputs. Members of `report`: segments,
// workers, warnings. kUnsupported: what it would lose (HDR, more than 8 bits, other than 4:2:0),
// frames at varying times, other codecs than H.264 and HEVC.
base::Result<nlohmann::json> render_exact(const ExactCut& request, TaskRunner& runner,
                                          Console& console, nlohmann::json& report);

}  // namespace rushes::app
