#include "store/s3_client.h"

#include <algorithm>

#include "net/digest.h"
#include "net/time_text.h"

namespace rushes::store {
namespace {

using base::Error;
using base::Result;
using net::Outcome;

constexpr std::string_view kDefaultRegion = "us-east-1";

// A name that goes into a host name: nothing else must come of it.
bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

// Under TLS a certificate for *.s3.amazonaws.com is good for one step alone.
bool fits_in_host(const std::string& bucket) {
  return bucket.find('.') == std::string::npos &&
         bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

// Error codes are words; whatever else a server sends is not repeated.
std::string safe_code(std::string_view code) {
  const bool word = code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_';
                    });
  return word ? std::string(code) : std::string();
}

void read_error(S3Answer& answer, const net::XmlElement& error) {
  answer.code = safe_code(error.text_of("Code"));
  answer.xml = error;
}

// 200 may be said before the work is done; then its outcome stands in the body alone.
void read_success(const S3Call& call, S3Answer& answer) {
  if (!call.xml) return;
  auto root = net::parse_xml(answer.response.body);
  if (!root.ok()) {
    answer.outcome = Outcome::kTransient;
    answer.message = "the answer is not XML";
    return;
  }
  if (root->name == "Error") {
    read_error(answer, *root);
    answer.outcome = net::classify(500, answer.code);
    return;
  }
  answer.xml = *std::move(root);
}

S3Answer read_answer(const S3Call& call, net::Response response) {
  const Outcome by_status = net::classify(response.status);
  S3Answer answer{.outcome = by_status, .response = std::move(response)};
  if (answer.ok()) {
    read_success(call, answer);
    return answer;
  }
  const auto root = net::parse_xml(answer.response.body);
  if (root.ok() && root->name == "Error") read_error(answer, *root);
  answer.outcome = net::classify(answer.response.status, answer.code);
  return answer;
}

class AwsIdentity final : public S3Identity {
 public:
  explicit AwsIdentity(net::AwsCredentialProvider& credentials) : credentials_(credentials) {}
  Result<std::function<void()>> sign(net::Request& request, const net::SigningScope& scope,
                                     std::string_view hash, base::CancelFlag cancelled) override {
    ASSIGN_OR_RETURN(const net::AwsCredentials used, credentials_.get(cancelled));
    net::sign(request, used, scope, hash);
    return std::function<void()>([this, used] { credentials_.refuse(used); });
  }

 private:
  net::AwsCredentialProvider& credentials_;
};

}  // namespace

std::shared_ptr<S3Identity> aws_identity(net::AwsCredentialProvider& credentials) {
  return std::make_shared<AwsIdentity>(credentials);
}

S3Client::S3Client(S3Options options)
    : options_(std::move(options)),
      region_(options_.region.empty() ? std::string(kDefaultRegion) : options_.region) {}

std::string S3Client::place(const std::string& key) const {
  return (is_google() ? "gs://" : "s3://") + options_.bucket + "/" + key;
}

std::string S3Client::region() const {
  const std::lock_guard lock(mutex_);
  return region_;
}

net::SigningScope S3Client::scope() const {
  return {region(), "s3",
          options_.clock->now() + std::chrono::milliseconds(clock_offset_ms_.load())};
}

net::Url S3Client::url_of(const std::string& key) const {
  net::Url url;
  const bool by_host = options_.addressing == S3Addressing::kVirtual ||
                       (options_.addressing == S3Addressing::kAuto && !options_.endpoint &&
                        fits_in_host(options_.bucket));
  if (options_.endpoint) {
    url = *options_.endpoint;
    url.query.clear();
  } else {
    const std::string in = region();
    url.scheme = "https";
    url.host = "s3." + in + ".amazonaws.com" + (in.starts_with("cn-") ? ".cn" : "");
  }
  std::string path = url.path;
  while (path.ends_with('/')) path.pop_back();
  if (by_host) {
    url.host = options_.bucket + "." + url.host;
  } else {
    path += "/" + net::percent_encode(options_.bucket, net::Slash::kEncode);
  }
  url.path = path + "/" + net::percent_encode(key, net::Slash::kKeep);
  return url;
}

