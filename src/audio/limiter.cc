#include "audio/limiter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "audio/decibel.h"
#include "audio/dot.h"
#include "audio/kaiser.h"
#include "base/result.h"

namespace rushes::audio {
namespace {

constexpr double kMarginDb = 0.1;
constexpr int kTaps = 32;
constexpr int kReach = kTaps / 2;  // frames after the one whose peak is sought
constexpr double kBeta = 6;
// Gains are whole numbers of 2^-30, so that running sums are exact.
constexpr int64_t kUnity = int64_t{1} << 30;
constexpr size_t kChunk = 32;

// The three points between one frame and the next.
using Interpolator = std::array<std::array<float, kTaps>, 3>;

Interpolator make_interpolator() {
  Interpolator phases{};
  for (int p = 0; p < 3; ++p) {
    for (int i = 0; i < kTaps; ++i) {
      const double distance = i - (kReach - 1) - (p + 1) / 4.0;
      phases[static_cast<size_t>(p)][static_cast<size_t>(i)] =
          static_cast<float>(sinc(distance) * kaiser(distance / kReach, kBeta));
    }
  }
  return phases;
}

// No interpolated value can be larger than this times the largest sample among its taps.
float worst_gain(const Interpolator& phases) {
  double worst = 1;
  for (const auto& phase : phases) {
    double sum = 0;
    for (const float tap : phase) sum = sum + std::fabs(tap);
    worst = std::max(worst, sum);
  }
  return static_cast<float>(worst * 1.001);
}

// The mean of the last `length` values, rounded down; of fewer at first, with unity before them.
class RunningMean {
 public:
  explicit RunningMean(int64_t length)
      : window_(static_cast<size_t>(length), kUnity), sum_(length * kUnity), length_(length) {}
  int64_t next(int64_t value) {
    sum_ += value - std::exchange(window_[at_], value);
    at_ = at_ + 1 == window_.size() ? 0 : at_ + 1;
    return sum_ / length_;
  }

 private:
  std::vector<int64_t> window_;
  int64_t sum_;
  int64_t length_;
  size_t at_ = 0;
};

// The least of the last `length` values.
class RunningMinimum {
 public:
  explicit RunningMinimum(int64_t length) : length_(length) {}
  int64_t next(int64_t value) {
    while (!rising_.empty() && rising_.back().second >= value) rising_.pop_back();
    rising_.emplace_back(now_, value);
    if (rising_.front().first <= now_ - length_) rising_.pop_front();
    ++now_;
    return rising_.front().second;
  }

 private:
  std::deque<std::pair<int64_t, int64_t>> rising_;
  int64_t length_;
  int64_t now_ = 0;
};

}  // namespace

class Limiter::Impl {
 public:
  Impl(int channels, int sample_rate, double limit_db)
      : channels_(static_cast<size_t>(channels)),
        ceiling_(static_cast<float>(from_db(limit_db - kMarginDb))),
        quiet_(ceiling_ / worst_gain(phases_)),
        half_(std::max(1, sample_rate / 400)),
        least_(2 * half_ - 1),
        first_mean_(half_),
        second_mean_(half_),
        // 1 - e^(-1 / (0.08 s * rate)), near enough.
        release_(1 / (0.08 * sample_rate)) {
    for (auto& plane : planes_) plane.assign(kTaps, 0.0F);
  }

  void process(std::span<const float> in, std::vector<float>& out) {
    for (size_t at = 0; at < in.size();) {
      const size_t count = std::min(in.size() - at, kChunk * channels_);
      add(in.subspan(at, count), out);
      at += count;
    }
  }

  void finish(std::vector<float>& out) {
    const std::vector<float> silence(kChunk * channels_, 0.0F);
    const int64_t given = taken_;
    while (put_ < given) {
      const size_t before = out.size();
      add(silence, out);
      const auto surplus = static_cast<size_t>(std::max<int64_t>(0, put_ - given));
      out.resize(std::max(before, out.size() - surplus * channels_));
    }
  }

