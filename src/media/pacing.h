#pragma once

// What is shown of a stream of a varying rate if it is played at a steady one. Internal to this
// layer.

#include <cstdint>
#include <vector>

#include "base/rational.h"
#include "media/probe.h"

namespace rushes::media {

// At the rates that things are recorded and shown at, the lowest first. `times`: of its pictures,
// in order, none twice, in units of `unit` seconds; how long the last is shown is not known, and
// nothing is said of it.
std::vector<Pace> paces_of(const std::vector<int64_t>& times, const Rational& unit);

}  // namespace rushes::media
