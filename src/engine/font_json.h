#pragma once

// Font faces and requests as they pass between child and broker.

#include <nlohmann/json.hpp>
#include <vector>

#include "base/result.h"
#include "text/font_finder.h"

namespace rushes::engine {

nlohmann::json to_json(const text::FontRequest& request);          // a "find_fonts" line
nlohmann::json to_json(const std::vector<text::FontFace>& faces);  // an "add_fonts" line

// Of checked lines (child_event.h); what lies deeper is checked here. kInternal.
base::Result<text::FontRequest> request_from_json(const nlohmann::json& line);
base::Result<std::vector<text::FontFace>> faces_from_json(const nlohmann::json& line);

}  // namespace rushes::engine
