#pragma once

// What is wrong with a document, and where.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rushes::schema {

enum class Severity : unsigned char { kError, kWarning };

// A place in a text. Both count from 1, columns in characters; 0: not known.
struct Place {
  int line = 0;
  int column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

struct Diagnostic {
  int number = 0;  // in base/error_catalog.h
  Severity severity = Severity::kError;
  base::Code code = base::Code::kInvalidArgument;
  std::string file;
  Place place;
  std::string pointer;  // JSON pointer (RFC 6901); "" is the whole document
  std::string message;  // "must be > 0 (is -2)"
  std::string hint;     // what to do about it, or empty: "did you mean \"duration\"?"
};

// "ad.json:14:22: /tracks/0/clips/3/duration: must be > 0 (is -2) [E0113]"; a hint follows the
// message after "; ", a warning says so and has W in place of E. One line: control characters are
// shown escaped.
std::string format(const Diagnostic& diagnostic);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

// All errors as one, for those who can only return one: its message has a line for each, its code
// and number are those of the first. Call it only if has_errors.
base::Error to_error(const std::vector<Diagnostic>& diagnostics);

// The word of `known` nearest to `word`, or "" if none is near (case and - _ space are ignored).
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// "did you mean \"x\"?", or "" if nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace rushes::schema
