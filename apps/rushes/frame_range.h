#pragma once

#include <string>

#include "base/rational.h"
#include "base/result.h"
#include "task_json.h"

namespace rushes::app {

// "A:B", "A:", ":B" of a program; "" is all of it. kInvalidArgument when it is empty or beyond.
base::Result<FrameRange> parse_frames(const std::string& text, const ProgramSummary& program);

// "2", "2.5s", "1/2": more than 0 seconds. `flag` is named in the error.
base::Result<base::Rational> parse_seconds(const std::string& text, const std::string& flag);

// The frame that is seen at a time in seconds ("2.5").
base::Result<int64_t> frame_at(const std::string& seconds, const ProgramSummary& program);

}  // namespace rushes::app
