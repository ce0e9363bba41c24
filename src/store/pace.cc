#include "store/pace.h"

#include <algorithm>

namespace rushes::store {
namespace {

constexpr double kLong = 0.75, kShort = 0.3;  // seconds
constexpr int kFirstRequests = 4, kLeastRequests = 2;

}  // namespace

Pace::Pace(uint64_t least_bytes, uint64_t most_bytes, int most_requests)
    : least_bytes_(std::clamp<uint64_t>(least_bytes, 1, std::max<uint64_t>(most_bytes, 1))),
      most_bytes_(std::max<uint64_t>(most_bytes, 1)),
      bytes_(least_bytes_),
      most_requests_(std::max(most_requests, 1)),
      requests_(std::min(kFirstRequests, most_requests_)) {}

void Pace::answered(const Begun& request, double seconds) {
  // The first ones still had the line to themselves, or waited for what was asked for before.
  if (request.change != change_ || answers_++ < requests_) return;
  if (seconds > kLong) {
    slower();
  } else if (seconds < kShort && request.bytes >= bytes_) {
    faster();
  }
}

void Pace::slower() {
  const uint64_t bytes = bytes_;
  const int requests = requests_;
  if (bytes_ > least_bytes_) {
    bytes_ = std::max(bytes_ / 2, least_bytes_);
  } else {
    requests_ = std::max(requests_ - 1, std::min(kLeastRequests, most_requests_));
  }
  if (bytes != bytes_ || requests != requests_) changed();
}

void Pace::faster() {
  if (requests_ < most_requests_) {
    requests_ = std::min(requests_ * 2, most_requests_);
  } else if (bytes_ < most_bytes_) {
    bytes_ = std::min(bytes_ * 2, most_bytes_);
  } else {
    return;
  }
  changed();
}

void Pace::changed() {
  ++change_;
  answers_ = 0;
}

}  // namespace rushes::store
