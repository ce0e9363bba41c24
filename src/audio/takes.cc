#include "audio/takes.h"

#include <algorithm>
#include <utility>

namespace rushes::audio {
namespace {

constexpr int64_t kBlock = 4800;

}  // namespace

Takes::Takes(schema::AudioMix mix, const Rational& duration, Inputs inputs)
    : mix_(std::move(mix)),
      duration_(duration),
      inputs_(std::move(inputs)),
      total_(audio::total_frames(duration, std::max(1, mix_.sample_rate))),
      keeping_(mix_.loudness && total_ <= kMaxKeptBytes / int64_t{sizeof(float)} / 2) {}

base::Status Takes::rewind() {
  done_ = 0;
  if (whole_) return {};
  kept_.clear();
  ASSIGN_OR_RETURN(mixer_, Mixer::open(mix_, duration_, inputs_));
  if (keeping_) kept_.reserve(static_cast<size_t>(total_ * mix_.channels));
  return {};
}

base::Result<frame::AudioBlock> Takes::read() {
  const auto channels = static_cast<size_t>(mix_.channels);
  frame::AudioBlock block{mix_.channels, {}};
  if (whole_) {
    const auto from = kept_.begin() + done_ * mix_.channels;
    const int64_t frames = std::min(kBlock, total_ - done_);
    block.samples.assign(from, from + frames * mix_.channels);
  } else {
    ASSIGN_OR_RETURN(block, mixer_->read(kBlock));
    if (keeping_) {
      kept_.insert(kept_.end(), block.samples.begin(), block.samples.end());
      whole_ = kept_.size() == static_cast<size_t>(total_) * channels;
    }
  }
  done_ += static_cast<int64_t>(block.frames());
  return block;
}

const std::vector<Warning>& Takes::warnings() const { return mixer_ ? mixer_->warnings() : none_; }

}  // namespace rushes::audio
