#include "net/retry.h"

#include <algorithm>
#include <mutex>
#include <random>

namespace rushes::net {
namespace {

struct KnownCode {
  std::string_view code;
  Outcome outcome;
};

// Codes of AWS and Google whose HTTP status alone would mislead or say too little.
constexpr KnownCode kKnown[] = {
    {"Throttling", Outcome::kThrottled},
    {"ThrottlingException", Outcome::kThrottled},
    {"ThrottledException", Outcome::kThrottled},
    {"RequestThrottled", Outcome::kThrottled},
    {"RequestThrottledException", Outcome::kThrottled},
    {"TooManyRequestsException", Outcome::kThrottled},
    {"RequestLimitExceeded", Outcome::kThrottled},
    {"BandwidthLimitExceeded", Outcome::kThrottled},
    {"SlowDown", Outcome::kThrottled},
    {"rateLimitExceeded", Outcome::kThrottled},
    {"userRateLimitExceeded", Outcome::kThrottled},
    {"InternalError", Outcome::kTransient},
    {"ServiceUnavailable", Outcome::kTransient},
    {"RequestTimeout", Outcome::kTransient},
    {"RequestTimeoutException", Outcome::kTransient},
    {"OperationAborted", Outcome::kTransient},
    {"ConditionalRequestConflict", Outcome::kTransient},
    {"IDPCommunicationError", Outcome::kTransient},
    // What arrived is not what was sent.
    {"BadDigest", Outcome::kTransient},
    {"IncompleteBody", Outcome::kTransient},
    {"XAmzContentSHA256Mismatch", Outcome::kTransient},
    {"ExpiredToken", Outcome::kExpired},
    {"ExpiredTokenException", Outcome::kExpired},
    {"RequestExpired", Outcome::kExpired},
    {"TokenRefreshRequired", Outcome::kExpired},
    {"RequestTimeTooSkewed", Outcome::kClockSkew},
    {"SignatureDoesNotMatch", Outcome::kDenied},
    {"InvalidSignatureException", Outcome::kDenied},
    {"AccessDenied", Outcome::kDenied},
    {"AccessDeniedException", Outcome::kDenied},
    {"AllAccessDisabled", Outcome::kDenied},
    {"AccountProblem", Outcome::kDenied},
    {"InvalidAccessKeyId", Outcome::kDenied},
    {"InvalidClientTokenId", Outcome::kDenied},
    {"InvalidIdentityToken", Outcome::kDenied},
    {"InvalidToken", Outcome::kDenied},
    {"MissingAuthenticationToken", Outcome::kDenied},
    {"UnrecognizedClientException", Outcome::kDenied},
    {"NoSuchKey", Outcome::kNotFound},
    {"NoSuchBucket", Outcome::kNotFound},
    {"NoSuchUpload", Outcome::kNotFound},
    {"NoSuchVersion", Outcome::kNotFound},
    {"PreconditionFailed", Outcome::kPrecondition},
    {"conditionNotMet", Outcome::kPrecondition},
};

Outcome by_status(int status) {
  if (status >= 200 && status < 300) return Outcome::kSuccess;
  switch (status) {
    case 304:
    case 412: return Outcome::kPrecondition;
    case 401: return Outcome::kExpired;
    case 403: return Outcome::kDenied;
    case 404:
    case 410: return Outcome::kNotFound;
    case 408:
    case 425: return Outcome::kTransient;
    case 429:
    case 509: return Outcome::kThrottled;
    case 501:
    case 505: return Outcome::kInvalid;
    default: break;
  }
  return status >= 500 ? Outcome::kTransient : Outcome::kInvalid;
}

}  // namespace

Outcome classify(int status, std::string_view code) {
  const auto* found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [code](const KnownCode& known) { return known.code == code; });
  return found != std::end(kKnown) ? found->outcome : by_status(status);
}

base::Code code_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kTransient:
    case Outcome::kThrottled:
    case Outcome::kPrecondition: return base::Code::kUnavailable;
    case Outcome::kExpired:
    case Outcome::kClockSkew:
    case Outcome::kDenied: return base::Code::kPermission;
    case Outcome::kNotFound: return base::Code::kNotFound;
    case Outcome::kInvalid: return base::Code::kInvalidArgument;
    case Outcome::kSuccess: break;
  }
  return base::Code::kInternal;
}

std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, uint64_t random) {
  constexpr int kMostDoublings = 20;
  const int doublings = std::clamp(failures - 1, 0, kMostDoublings);
  const auto ceiling = std::min(policy.longest, policy.first * (int64_t{1} << doublings));
  return std::chrono::milliseconds(
      static_cast<int64_t>(random % (static_cast<uint64_t>(ceiling.count()) + 1)));
}

Random system_random() {
  return [] {
    static std::mutex mutex;
    static std::mt19937_64 engine{std::random_device{}()};
    const std::lock_guard lock(mutex);
    return engine();
  };
}

base::Result<bool> Retries::again(const std::string& why,
                                  std::optional<std::chrono::milliseconds> told,
                                  base::CancelFlag cancelled) {
  const base::Time now = clock_.now();
  // Clocks of machines without a battery jump when a line comes back: no jump ends it all.
  constexpr std::chrono::milliseconds kLongestAttempt = std::chrono::minutes(5);
  if (failures_++ > 0) {
    failing_ += std::clamp(now - last_failure_, std::chrono::milliseconds(0), kLongestAttempt);
  }
  last_failure_ = now;
  const bool patient = policy_.give_up_after.count() > 0;
  if (patient ? failing_ >= policy_.give_up_after : failures_ >= policy_.attempts) return false;
  const auto left = patient ? policy_.give_up_after - failing_ : std::chrono::milliseconds(0);
  if (told && *told > std::max(policy_.longest_told, left)) return false;
  // Many are told the same time: the jitter comes on top.
  const auto wait =
      told.value_or(std::chrono::milliseconds(0)) + backoff(policy_, failures_, random_());
  if (policy_.on_retry) policy_.on_retry(why, wait);
  RETURN_IF_ERROR(clock_.sleep(wait, cancelled));
  return true;
}

}  // namespace rushes::net
