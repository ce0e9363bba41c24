#pragma once

// Dates as HTTP and the clouds write them. All are UTC; years from 1970 to 9999.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace rushes::net {

// RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT", and the two older forms that must be understood.
std::optional<base::Time> parse_http_date(std::string_view text);
// ISO 8601 in UTC: "2013-05-24T00:00:00Z", with any number of decimals.
std::optional<base::Time> parse_iso_time(std::string_view text);

std::string aws_time(base::Time time);   // "20130524T000000Z"
std::string http_date(base::Time time);  // the first form above

// Retry-After: seconds, or a date as seen from `now`.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, base::Time now);

}  // namespace rushes::net
