#pragma once

// Cues as WebVTT, in the pieces that players of HLS fetch.

#include <string>
#include <vector>

#include "schema/program.h"

namespace rushes::text {

// Those that are seen within [from, until), with their own times, which count from the beginning of
// the video (RFC 8216, section 3.5: 0 is that of its packets). Words have no times of their own.
std::string webvtt(const std::vector<schema::Cue>& cues, const base::Rational& from,
                   const base::Rational& until);

}  // namespace rushes::text
