#include "plan/cap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/exact_math.h"

namespace rushes::plan {

CapControl::CapControl(Buffer buffer, const schema::RateModel& model, std::vector<double> crf,
                       std::vector<int64_t> frames)
    : buffer_(buffer),
      model_(model),
      crf_(std::move(crf)),
      frames_(std::move(frames)),
      uses_(crf_.size()),
      tries_(crf_.size()) {
  trial_.segments.resize(crf_.size());
  std::iota(trial_.segments.begin(), trial_.segments.end(), size_t{0});
  trial_.crf = crf_;
}

std::optional<Trial> CapControl::next() {
  if (trial_.segments.empty()) return std::nullopt;
  return trial_;
}

void CapControl::measured(const std::vector<BufferUse>& uses) {
  for (size_t k = 0; k < trial_.segments.size(); ++k) {
    uses_[trial_.segments[k]] = uses[k];
    ++tries_[trial_.segments[k]];
  }
  trial_ = {};
  failures_ = 0;
  int64_t found = buffer_.filled(kUsualFill);
  for (size_t i = 0; i < crf_.size(); ++i) {
    const BufferUse& use = uses_[i];
    if (use.need > found) {
      const double next = worse(i, use.need - found);
      if (next > crf_[i]) {
        crf_[i] = next;
        trial_.segments.push_back(i);
        trial_.crf.push_back(next);
      } else {
        ++failures_;
      }
    }
    // Where it is encoded anew it finds just what it needs, and leaves what it leaves now.
    const bool never = use.need > buffer_.size();
    found = never ? use.most : std::min(use.most, std::max(found, use.need) + use.gain);
  }
}

// As if the segment were short of bits everywhere alike: where it is so in a part of it alone, some
// more tries follow. So it is never worse than it has to be by more than the last of them.
double CapControl::worse(size_t segment, int64_t missing) const {
  const auto all = static_cast<double>(buffer_.fed(frames_[segment]) - uses_[segment].gain);
  const double part = all > 0 ? std::min(static_cast<double>(missing) / all, 0.9) : 0.9;
  const double more = -base::exact_log2(1 - part) / model_.slope;
  // What does not fit at all says nothing of how much it is too large: one step more each time.
  const double steps = std::max<double>(tries_[segment], std::ceil(more / model_.step));
  return std::max(crf_[segment], std::min(crf_[segment] + steps * model_.step, model_.highest));
}

}  // namespace rushes::plan
