#include "audio/resample.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "audio/dot.h"
#include "audio/kaiser.h"

namespace rushes::audio {
namespace {

constexpr int kTaps = 128;           // at the lower rate
constexpr double kBeta = 10.72;      // 106 dB
constexpr double kCutoff = 0.94665;  // the middle of the transition band, which ends at Nyquist
constexpr int64_t kMaxExact = 1 << 18;
constexpr int64_t kInterpolated = 1024;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

base::Result<std::shared_ptr<const ResampleTable>> ResampleTable::make(int from, int to) {
  if (from < kMinRate || from > kMaxRate || to < 8000 || to > kMaxRate) {
    return base::invalid_argument("cannot resample from " + std::to_string(from) + " to " +
                                  std::to_string(to) + " Hz");
  }
  // No constructor to make_shared with: it is private.
  std::shared_ptr<ResampleTable> table(new ResampleTable);
  const int common = std::gcd(from, to);
  table->up_ = to / common;
  table->down_ = from / common;
  const double reduction = std::max(1.0, static_cast<double>(from) / to);
  const int wanted = static_cast<int>(kTaps * reduction);
  table->taps_ = (wanted + 7) / 8 * 8;
  table->phases_ = table->up_;
  if (table->up_ * table->taps_ > kMaxExact) {
    table->phases_ = static_cast<int64_t>(static_cast<double>(kInterpolated) / reduction) + 1;
  }
  table->coefficients_.resize(static_cast<size_t>((table->phases_ + 1) * table->taps_));
  for (int64_t row = 0; row <= table->phases_; ++row) table->fill_row(row, kCutoff / reduction);
  return std::shared_ptr<const ResampleTable>(std::move(table));
}

void ResampleTable::fill_row(int64_t row, double cutoff) {
  const double fraction = static_cast<double>(row) / static_cast<double>(phases_);
  std::vector<double> taps(static_cast<size_t>(taps_));
  double sum = 0;
  for (int i = 0; i < taps_; ++i) {
    const double distance = i - (reach() - 1) - fraction;
    const double tap = sinc(cutoff * distance) * kaiser(distance / reach(), kBeta);
    taps[static_cast<size_t>(i)] = tap;
    sum = sum + tap;
  }
  float* out = coefficients_.data() + row * taps_;
  for (const double tap : taps) *out++ = static_cast<float>(tap / sum);
}

const float* ResampleTable::phase(int64_t unit, std::vector<float>& scratch) const {
  if (phases_ == up_) return coefficients_.data() + unit * taps_;
  const int64_t scaled = unit * phases_;
  const float* a = coefficients_.data() + scaled / up_ * taps_;
  const float* b = a + taps_;
  const float t = static_cast<float>(scaled % up_) / static_cast<float>(up_);
  scratch.resize(static_cast<size_t>(taps_));
  for (int i = 0; i < taps_; ++i) scratch[static_cast<size_t>(i)] = a[i] + (b[i] - a[i]) * t;
  return scratch.data();
}

Resampler::Resampler(std::shared_ptr<const ResampleTable> table, int channels, int64_t start)
    : table_(std::move(table)),
      channels_(static_cast<size_t>(channels)),
      frame_(floor_div(start, table_->up())),
      unit_(start - frame_ * table_->up()),
      first_input_(frame_ - table_->reach() + 1),
      held_from_(first_input_) {
  RUSHES_CHECK(channels == 1 || channels == 2);
}

size_t Resampler::needed(size_t frames) const {
  if (frames == 0) return 0;
  const int64_t units = unit_ + static_cast<int64_t>(frames - 1) * table_->down();
  const int64_t end = frame_ + units / table_->up() + table_->reach() + 1;
  return static_cast<size_t>(
      std::max<int64_t>(0, end - held_from_ - static_cast<int64_t>(held_[0].size())));
}

void Resampler::push(std::span<const float> in) {
  for (size_t c = 0; c < channels_; ++c) {
    for (size_t i = c; i < in.size(); i += channels_) held_[c].push_back(in[i]);
  }
}

void Resampler::pull(std::span<float> out) {
  RUSHES_CHECK(needed(out.size() / channels_) == 0);
  for (size_t i = 0; i < out.size(); i += channels_) {
    const float* taps = table_->phase(unit_, scratch_);
    const auto at = static_cast<size_t>(frame_ - table_->reach() + 1 - held_from_);
    for (size_t c = 0; c < channels_; ++c) {
      out[i + c] = dot(taps, held_[c].data() + at, table_->taps());
    }
    unit_ += table_->down();
    frame_ += unit_ / table_->up();
    unit_ %= table_->up();
  }
  forget_before(frame_ - table_->reach() + 1);
}

void Resampler::forget_before(int64_t input) {
  const auto held = static_cast<int64_t>(held_[0].size());
  const auto drop = static_cast<ptrdiff_t>(std::min(input - held_from_, held));
  if (drop <= 0) return;
  for (size_t c = 0; c < channels_; ++c) held_[c].erase(held_[c].begin(), held_[c].begin() + drop);
  held_from_ += drop;
}

}  // namespace rushes::audio
