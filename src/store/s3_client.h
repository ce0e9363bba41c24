#pragma once

// Requests to S3 and to what speaks like it: signed, tried again as the answer says, sent to the
// region that the bucket is in, with fresh credentials when they have expired and by the server's
// clock when ours is wrong.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/aws_credentials.h"
#include "net/http_client.h"
#include "net/retry.h"
#include "net/xml.h"

namespace rushes::store {

enum class S3Addressing : uint8_t {
  kAuto,     // by host name where the endpoint is Amazon's own, else by path
  kPath,     // https://host/bucket/key
  kVirtual,  // https://bucket.host/key
};

// What differs where. Google's XML interface speaks as Amazon's does, but for conditions on what is
// written, and copies of ranges, which it does not know.
enum class S3Dialect : uint8_t { kAmazon, kGoogle };

// Who asks. Thread-safe.
class S3Identity {
 public:
  virtual ~S3Identity() = default;
  // Adds to a request what says so. `hash`: SHA-256 of its body. The result is called if the server
  // finds that expired.
  virtual base::Result<std::function<void()>> sign(net::Request& request,
                                                   const net::SigningScope& scope,
                                                   std::string_view hash,
                                                   base::CancelFlag cancelled) = 0;
};
// By Signature Version 4. The provider must outlive it.
std::shared_ptr<S3Identity> aws_identity(net::AwsCredentialProvider& credentials);

struct S3Options {
  std::string bucket;
  std::string prefix;                // stands before every key: "renders/"
  std::string region;                // empty: found out
  std::optional<net::Url> endpoint;  // not Amazon's: "https://storage.example:9000"
  S3Addressing addressing = S3Addressing::kAuto;

  S3Dialect dialect = S3Dialect::kAmazon;

  net::HttpClient* http = nullptr;  // required, as the next two
  std::shared_ptr<S3Identity> identity;
  base::Clock* clock = nullptr;
  net::Random random = net::system_random();
  net::RetryPolicy retry;
  base::CancelFlag cancelled = nullptr;
  uint64_t min_part = 5 << 20;  // less than that Amazon refuses; other servers may take less
};

struct S3Call {
  net::Method method = net::Method::kGet;
  std::string key;  // empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;
  net::Headers headers;
  std::span<const std::byte> body;
  std::string hash;                       // SHA-256 of the body, where it is known already
  std::chrono::seconds stall_timeout{0};  // 0: the client's
  uint64_t max_body = net::kMaxXmlBytes;
  // The answer is XML, and may be an error although it says 200.
  bool xml = false;
  std::function<void(net::Request&)> prepare;  // before each attempt
};

struct S3Answer {
  net::Outcome outcome = net::Outcome::kSuccess;
  std::string code, message;  // of an error, as S3 has them
  int attempts = 1;
  net::Response response;
  net::XmlElement xml;  // where it was asked for

  bool ok() const { return outcome == net::Outcome::kSuccess; }
};

// Thread-safe.
class S3Client {
 public:
  explicit S3Client(S3Options options);

  const S3Options& options() const { return options_; }
  std::string place(const std::string& key) const;  // for messages: "s3://bucket/key"
  std::string name() const { return place("") + options_.prefix; }
  bool is_google() const { return options_.dialect == S3Dialect::kGoogle; }

  // Any answer of the server is a value; kSuccess is what it wanted. Errors: no answer, no
  // credentials, cancelled.
  base::Result<S3Answer> send(const S3Call& call);
  // What an answer that is no success tells the user.
  base::Error error_of(const S3Answer& answer, const std::string& key) const;

  net::Url url_of(const std::string& key) const;
  net::SigningScope scope() const;

 private:
  // What has been put right once in a call, and is not again.
  struct Corrected {
    bool region = false, credentials = false, clock = false;
  };

  std::string region() const;
  net::Request request_for(const S3Call& call) const;
  bool correct(const S3Answer& answer, const std::function<void()>& refuse, Corrected& corrected);
  bool correct_region(const S3Answer& answer);
  bool correct_clock(const S3Answer& answer);

  S3Options options_;
  mutable std::mutex mutex_;
  std::string region_;
  std::atomic<int64_t> clock_offset_ms_{0};  // the server's time less ours
};

}  // namespace rushes::store