  double reduction_db() const {
    return lowest_ == kUnity ? 0 : -to_db(static_cast<double>(lowest_) / kUnity);
  }

 private:
  // At most kChunk frames. planes_ begin kTaps frames before those whose peaks come next.
  void add(std::span<const float> in, std::vector<float>& out) {
    const size_t frames = in.size() / channels_;
    for (size_t c = 0; c < channels_; ++c) {
      for (size_t i = c; i < in.size(); i += channels_) planes_[c].push_back(in[i]);
    }
    waiting_.insert(waiting_.end(), in.begin(), in.end());
    taken_ += static_cast<int64_t>(frames);
    const bool loud = largest() > quiet_;
    for (size_t i = 0; i < frames; ++i) settle(peak(i, loud), out);
    for (size_t c = 0; c < channels_; ++c) {
      planes_[c].erase(planes_[c].begin(), planes_[c].begin() + static_cast<ptrdiff_t>(frames));
    }
  }

  float largest() const {
    float most = 0;
    for (size_t c = 0; c < channels_; ++c) {
      for (const float x : planes_[c]) most = std::max(most, std::fabs(x));
    }
    return most;
  }

  // Of the i-th frame of planes_ that has all its taps, and of the points up to the next frame.
  float peak(size_t i, bool loud) const {
    float most = 0;
    for (size_t c = 0; c < channels_; ++c) {
      const float* taps = planes_[c].data() + i + 1;
      most = std::max({most, std::fabs(taps[kReach - 1]), std::fabs(taps[kReach])});
      if (!loud) continue;
      for (const auto& phase : phases_) {
        most = std::max(most, std::fabs(dot(phase.data(), taps, kTaps)));
      }
    }
    return most;
  }

  void settle(float peak, std::vector<float>& out) {
    int64_t allowed = kUnity;
    if (peak > ceiling_) {
      allowed = static_cast<int64_t>(static_cast<double>(ceiling_) / static_cast<double>(peak) *
                                     static_cast<double>(kUnity));
    }
    // What lies between two frames binds both.
    const int64_t bound = std::min(allowed, std::exchange(allowed_before_, allowed));
    const auto least = static_cast<double>(least_.next(bound));
    held_ = std::min(least, held_ + (least - held_) * release_);
    const int64_t gain = second_mean_.next(first_mean_.next(static_cast<int64_t>(held_)));
    ++settled_;
    // The minimum looks 2 half - 2 frames ahead, and peaks are known kReach frames late.
    if (settled_ <= kReach + 2 * half_ - 2) return;
    lowest_ = std::min(lowest_, gain);
    const auto factor = static_cast<float>(static_cast<double>(gain) / static_cast<double>(kUnity));
    for (size_t c = 0; c < channels_; ++c) {
      out.push_back(waiting_.front() * factor);
      waiting_.pop_front();
    }
    ++put_;
  }

  const Interpolator phases_ = make_interpolator();
  size_t channels_;
  float ceiling_;
  float quiet_;
  int64_t half_;
  RunningMinimum least_;
  RunningMean first_mean_, second_mean_;
  double release_;
  double held_ = static_cast<double>(kUnity);
  int64_t allowed_before_ = kUnity;
  int64_t lowest_ = kUnity;
  std::array<std::vector<float>, 2> planes_;
  std::deque<float> waiting_;
  int64_t taken_ = 0, settled_ = 0, put_ = 0;  // frames
};

Limiter::Limiter(int channels, int sample_rate, double limit_db)
    : impl_(std::make_unique<Impl>(channels, sample_rate, limit_db)) {}
Limiter::Limiter(Limiter&&) noexcept = default;
Limiter& Limiter::operator=(Limiter&&) noexcept = default;
Limiter::~Limiter() = default;

void Limiter::process(std::span<const float> in, std::vector<float>& out) {
  impl_->process(in, out);
}
void Limiter::finish(std::vector<float>& out) { impl_->finish(out); }
double Limiter::reduction_db() const { return impl_->reduction_db(); }

}  // namespace rushes::audio
