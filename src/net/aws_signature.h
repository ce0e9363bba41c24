#pragma once

// Requests signed as AWS wants it: Signature Version 4 (AWS4-HMAC-SHA256), in headers or in the
// URL. Source: "AWS Signature Version 4 for API requests" and, for its rules on paths and payloads,
// "Authenticating Requests: Using the Authorization Header" of the S3 API reference.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/secret.h"

namespace rushes::net {

struct AwsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;               // empty: none
  std::optional<base::Time> expires;  // none: they do not
};

struct SigningScope {
  std::string region;   // "eu-central-1"
  std::string service;  // "s3", "sts", "batch"; the rules of S3 hold for "s3"
  base::Time time;      // more than some minutes off is refused
};

// In place of a payload's hash, over TLS only.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// Adds x-amz-date, x-amz-security-token where there is one, x-amz-content-sha256 for S3, and
// Authorization. All headers that are there are signed, but for those that may change on the way.
// `payload_hash`: sha256_hex of the body, or kUnsignedPayload.
void sign(Request& request, const AwsCredentials& credentials, const SigningScope& scope,
          std::string_view payload_hash);

// A URL that whoever has it may use until it expires (at most seven days), or the credentials do.
// It holds a signature: do not log it.
inline constexpr std::chrono::seconds kLongestPresigned{7 * 24 * 3600};
Url presign(Method method, const Url& url, const AwsCredentials& credentials,
            const SigningScope& scope, std::chrono::seconds expires);

// What is hashed and signed: for comparing with what others make of the same request.
std::string canonical_request(const Request& request, const SigningScope& scope,
                              std::string_view payload_hash);
// The query as it is signed: decoded, encoded anew, sorted.
std::string canonical_query(std::string_view query);

}  // namespace rushes::net
