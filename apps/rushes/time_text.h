#pragma once

// Times as people write them on the command line, as the engine's cut task takes them.

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace rushes::app {

// "6:58", "1:06:58.25" and "418.5" (or "418.5s") are {"seconds"}; "12540f" is {"frame"};
// "2026-02-03T01:00:00Z", or with an offset like "+08:00", is {"clock"}: seconds since 1970.
// `option` is named in the error.
base::Result<nlohmann::json> parse_time(const std::string& text, const std::string& option);

// Whether an offset of a clock can be read, used or not; empty: none.
base::Status check_clock_offset(const std::string& clock_offset);

// Of a camera whose clock shows so much more than it should ("8:00:00", "-5:00:00"; empty:
// nothing): its "clock" is what the camera's own showed then.
base::Result<nlohmann::json> parse_time(const std::string& text, const std::string& option,
                                        const std::string& clock_offset);

}  // namespace rushes::app
