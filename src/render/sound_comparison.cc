#include "render/sound_comparison.h"

#include <algorithm>
#include <cmath>

#include "base/exact_math.h"

namespace rushes::render {
namespace {

constexpr int64_t kTenths = 10;
constexpr int64_t kValuesASecond = kTenths * static_cast<int64_t>(Tenth::kValues);
constexpr double kFullScale = 32767;
// Of what counts as clipped: decoders may end just below full scale.
constexpr float kClipped = 0.9999F;
constexpr int kClippedInARow = 3;
// Hundredths of decibels.
constexpr int kSilent = -6000;
constexpr int kHeard = -5000;
// Offsets are looked for within half a second, over two seconds of what is heard.
constexpr int64_t kMostLag = kValuesASecond / 2;
constexpr int64_t kWindow = 2 * kValuesASecond;
constexpr auto kRemembered = static_cast<size_t>(kWindow + 2 * kMostLag + kValuesASecond);
// What matches less than this is not the same sound; of offsets that match about as well as the
// best, the least one counts.
constexpr double kLeastMatch = 0.5;
constexpr double kAboutAsWell = 0.002;

qc::Level level_of(uint64_t power, int64_t samples) {
  if (power == 0 || samples == 0) return std::nullopt;
  const double mean =
      static_cast<double>(power) / static_cast<double>(samples) / (kFullScale * kFullScale);
  constexpr double kHundredthsPerDoubling = 301.029995663981195;
  return static_cast<int>(std::round(base::exact_log2(mean) * kHundredthsPerDoubling));
}

bool is_heard(const qc::Level& level) { return level && *level >= kHeard; }

double correlation(int64_t products, int64_t squares_a, int64_t squares_b) {
  if (squares_a == 0 || squares_b == 0) return 0;
  return static_cast<double>(products) /
         std::sqrt(static_cast<double>(squares_a) * static_cast<double>(squares_b));
}

int thousandths(double match) { return static_cast<int>(std::round(match * 1000)); }

int64_t product_of(const std::vector<int32_t>& a, const int32_t* b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += int64_t{a[i]} * b[i];
  return sum;
}

int64_t squares_of(const int32_t* values, size_t count) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += int64_t{values[i]} * values[i];
  return sum;
}

}  // namespace

Tenths::Tenths(int channels, int sample_rate)
    : channels_(channels), rate_(sample_rate), at_full_scale_(static_cast<size_t>(channels)) {}

void Tenths::add(const frame::AudioBlock& block) {
  const float* sample = block.samples.data();
  const auto count = static_cast<int64_t>(block.frames());
  for (int64_t i = 0; i < count; ++i) {
    int64_t sum = 0;
    for (int c = 0; c < channels_; ++c, ++sample) {
      const double x = std::clamp(static_cast<double>(*sample), -1.0, 1.0) * kFullScale;
      const auto code = static_cast<int64_t>(x < 0 ? x - 0.5 : x + 0.5);
      sum += code;
      now_.power += static_cast<uint64_t>(code * code);
      int& run = at_full_scale_[static_cast<size_t>(c)];
      run = std::abs(*sample) >= kClipped ? run + 1 : 0;
      if (run >= kClippedInARow) clipped_ += run == kClippedInARow ? kClippedInARow : 1;
    }
    now_.samples += channels_;
    const int64_t value = frames_ * kValuesASecond / rate_ - tenths_ * int64_t{Tenth::kValues};
    sums_[static_cast<size_t>(value)] += static_cast<int32_t>(sum / channels_);
    ++counts_[static_cast<size_t>(value)];
    ++frames_;
    if (frames_ * kTenths >= (tenths_ + 1) * rate_) end_tenth();
  }
}

void Tenths::end_tenth() {
  int16_t last = 0;
  for (size_t i = 0; i < Tenth::kValues; ++i) {
    if (counts_[i] > 0) last = static_cast<int16_t>(sums_[i] / counts_[i]);
    now_.signal[i] = last;
  }
  ended.push_back(now_);
  now_ = {};
  sums_ = {};
  counts_ = {};
  ++tenths_;
}

void Tenths::finish() {
  if (now_.samples > 0) end_tenth();
}

SoundComparison::SoundComparison() : silent_({.least = 20, .least_only = 5}) {}

