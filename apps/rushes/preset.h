#pragma once

// What recordings are transcoded to: a document as schema/preset.json says.

#include <map>
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
  std::map<std::string, std::string> set;  // fields of the command line: "video.crf", "--set ..."
};

// Of a mistake at `pointer` of the preset's document: the option of the command line that made it,
// or else the preset and the place in it.
void name_place(const Preset& preset, const std::string& pointer, schema::Diagnostic& diagnostic);

// The built-in preset for a file of this name, as far as its ending says, where none is named.
// `set` as below: "format=webm" says the same.
std::string usual_preset(const std::string& output, const std::vector<std::string>& set);

// "ssim=0.98" of --quality as a field to set; empty stays empty. kUsage: another text, or a field
// of `set` that says how good it is, too.
base::Result<std::string> quality_field(const std::string& quality,
                                        const std::vector<std::string>& set);
inline constexpr char kQualityPath[] = "video.quality.ssim";

// `name`: one of the built-in presets, or the path of a file that ends in .json. `set`: fields as
// "video.crf=23", read as JSON where they are, else as text; "null" takes a field away, and what
// excludes another takes its place ("size" that of "lines"). Another codec than the preset's has
// its own quality and speed. Errors: there is no such preset, a text that sets nothing, two that
// exclude each other.
base::Result<Preset> load_preset(const std::string& name, const std::vector<std::string>& set);

// A file that holds sound alone takes no picture of the preset. kUsage: what the preset says does
// not go into a file that ends as `output` does; which presets do.
base::Status fit_to_file(Preset& preset, const std::string& output);

}  // namespace rushes::app
