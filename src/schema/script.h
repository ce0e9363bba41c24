#pragma once

// Lines of .ass scripts in time.

#include <vector>

#include "schema/program.h"

namespace rushes::schema {

struct Stretch {
  int64_t start_ms = 0, end_ms = 0;
};

// The stretches in which lines without a place of their own are seen together, each with another
// that is, and so on. Such lines push each other aside: where one stands may follow from all that
// have begun before it in its stretch, and from no other line. By start; they do not overlap.
std::vector<Stretch> stretches(const std::vector<ScriptLine>& lines);

// Sets the script's clock so that the clip starts `by` later than it did, and no line before 0.
void shift(Script& script, const Rational& by);

}  // namespace rushes::schema
