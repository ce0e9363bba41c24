#pragma once

// Where AWS credentials come from, in the order of the AWS tools: environment, web identity,
// profile, container (ECS, EKS, Batch), instance (IMDSv2). They are fetched once for all threads,
// and again before they expire.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/aws_profile.h"
#include "net/aws_signature.h"
#include "net/expiring.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rushes::net {

// One place where credentials may be. No message of its errors holds a secret.
class AwsCredentialSource {
 public:
  virtual ~AwsCredentialSource() = default;
  virtual std::string_view name() const = 0;  // "the environment"
  // Nothing: this place has none, ask the next.
  virtual base::Result<std::optional<AwsCredentials>> fetch(base::CancelFlag cancelled) = 0;
};

struct AwsCredentialOptions {
  Environment environment;  // required
  // Required; it must reach link-local addresses (Reach::kAny) and give up early, as most machines
  // are no instances: both timeouts of a second or two.
  HttpClient* http = nullptr;
  base::Clock* clock = nullptr;  // required
  Random random = system_random();
  std::string profile;  // asked for by name: then the environment's keys do not count
};

std::vector<std::unique_ptr<AwsCredentialSource>> aws_credential_sources(
    const AwsCredentialOptions& options);

bool same(const AwsCredentials& a, const AwsCredentials& b);

// The first place that has credentials. Thread-safe.
class AwsCredentialProvider {
 public:
  AwsCredentialProvider(std::vector<std::unique_ptr<AwsCredentialSource>> sources,
                        base::Clock& clock);

  // As Expiring has it. kPermission if nobody has any.
  base::Result<AwsCredentials> get(base::CancelFlag cancelled = nullptr) {
    return current_.get(cancelled);
  }
  void refuse(const AwsCredentials& refused) { current_.refuse(refused); }

 private:
  base::Result<AwsCredentials> fetch(base::CancelFlag cancelled) const;

  const std::vector<std::unique_ptr<AwsCredentialSource>> sources_;
  Expiring<AwsCredentials> current_;
};

}  // namespace rushes::net
