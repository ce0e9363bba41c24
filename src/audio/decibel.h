#pragma once

// Decibels of amplitude, the same bits everywhere.

#include "base/exact_math.h"

namespace rushes::audio {

inline constexpr double kDbPerDoubling = 6.02059991327962390427;

inline double from_db(double db) { return base::exact_exp2(db / kDbPerDoubling); }
inline double to_db(double factor) { return base::exact_log2(factor) * kDbPerDoubling; }  // > 0

}  // namespace rushes::audio