void SoundComparison::add(const Tenth& output, const Tenth& reference) {
  const qc::Level level = level_of(output.power, output.samples);
  const qc::Level wanted = level_of(reference.power, reference.samples);
  const bool silent = !level || *level < kSilent;
  const qc::Tick alone = is_heard(wanted) ? qc::Tick::kOutputOnly : qc::Tick::kBoth;
  silent_.add(silent ? alone : qc::Tick::kNeither);

  second_.output_power += output.power;
  second_.output_samples += output.samples;
  second_.reference_power += reference.power;
  second_.reference_samples += reference.samples;
  add_signals(output, reference);
  if (++second_.tenths == kTenths) end_second();

  if (is_heard(wanted)) {
    if (!heard_from_) heard_from_ = values_ - int64_t{Tenth::kValues};
    heard_to_ = values_;
    end_done_ = false;
  }
  if (heard_from_ && !begin_done_ && values_ >= *heard_from_ + kWindow + kMostLag) {
    begin_ = offset_of(*heard_from_, *heard_from_ + kWindow);
    begin_done_ = true;
  }
  if (!end_done_ && values_ >= heard_to_ + kMostLag) {
    end_ = offset_of(heard_to_ - kWindow, heard_to_);
    end_done_ = true;
  }
}

void SoundComparison::add_signals(const Tenth& output, const Tenth& reference) {
  for (size_t i = 0; i < Tenth::kValues; ++i) {
    const int64_t a = output.signal[i];
    const int64_t b = reference.signal[i];
    second_.products += a * b;
    second_.output_squares += a * a;
    second_.reference_squares += b * b;
  }
  output_.insert(output_.end(), output.signal.begin(), output.signal.end());
  reference_.insert(reference_.end(), reference.signal.begin(), reference.signal.end());
  values_ += int64_t{Tenth::kValues};
  if (output_.size() > kRemembered) {
    const auto rest = static_cast<ptrdiff_t>(output_.size() - kRemembered);
    output_.erase(output_.begin(), output_.begin() + rest);
    reference_.erase(reference_.begin(), reference_.begin() + rest);
  }
}

void SoundComparison::end_second() {
  if (second_.tenths == 0) return;
  qc::SoundSecond out{
      .level = level_of(second_.output_power, second_.output_samples),
      .reference_level = level_of(second_.reference_power, second_.reference_samples),
      .match = {}};
  if (is_heard(out.level) && is_heard(out.reference_level)) {
    out.match = thousandths(
        correlation(second_.products, second_.output_squares, second_.reference_squares));
  }
  seconds_.push_back(out);
  second_ = {};
}

std::optional<qc::SoundOffset> SoundComparison::offset_of(int64_t begin, int64_t end) const {
  const int64_t oldest = values_ - static_cast<int64_t>(reference_.size());
  begin = std::max(begin, oldest);
  end = std::min(end, values_);
  if (end <= begin) return std::nullopt;
  const auto length = static_cast<size_t>(end - begin);
  std::vector<int32_t> reference;
  std::vector<int32_t> output;  // from kMostLag before to kMostLag after; nothing is 0
  for (int64_t i = begin - kMostLag; i < end + kMostLag; ++i) {
    const bool known = i >= oldest && i < values_;
    output.push_back(known ? output_[static_cast<size_t>(i - oldest)] : 0);
    if (i >= begin && i < end) reference.push_back(reference_[static_cast<size_t>(i - oldest)]);
  }
  const int64_t reference_squares = squares_of(reference.data(), length);
  int64_t output_squares = squares_of(output.data(), length);
  std::vector<double> matches;
  for (size_t shift = 0; shift <= static_cast<size_t>(2 * kMostLag); ++shift) {
    matches.push_back(
        correlation(product_of(reference, &output[shift]), reference_squares, output_squares));
    if (shift + length >= output.size()) break;
    const int64_t leaves = output[shift];
    const int64_t comes = output[shift + length];
    output_squares += comes * comes - leaves * leaves;
  }
  const double best = *std::ranges::max_element(matches);
  if (best < kLeastMatch) return std::nullopt;
  std::optional<int64_t> least;
  for (size_t shift = 0; shift < matches.size(); ++shift) {
    const int64_t lag = static_cast<int64_t>(shift) - kMostLag;
    if (matches[shift] < best - kAboutAsWell) continue;
    if (!least || std::abs(lag) < std::abs(*least)) least = lag;
  }
  return qc::SoundOffset{base::Rational(*least, kValuesASecond), thousandths(best)};
}

void SoundComparison::finish(qc::SoundFigures& figures) {
  // What a codec fills its last packet up with is no second of its own.
  if (second_.tenths > 1 || seconds_.empty()) end_second();
  if (heard_from_ && !begin_done_) begin_ = offset_of(*heard_from_, *heard_from_ + kWindow);
  if (!end_done_) end_ = offset_of(heard_to_ - kWindow, heard_to_);
  figures.seconds = std::move(seconds_);
  figures.silent = silent_.finish();
  figures.offset_begin = begin_;
  figures.offset_end = end_;
}

}  // namespace rushes::render
