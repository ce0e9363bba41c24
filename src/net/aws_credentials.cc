#include "net/aws_credentials.h"

#include <utility>

namespace rushes::net {

bool same(const AwsCredentials& a, const AwsCredentials& b) {
  return a.access_key_id == b.access_key_id &&
         a.secret_access_key.reveal() == b.secret_access_key.reveal() &&
         a.session_token.reveal() == b.session_token.reveal();
}

AwsCredentialProvider::AwsCredentialProvider(
    std::vector<std::unique_ptr<AwsCredentialSource>> sources, base::Clock& clock)
    : sources_(std::move(sources)),
      current_([this](base::CancelFlag cancelled) { return fetch(cancelled); }, clock) {}

base::Result<AwsCredentials> AwsCredentialProvider::fetch(base::CancelFlag cancelled) const {
  std::string asked;
  for (const auto& source : sources_) {
    auto found = source->fetch(cancelled);
    const std::string name(source->name());
    if (!found.ok()) return std::move(found).error().in("AWS credentials of " + name);
    if (*found) return **std::move(found);
    asked += (asked.empty() ? "" : ", ") + name;
  }
  return base::permission("there are no AWS credentials (asked: " + asked +
                          "); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
}

}  // namespace rushes::net
