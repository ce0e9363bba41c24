#pragma once

// A property's value at a moment of its clip.

#include "base/rational.h"
#include "schema/program.h"

namespace rushes::timeline {

// `clip_time` is seconds since the start of the clip; any value is allowed. O(log keys).
double evaluate(const schema::Curve& curve, const base::Rational& clip_time);

// True if evaluate gives the same value for every time in `range` (false may be said of a curve
// that moves and returns). range.end counts as part of it.
bool constant_over(const schema::Curve& curve, const base::TimeRange& range);

}  // namespace rushes::timeline
