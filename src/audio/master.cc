#include "audio/master.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "audio/decibel.h"
#include "audio/limiter.h"
#include "audio/outbox.h"
#include "audio/takes.h"

namespace rushes::audio {
namespace {

constexpr double kCloseEnoughLu = 0.3;
constexpr double kToleranceLu = 0.5;
constexpr int kMaxTrials = 4;
constexpr double kLeastYield = 0.25;

std::string decibels(double x) {
  const auto hundredths = static_cast<int64_t>(std::round(std::fabs(x) * 100));
  const std::string cents = std::to_string(hundredths % 100);
  return (x < 0 ? "-" : "") + std::to_string(hundredths / 100) + "." +
         (cents.size() < 2 ? "0" + cents : cents);
}

// A take through gain and limiter, in steps.
class Chain {
 public:
  // Without a gain the mix is put out as it is.
  static base::Result<Chain> start(Takes& takes, std::optional<double> gain_db) {
    RETURN_IF_ERROR(takes.rewind());
    Chain chain(takes);
    if (gain_db) {
      const schema::AudioMix& mix = takes.mix();
      chain.gain_ = static_cast<float>(from_db(*gain_db));
      chain.limiter_.emplace(mix.channels, mix.sample_rate, mix.loudness->true_peak_db);
    }
    return chain;
  }

  // Appends what comes next; nothing only at the end.
  base::Status step(std::vector<float>& out) {
    const size_t before = out.size();
    while (out.size() == before && !over_) {
      ASSIGN_OR_RETURN(frame::AudioBlock block, takes_->read());
      over_ = block.samples.empty();
      if (!limiter_) {
        out.insert(out.end(), block.samples.begin(), block.samples.end());
      } else if (over_) {
        limiter_->finish(out);
      } else {
        for (float& sample : block.samples) sample *= gain_;
        limiter_->process(block.samples, out);
      }
    }
    return {};
  }

  double limited_db() const { return limiter_ ? limiter_->reduction_db() : 0; }

 private:
  explicit Chain(Takes& takes) : takes_(&takes) {}

  Takes* takes_;
  float gain_ = 1;
  std::optional<Limiter> limiter_;
  bool over_ = false;
};

base::Result<Loudness> measure(Takes& takes, std::optional<double> gain_db,
                               const MasterOptions& options) {
  ASSIGN_OR_RETURN(Chain chain, Chain::start(takes, gain_db));
  const schema::AudioMix& mix = takes.mix();
  ASSIGN_OR_RETURN(Meter meter, Meter::open(mix.channels, mix.sample_rate, takes.total_frames()));
  frame::AudioBlock block{mix.channels, {}};
  while (true) {
    block.samples.clear();
    RETURN_IF_ERROR(chain.step(block.samples));
    if (block.samples.empty()) return meter.result();
    RETURN_IF_ERROR(meter.add(block));
    if (options.on_measured) {
      RETURN_IF_ERROR(options.on_measured(takes.done(), takes.total_frames()));
    }
  }
}

// The gain that takes the mix to its target, limiting included.
base::Result<double> choose_gain(Takes& takes, const Loudness& before,
                                 const MasterOptions& options) {
  const schema::Loudness& target = *takes.mix().loudness;
  const double peak_room = target.true_peak_db - *before.true_peak_db;
  const double most = std::min(kMaxGainDb, peak_room + kMaxLimitingDb);
  double gain = std::min(target.target_lufs - *before.integrated_lufs, most);
  if (gain <= peak_room + kCloseEnoughLu) return gain;

  double gain_before = 0;
  double lufs_before = 0;
  for (int trial = 0; trial < kMaxTrials; ++trial) {
    ASSIGN_OR_RETURN(const Loudness after, measure(takes, gain, options));
    if (!after.integrated_lufs) break;
    const double lack = target.target_lufs - *after.integrated_lufs;
    double yield = 1;  // loudness for gain
    if (trial > 0) {
      yield = (*after.integrated_lufs - lufs_before) / (gain - gain_before);
      // The limiter takes back nearly all of it: more would only squash.
      if (yield < kLeastYield) return gain_before;
    }
    const double next = std::min(gain + lack / yield, most);
    if (std::fabs(lack) <= kCloseEnoughLu || next == gain) break;
    gain_before = gain;
    lufs_before = *after.integrated_lufs;
    gain = next;
  }
  return gain;
}

}  // namespace

class Master::Impl {
 public:
  Impl(schema::AudioMix mix, const Rational& duration, Inputs inputs)
      : takes_(std::move(mix), duration, std::move(inputs)) {}

