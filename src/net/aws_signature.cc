#include "net/aws_signature.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "net/ascii.h"
#include "net/digest.h"
#include "net/time_text.h"

namespace rushes::net {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Proxies and the client itself may add, change or drop these.
bool may_change(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "authorization", "connection", "expect",     "keep-alive",      "te",
      "trailer",       "upgrade",    "user-agent", "x-amzn-trace-id", "transfer-encoding"};
  return name.starts_with("proxy-") ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// Without space at its ends, and with single ones inside.
std::string canonical_value(std::string_view value) {
  std::string out;
  bool space = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      space = !out.empty();
      continue;
    }
    if (std::exchange(space, false)) out += ' ';
    out += c;
  }
  return out;
}

using CanonicalHeaders = std::map<std::string, std::string>;

CanonicalHeaders canonical_headers(const Request& request) {
  CanonicalHeaders out{{"host", request.url.host_header()}};
  for (const Header& header : request.headers) {
    const std::string name = lower(header.name);
    if (may_change(name)) continue;
    const auto [at, is_new] = out.emplace(name, canonical_value(header.value));
    if (!is_new) at->second += "," + canonical_value(header.value);
  }
  return out;
}

std::string signed_names(const CanonicalHeaders& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

// S3 takes the path as it is sent. Others have it tidied up and encoded once more.
std::string canonical_path(const Url& url, const SigningScope& scope) {
  if (scope.service == "s3") return url.path;
  auto tidy = resolve(url, url.path);
  return percent_encode(tidy.ok() ? tidy->path : url.path, Slash::kKeep);
}

std::string credential_scope(const SigningScope& scope) {
  return aws_time(scope.time).substr(0, 8) + "/" + scope.region + "/" + scope.service +
         "/aws4_request";
}

std::string signature(const AwsCredentials& credentials, const SigningScope& scope,
                      std::string_view canonical) {
  const std::string date = aws_time(scope.time);
  std::string key = hmac_sha256("AWS4" + credentials.secret_access_key.reveal(), date.substr(0, 8));
  for (const std::string_view step :
       {std::string_view(scope.region), std::string_view(scope.service),
        std::string_view("aws4_request")}) {
    key = hmac_sha256(key, step);
  }
  const std::string to_sign = std::string(kAlgorithm) + "\n" + date + "\n" +
                              credential_scope(scope) + "\n" + sha256_hex(canonical);
  return hex(hmac_sha256(key, to_sign));
}

}  // namespace

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  const auto again = [](std::string_view text) {
    return percent_encode(percent_decode(text).value_or(std::string(text)), Slash::kEncode);
  };
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    if (one.empty()) continue;
    const size_t equals = std::min(one.find('='), one.size());
    parameters.emplace_back(again(one.substr(0, equals)),
                            again(one.substr(std::min(equals + 1, one.size()))));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    out += (out.empty() ? "" : "&") + name + "=" + value;
  }
  return out;
}

std::string canonical_request(const Request& request, const SigningScope& scope,
                              std::string_view payload_hash) {
  const CanonicalHeaders headers = canonical_headers(request);
  std::string out = std::string(name_of(request.method)) + "\n" +
                    canonical_path(request.url, scope) + "\n" + canonical_query(request.url.query) +
                    "\n";
  for (const auto& [name, value] : headers) out += name + ":" + value + "\n";
  return out + "\n" + signed_names(headers) + "\n" + std::string(payload_hash);
}

void sign(Request& request, const AwsCredentials& credentials, const SigningScope& scope,
          std::string_view payload_hash) {
  set_header(request.headers, "x-amz-date", aws_time(scope.time));
  if (scope.service == "s3") {
    set_header(request.headers, "x-amz-content-sha256", std::string(payload_hash));
  }
  if (!credentials.session_token.empty()) {
    set_header(request.headers, "x-amz-security-token", credentials.session_token.reveal());
  }
  const std::string canonical = canonical_request(request, scope, payload_hash);
  set_header(request.headers, "Authorization",
             std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
                 credential_scope(scope) +
                 ", SignedHeaders=" + signed_names(canonical_headers(request)) +
                 ", Signature=" + signature(credentials, scope, canonical));
}

Url presign(Method method, const Url& url, const AwsCredentials& credentials,
            const SigningScope& scope, std::chrono::seconds expires) {
  Request request{.method = method, .url = url};
  Url& out = request.url;
  out.add_query("X-Amz-Algorithm", kAlgorithm);
  out.add_query("X-Amz-Credential", credentials.access_key_id + "/" + credential_scope(scope));
  out.add_query("X-Amz-Date", aws_time(scope.time));
  out.add_query("X-Amz-Expires", std::to_string(std::min(expires, kLongestPresigned).count()));
  if (!credentials.session_token.empty()) {
    out.add_query("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  out.add_query("X-Amz-SignedHeaders", "host");
  const std::string canonical = canonical_request(request, scope, kUnsignedPayload);
  out.add_query("X-Amz-Signature", signature(credentials, scope, canonical));
  return out;
}

}  // namespace rushes::net
