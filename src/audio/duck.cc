#include "audio/duck.h"

#include <algorithm>

namespace rushes::audio {
namespace {

constexpr int64_t kMaxSteps = 100000;

int steps_of(const base::Rational& seconds) {
  return static_cast<int>(
      std::clamp<int64_t>((seconds * base::Rational(100)).round(), 1, kMaxSteps));
}

}  // namespace

DuckEnvelope::DuckEnvelope(const schema::Duck& duck)
    : by_db_(duck.by_db),
      attack_steps_(steps_of(duck.attack)),
      release_steps_(steps_of(duck.release)),
      ahead_(std::min(attack_steps_, kMaxAheadSteps)) {}

void DuckEnvelope::push(bool heard) {
  hold_ = heard ? kHoldSteps + 1 : std::max(0, hold_ - 1);
  heard_.push_back(hold_ > 0);
}

double DuckEnvelope::advance() {
  const auto window = std::min(heard_.size(), static_cast<size_t>(ahead_) + 1);
  const bool down = std::find(heard_.begin(), heard_.begin() + static_cast<ptrdiff_t>(window),
                              true) != heard_.begin() + static_cast<ptrdiff_t>(window);
  depth_ = down ? std::min(1.0, depth_ + 1.0 / attack_steps_)
                : std::max(0.0, depth_ - 1.0 / release_steps_);
  if (!heard_.empty()) heard_.pop_front();
  return by_db_ * depth_;
}

}  // namespace rushes::audio
