#pragma once

#include <nlohmann/json.hpp>

#include "media/probe.h"

namespace rushes::render {

// What `rushes probe --json` prints: docs/formats/task.md. Exact times are strings ("1001/250").
nlohmann::json json_of(const media::MediaInfo& info);

}  // namespace rushes::render
