#pragma once

// Reading JSON (RFC 8259, UTF-8) from text that anybody may have written.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/diagnostic.h"
#include "schema/json_value.h"

namespace rushes::schema {

struct JsonLimits {
  size_t bytes = 32u << 20;
  int depth = 64;
  size_t values = 2'000'000;
};

struct ParsedJson {
  std::optional<Value> value;  // absent if the text is not JSON
  // Broken JSON is one error (100), since what follows it means nothing. Keys given twice (101) and
  // numbers out of range (103) are all reported, and leave a value.
  std::vector<Diagnostic> diagnostics;
};

// `file` is only named in diagnostics. Numbers up to 1e18 are exact to 18 decimals (further ones
// are rounded).
ParsedJson parse_json(std::string_view text, std::string_view file, const JsonLimits& limits = {});

// A JSON string literal, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace rushes::schema
