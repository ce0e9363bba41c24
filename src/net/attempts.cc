#include "net/attempts.h"

namespace rushes::net {

base::Result<Response> send_with_retries(HttpClient& http, const Request& request,
                                         const RetryPolicy& policy, base::Clock& clock,
                                         const Random& random) {
  Retries retries(policy, clock, random);
  for (;;) {
    auto response = http.send(request);
    const bool again = response.ok() ? is_retried(classify(response->status))
                                     : base::is_retryable(response.error().code);
    if (!again) return response;
    const std::string why = response.ok()
                                ? request.url.shown() + ": HTTP " + std::to_string(response->status)
                                : response.error().message;
    ASSIGN_OR_RETURN(const bool more, retries.again(why, {}, request.cancelled));
    if (!more) return response;
  }
}

}  // namespace rushes::net
