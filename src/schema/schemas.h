#pragma once

// The JSON Schemas and the presets that are built into the program.

#include <string_view>
#include <vector>

namespace rushes::schema {

// The text of schema/<name>.json; empty if there is none.
std::string_view schema_text(std::string_view name);
std::vector<std::string_view> schema_names();

// The text of presets/<name>.json, as schema/preset.json says; empty if there is none.
std::string_view preset_text(std::string_view name);
std::vector<std::string_view> preset_names();

}  // namespace rushes::schema
