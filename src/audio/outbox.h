#pragma once

// Samples made in blocks of one size and handed out in blocks of another.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace rushes::audio {

class Outbox {
 public:
  bool empty() const { return used_ == samples_.size(); }
  // Where the next samples are appended; asked for only when empty().
  std::vector<float>& refill() {
    samples_.clear();
    used_ = 0;
    return samples_;
  }
  // Moves up to `count` samples to the end of `out`; returns how many.
  size_t take(size_t count, std::vector<float>& out) {
    const size_t moved = std::min(count, samples_.size() - used_);
    const auto from = samples_.begin() + static_cast<ptrdiff_t>(used_);
    out.insert(out.end(), from, from + static_cast<ptrdiff_t>(moved));
    used_ += moved;
    return moved;
  }

 private:
  std::vector<float> samples_;
  size_t used_ = 0;
};

}  // namespace rushes::audio
