#pragma once

// {{name}} in the strings of a document. A string that is nothing but a placeholder takes the type
// of its variable; "\{{" is two braces. Values are not searched for placeholders again, and keys,
// "variables" and "note" are left alone.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/diagnostic.h"
#include "schema/json_value.h"

namespace rushes::timeline {

struct Expansion {
  std::vector<schema::Diagnostic> diagnostics;
  std::vector<std::pair<int, int>> unfilled;  // line and column of strings left as they were
};

// `set` is what --set gave. Variables that are of no use are warnings, values for variables that do
// not exist are errors.
Expansion expand_variables(schema::Value& document, std::string_view file,
                           const std::map<std::string, std::string>& set);

}  // namespace rushes::timeline