net::Request S3Client::request_for(const S3Call& call) const {
  net::Request request{.method = call.method,
                       .url = url_of(call.key),
                       .headers = call.headers,
                       .body = call.body,
                       .max_body = call.max_body,
                       .stall_timeout = call.stall_timeout,
                       .cancelled = options_.cancelled};
  for (const auto& [name, value] : call.query) request.url.add_query(name, value);
  if (call.prepare) call.prepare(request);
  return request;
}

Result<S3Answer> S3Client::send(const S3Call& call) {
  net::Retries retries(options_.retry, *options_.clock, options_.random);
  const std::string hash = call.hash.empty() ? net::sha256_hex(call.body) : call.hash;
  Corrected corrected;
  for (int attempts = 1;; ++attempts) {
    net::Request request = request_for(call);
    const auto refuse = options_.identity->sign(request, scope(), hash, options_.cancelled);
    // Whoever hands out credentials may be as far away as the store.
    auto response = refuse.ok() ? options_.http->send(request) : refuse.error();
    auto answer = response.ok() ? Result<S3Answer>(read_answer(call, *std::move(response)))
                                : Result<S3Answer>(std::move(response).error());
    std::optional<std::chrono::milliseconds> told;
    if (answer.ok()) {
      answer->attempts = attempts;
      if (correct(*answer, *refuse, corrected)) {
        if (options_.retry.on_retry) {
          options_.retry.on_retry(error_of(*answer, call.key).message, std::chrono::seconds(0));
        }
        continue;
      }
      if (!net::is_retried(answer->outcome)) return answer;
      told = net::parse_retry_after(answer->response.header("retry-after"), options_.clock->now());
    } else if (!base::is_retryable(answer.error().code)) {
      return answer;
    }
    const std::string why =
        answer.ok() ? error_of(*answer, call.key).message : answer.error().message;
    ASSIGN_OR_RETURN(const bool again, retries.again(why, told, options_.cancelled));
    if (!again) return answer;
  }
}

bool S3Client::correct(const S3Answer& answer, const std::function<void()>& refuse,
                       Corrected& corrected) {
  if (answer.ok()) return false;
  if (!std::exchange(corrected.region, true) && correct_region(answer)) return true;
  if (answer.outcome == Outcome::kExpired && !std::exchange(corrected.credentials, true)) {
    refuse();
    return true;
  }
  return answer.outcome == Outcome::kClockSkew && !std::exchange(corrected.clock, true) &&
         correct_clock(answer);
}

// 301 and 400 say where the bucket is, in a header or in the error.
bool S3Client::correct_region(const S3Answer& answer) {
  if (answer.response.status != 301 && answer.response.status != 307 &&
      answer.response.status != 400) {
    return false;
  }
  std::string told = answer.response.header("x-amz-bucket-region");
  if (told.empty()) told = answer.xml.text_of("Region");
  if (!is_region(told)) return false;
  const std::lock_guard lock(mutex_);
  return std::exchange(region_, told) != told;
}

bool S3Client::correct_clock(const S3Answer& answer) {
  const auto date = net::parse_http_date(answer.response.header("date"));
  if (!date) return false;
  clock_offset_ms_ = (*date - options_.clock->now()).count();
  return true;
}

Error S3Client::error_of(const S3Answer& answer, const std::string& key) const {
  const std::string where = place(key);
  std::string why = answer.code.empty() ? answer.message : answer.code;
  if (why.empty()) why = "HTTP " + std::to_string(answer.response.status);
  if (answer.code == "NoSuchBucket") {
    return base::not_found(where + ": there is no bucket \"" + options_.bucket + "\"");
  }
  if (answer.outcome == Outcome::kNotFound && (answer.code.empty() || answer.code == "NoSuchKey")) {
    return base::not_found(where + ": there is no such object, or no such bucket");
  }
  if (answer.response.status == 301) {
    return base::invalid_argument(where + ": the bucket is in another region (" + why +
                                  "); name its region or its endpoint");
  }
  std::string hint;
  if (answer.outcome == Outcome::kExpired) hint = "; the credentials have expired";
  if (answer.outcome == Outcome::kClockSkew) hint = "; this machine's clock is wrong";
  if (answer.code == "SignatureDoesNotMatch") hint = "; the secret key is not that of the key ID";
  if (answer.code == "AccessDenied") hint = "; the credentials do not allow it";
  return {net::code_of(answer.outcome), where + ": " + why + hint};
}

}  // namespace rushes::store
