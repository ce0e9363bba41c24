#pragma once

// Checks a document against one of our JSON Schemas and says all that is wrong with it, in words.
//
// What is understood of JSON Schema (draft 7): type, enum, const, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, minLength, maxLength, items (one schema, or one for each
// place), minItems, maxItems, properties, required, additionalProperties (false or a schema),
// propertyNames (format only), oneOf, anyOf, $ref into #/definitions. Annotations are ignored, and
// so is "pattern": it serves editors, beside a "format" that is checked here.
//
// Alternatives: oneOf and anyOf are told apart by JSON type, and objects among themselves by the
// first key of "required"; so the errors shown are those of the alternative that was meant.
//
// Our own keywords:
//   "format"            color, easing, fps, size, bitrate, gain, percent, name, path: see formats.h
//   "x-not-yet": text   known, but not built: an error of its own (170) in place of "unknown key"
//   "x-not-yet-values"  the same for values beside an enum
//   "x-plain": text     what is wanted here, for "must be ..."
//   "x-means": {word: text}   advice for keys and values that people bring from elsewhere
//   "x-missing": text         advice if this key is missing
//   "x-hint", "x-together", "x-not-yet-kinds"   advice for alternatives told apart by key

#include <string_view>
#include <vector>

#include "schema/diagnostic.h"
#include "schema/json_value.h"

namespace rushes::schema {

// At most `limit` errors; where there are more, the last one says so.
// `definition` checks against that part of the schema's "definitions" in place of the whole.
std::vector<Diagnostic> validate(const Value& document, const Value& schema, std::string_view file,
                                 std::string_view definition = {}, size_t limit = 100);

// The built-in schema of that name, parsed once. Thread-safe. Null if there is none.
const Value* builtin_schema(std::string_view name);

}  // namespace rushes::schema
