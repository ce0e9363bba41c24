#pragma once

// Which moment of its source a video clip shows.

#include "base/rational.h"
#include "schema/program.h"

namespace rushes::timeline {

// Containers round timestamps, some to a millisecond: a frame that is due may be stamped a little
// later, and is shown all the same. Never past the end of the clip's stretch of the source, which
// ends a little before what follows it.
inline const base::Rational kSourceSlack{1, 500};
inline const base::Rational kSourceEnd{1, 100000};

// Source time at clip time t >= 0.
base::Rational source_time(const schema::VideoContent& video, const base::Rational& t);

}  // namespace rushes::timeline
