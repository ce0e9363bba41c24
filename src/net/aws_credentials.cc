#include "net/aws_credentials.h"

#include <chrono>
#include <utility>

namespace rushes::net {

bool AwsCredentialProvider::usable(base::Time now) const {
  return current_ && (!current_->expires || now < *current_->expires);
}

bool AwsCredentialProvider::fresh(base::Time now) const {
  if (!usable(now)) return false;
  return !current_->expires || now < *current_->expires - kRefreshBefore || now < next_fetch_;
}

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

base::Result<AwsCredentials> AwsCredentialProvider::get(base::CancelFlag cancelled) {
  constexpr std::chrono::milliseconds kLook{50};  // at the flag
  std::unique_lock lock(mutex_);
  for (;;) {
    const base::Time now = clock_.now();
    if (fresh(now) || (fetching_ && usable(now))) return *current_;
    if (!fetching_) break;
    if (base::is_set(cancelled)) return base::Error{base::Code::kCancelled, "cancelled"};
    fetched_.wait_for(lock, kLook);
  }
  fetching_ = true;
  lock.unlock();
  auto found = fetch(cancelled);
  lock.lock();
  fetching_ = false;
  fetched_.notify_all();
  const base::Time now = clock_.now();
  next_fetch_ = now + kTryAgainAfter;
  if (found.ok()) current_ = *found;
  if (!found.ok() && usable(now)) return *current_;
  return found;
}

void AwsCredentialProvider::refuse(const AwsCredentials& refused) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->access_key_id == refused.access_key_id &&
      current_->session_token.reveal() == refused.session_token.reveal()) {
    current_.reset();
  }
}

}  // namespace rushes::net