  base::Status prepare(const MasterOptions& options) {
    std::optional<double> gain_db;
    const schema::AudioMix& mix = takes_.mix();
    report_.target = mix.loudness;
    if (mix.loudness) {
      ASSIGN_OR_RETURN(report_.before, measure(takes_, std::nullopt, options));
      if (report_.before->integrated_lufs && report_.before->true_peak_db) {
        ASSIGN_OR_RETURN(report_.gain_db, choose_gain(takes_, *report_.before, options));
      } else {
        warnings_.push_back(
            {"", "loudness: nothing to measure (silence, or less than 0.4 s of sound)"});
      }
      gain_db = report_.gain_db;
    }
    ASSIGN_OR_RETURN(chain_, Chain::start(takes_, gain_db));
    ASSIGN_OR_RETURN(meter_, Meter::open(mix.channels, mix.sample_rate, takes_.total_frames()));
    return {};
  }

  base::Result<frame::AudioBlock> read(size_t frames) {
    if (failed_) return *failed_;
    const auto channels = static_cast<size_t>(takes_.mix().channels);
    frame::AudioBlock out{takes_.mix().channels, {}};
    const auto left = static_cast<uint64_t>(takes_.total_frames() - delivered_);
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(frames, left)) * channels;
    while (out.samples.size() < wanted) {
      if (outbox_.empty()) {
        if (auto status = refill(); !status.ok()) {
          failed_ = std::move(status).error();
          return *failed_;
        }
      }
      outbox_.take(wanted - out.samples.size(), out.samples);
    }
    delivered_ += static_cast<int64_t>(wanted / channels);
    if (delivered_ == takes_.total_frames() && !ended_) RETURN_IF_ERROR(end());
    return out;
  }

  int64_t total() const { return takes_.total_frames(); }
  const MasterReport& report() const { return report_; }
  const std::vector<Warning>& warnings() const { return warnings_; }

 private:
  base::Status refill() {
    std::vector<float>& samples = outbox_.refill();
    RETURN_IF_ERROR(chain_->step(samples));
    if (samples.empty()) return base::internal("the mix ended early");
    for (float& sample : samples) {
      if (std::fabs(sample) <= 1) continue;
      overshoot_ = std::max(overshoot_, std::fabs(sample));
      sample = std::copysign(1.0F, sample);
      ++report_.clipped;
    }
    frame::AudioBlock block{takes_.mix().channels, std::move(samples)};
    auto status = meter_->add(block);
    samples = std::move(block.samples);
    return status;
  }

  base::Status end() {
    ended_ = true;
    ASSIGN_OR_RETURN(report_.after, meter_->result());
    report_.limited_db = chain_->limited_db();
    for (const Warning& warning : takes_.warnings()) warnings_.push_back(warning);
    if (report_.clipped > 0) {
      warnings_.push_back(
          {"", std::to_string(report_.clipped) + " samples were beyond full scale, by up to " +
                   decibels(to_db(static_cast<double>(overshoot_))) +
                   " dB, and were clipped; lower the volumes or set a loudness target"});
    }
    const auto& before = report_.before;
    const auto& after = report_.after;
    if (!report_.target || !before || !before->integrated_lufs || !after->integrated_lufs)
      return {};
    if (std::fabs(*after->integrated_lufs - report_.target->target_lufs) > kToleranceLu) {
      warnings_.push_back({"", "loudness: " + decibels(*after->integrated_lufs) +
                                   " LUFS was reached instead of " +
                                   decibels(report_.target->target_lufs) +
                                   "; more gain would only be taken back by the peak limit, or "
                                   "raise noise"});
    }
    return {};
  }

  Takes takes_;
  std::optional<Chain> chain_;
  std::optional<Meter> meter_;
  MasterReport report_;
  std::vector<Warning> warnings_;
  Outbox outbox_;
  int64_t delivered_ = 0;
  float overshoot_ = 1;
  bool ended_ = false;
  std::optional<base::Error> failed_;
};

base::Result<Master> Master::open(const schema::AudioMix& mix, const Rational& duration,
                                  Inputs inputs, const MasterOptions& options) {
  auto impl = std::make_unique<Impl>(mix, duration, std::move(inputs));
  RETURN_IF_ERROR(impl->prepare(options));
  return Master(std::move(impl));
}

base::Result<frame::AudioBlock> Master::read(size_t frames) { return impl_->read(frames); }
int64_t Master::total_frames() const { return impl_->total(); }
const MasterReport& Master::report() const { return impl_->report(); }
const std::vector<Warning>& Master::warnings() const { return impl_->warnings(); }

Master::Master(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Master::Master(Master&&) noexcept = default;
Master& Master::operator=(Master&&) noexcept = default;
Master::~Master() = default;

}  // namespace rushes::audio
