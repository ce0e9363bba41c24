#pragma once

// A request that is tried again when it fails for a moment.

#include "base/clock.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rushes::net {

// The last answer, or the last error. What is sent must be the same each time, and harmless twice.
base::Result<Response> send_with_retries(HttpClient& http, const Request& request,
                                         const RetryPolicy& policy, base::Clock& clock,
                                         const Random& random);

}  // namespace rushes::net
