#pragma once

// What recordings are transcoded to: a document as schema/preset.json says.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/diagnostic.h"

namespace rushes::app {

struct Preset {
  std::string name;  // of a file without folder and ending
  nlohmann::json document;
  std::vector<schema::Diagnostic> diagnostics;  // `document` is as the schema says without errors
};

// `name`: one of the built-in presets, or the path of a file that ends in .json. `set`: fields as
// "video.crf=23", read as JSON where they are, else as text; "null" takes a field away, and what
// excludes another takes its place ("size" that of "lines"). Errors: there is no such preset, a
// text that sets nothing.
base::Result<Preset> load_preset(const std::string& name, const std::vector<std::string>& set);

}  // namespace rushes::app
