#pragma once

// Names of outputs with fields: "{court}/{date}/{name}.mp4".

#include <map>
#include <string>

#include "base/result.h"

namespace rushes::app {

using Fields = std::map<std::string, std::string>;

bool is_template(const std::string& text);
// A template that stands for the text itself.
std::string without_fields(const std::string& text);

// Those that every recording has: name, folder, number, and date, of the time when it says that it
// was recorded ("2026-02-03T01:00:00.000000Z"; empty: it does not).
Fields recording_fields(const std::string& first_chapter, size_t number,
                        const std::string& recorded);

// Every {field} replaced; "{{" and "}}" are braces. What a value holds of "/" becomes "_". Errors:
// a field that is not there (kUsage), a value that is empty, "." or ".." (kOutputUnusable).
base::Result<std::string> fill_template(const std::string& text, const Fields& fields);

}  // namespace rushes::app
