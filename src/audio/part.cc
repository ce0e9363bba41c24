#include "audio/part.h"

#include <algorithm>
#include <cmath>

namespace rushes::audio {
namespace {

constexpr int64_t kMaxKeptFrames = 1 << 18;
constexpr float kMaxSample = 16;

}  // namespace

PartReader::PartReader(std::unique_ptr<SampleSource> source, Part part, int64_t position)
    : source_(std::move(source)),
      part_(part),
      channels_(source_->channels()),
      position_(position),
      keep_pass_(part_.loop && part_.period < Rational(kMaxKeptFrames)) {}

base::Status PartReader::read(std::span<float> out) {
  const auto channels = static_cast<size_t>(channels_);
  if (position_ < 0) {
    const size_t before = static_cast<size_t>(
        std::min<uint64_t>(static_cast<uint64_t>(-position_), out.size() / channels));
    std::fill_n(out.begin(), before * channels, 0.0F);
    position_ += static_cast<int64_t>(before);
    out = out.subspan(before * channels);
  }
  if (out.empty()) return {};
  if (part_.loop) return read_looped(out);
  RETURN_IF_ERROR(fetch(position_, out));
  position_ += static_cast<int64_t>(out.size() / channels);
  return {};
}

base::Status PartReader::read_looped(std::span<float> out) {
  const auto channels = static_cast<size_t>(channels_);
  const auto begin_of = [&](int64_t pass) { return (Rational(pass) * part_.period).round(); };
  int64_t pass = (Rational(position_) / part_.period).floor();
  while (position_ < begin_of(pass)) --pass;
  while (!out.empty()) {
    while (position_ >= begin_of(pass + 1)) ++pass;
    const int64_t within = position_ - begin_of(pass);
    const size_t frames =
        std::min(out.size() / channels, static_cast<size_t>(begin_of(pass + 1) - position_));
    const auto now = out.first(frames * channels);
    const size_t at = static_cast<size_t>(within) * channels;
    if (at + now.size() <= pass_.size()) {
      std::copy_n(pass_.begin() + static_cast<ptrdiff_t>(at), now.size(), now.begin());
    } else {
      RETURN_IF_ERROR(fetch(part_.first + within, now));
      if (keep_pass_ && at <= pass_.size()) {
        pass_.resize(at);
        pass_.insert(pass_.end(), now.begin(), now.end());
      }
    }
    position_ += static_cast<int64_t>(frames);
    out = out.subspan(now.size());
  }
  return {};
}

base::Status PartReader::fetch(int64_t frame, std::span<float> out) {
  const auto channels = static_cast<size_t>(channels_);
  while (!out.empty()) {
    if (source_end_ && frame >= *source_end_) {
      std::fill(out.begin(), out.end(), 0.0F);
      return {};
    }
    if (frame != source_next_) {
      RETURN_IF_ERROR(source_->seek(Rational(frame, source_->sample_rate())));
      block_.clear();
      block_used_ = 0;
      source_next_ = frame;
    }
    if (block_used_ == block_.size()) {
      RETURN_IF_ERROR(fetch_block());
      if (block_.empty()) source_end_ = source_next_;
      continue;
    }
    const size_t count = std::min(out.size(), block_.size() - block_used_);
    std::copy_n(block_.begin() + static_cast<ptrdiff_t>(block_used_), count, out.begin());
    block_used_ += count;
    source_next_ += static_cast<int64_t>(count / channels);
    frame = source_next_;
    out = out.subspan(count);
  }
  return {};
}

base::Status PartReader::fetch_block() {
  ASSIGN_OR_RETURN(frame::AudioBlock block, source_->read());
  const auto channels = static_cast<size_t>(channels_);
  if (!block.samples.empty() && (block.channels != channels_ || block.samples.size() % channels)) {
    return base::internal("a decoder changed its number of channels");
  }
  block_ = std::move(block.samples);
  block_used_ = 0;
  for (float& sample : block_) {
    // False for NaN too.
    if (std::fabs(sample) <= kMaxSample) continue;
    sample = std::isfinite(sample) ? std::copysign(kMaxSample, sample) : 0.0F;
    ++mended_;
  }
  return {};
}

}  // namespace rushes::audio
