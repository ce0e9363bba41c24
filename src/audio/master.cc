#include "audio/master.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "audio/decibel.h"
#include "audio/limiter.h"
#include "audio/outbox.h"
#include "base/exact_math.h"

namespace rushes::audio {
namespace {

constexpr size_t kReadFrames = 4800;
constexpr double kCloseEnoughLu = 0.3;
constexpr double kToleranceLu = 0.5;
constexpr int kMaxTrials = 3;

std::string decibels(double x) {
  const auto hundredths = static_cast<int64_t>(std::round(std::fabs(x) * 100));
  const std::string cents = std::to_string(hundredths % 100);
  return (x < 0 ? "-" : "") + std::to_string(hundredths / 100) + "." +
         (cents.size() < 2 ? "0" + cents : cents);
}

// Mixer, then gain, then limiter, in steps.
class Chain {
 public:
  Chain(Mixer mixer, int channels) : mixer_(std::move(mixer)), channels_(channels) {}

  // With a gain and a limit; without this the mix is put out as it is.
  void shape(double gain_db, int sample_rate, double limit_db) {
    gain_ = static_cast<float>(from_db(gain_db));
    limiter_.emplace(channels_, sample_rate, limit_db);
  }

  // Appends what comes next; nothing only at the end.
  base::Status step(std::vector<float>& out) {
    const size_t before = out.size();
    while (out.size() == before && !over_) {
      ASSIGN_OR_RETURN(frame::AudioBlock block, mixer_.read(kReadFrames));
      done_ += static_cast<int64_t>(block.frames());
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

  const Mixer& mixer() const { return mixer_; }
  int64_t done() const { return done_; }
  double limited_db() const { return limiter_ ? limiter_->reduction_db() : 0; }

 private:
  Mixer mixer_;
  int channels_;
  float gain_ = 1;
  std::optional<Limiter> limiter_;
  int64_t done_ = 0;
  bool over_ = false;
};

// What a mix is measured and made from, again and again.
struct Work {
  schema::AudioMix mix;
  Rational duration;
  Inputs inputs;
  MasterOptions options;

  base::Result<Chain> start(std::optional<double> gain_db) const {
    ASSIGN_OR_RETURN(Mixer mixer, Mixer::open(mix, duration, inputs));
    Chain chain(std::move(mixer), mix.channels);
    if (gain_db) chain.shape(*gain_db, mix.sample_rate, mix.loudness->true_peak_db);
    return chain;
  }

  base::Result<Loudness> measure(std::optional<double> gain_db) const {
    ASSIGN_OR_RETURN(Chain chain, start(gain_db));
    const int64_t total = chain.mixer().total_frames();
    ASSIGN_OR_RETURN(Meter meter, Meter::open(mix.channels, mix.sample_rate, total));
    frame::AudioBlock block{mix.channels, {}};
    while (true) {
      block.samples.clear();
      RETURN_IF_ERROR(chain.step(block.samples));
      if (block.samples.empty()) break;
      RETURN_IF_ERROR(meter.add(block));
      if (options.on_measured) RETURN_IF_ERROR(options.on_measured(chain.done(), total));
    }
    return meter.result();
  }
};

struct Choice {
  double gain_db = 0;
  std::string warning;
};

// The gain that takes the mix to its target, limiting included.
base::Result<Choice> choose_gain(const Work& work, const Loudness& before) {
  const schema::Loudness& target = *work.mix.loudness;
  if (!before.integrated_lufs || !before.true_peak_db) {
    return Choice{0, "loudness: nothing to measure (silence, or less than 0.4 s of sound)"};
  }
  const double peak_room = target.true_peak_db - *before.true_peak_db;
  const double most = std::min(kMaxGainDb, peak_room + kMaxLimitingDb);
  const auto bounded = [&](double gain) { return std::min(gain, most); };
  Choice choice{bounded(target.target_lufs - *before.integrated_lufs), {}};
  if (choice.gain_db <= peak_room + kCloseEnoughLu) return choice;

  for (int trial = 0; trial < kMaxTrials; ++trial) {
    ASSIGN_OR_RETURN(const Loudness after, work.measure(choice.gain_db));
    if (!after.integrated_lufs) break;
    const double lack = target.target_lufs - *after.integrated_lufs;
    const double next = bounded(choice.gain_db + lack);
    if (std::fabs(lack) <= kCloseEnoughLu || next == choice.gain_db) break;
    choice.gain_db = next;
  }
  return choice;
}

}  // namespace

class Master::Impl {
 public:
  Impl(Work work, Chain chain, Meter meter, MasterReport report, std::vector<Warning> warnings)
      : work_(std::move(work)),
        chain_(std::move(chain)),
        meter_(std::move(meter)),
        report_(std::move(report)),
        warnings_(std::move(warnings)) {}

  base::Result<frame::AudioBlock> read(size_t frames) {
    if (failed_) return *failed_;
    const auto channels = static_cast<size_t>(work_.mix.channels);
    frame::AudioBlock out{work_.mix.channels, {}};
    const auto left = static_cast<uint64_t>(chain_.mixer().total_frames() - delivered_);
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
    if (delivered_ == chain_.mixer().total_frames() && !ended_) RETURN_IF_ERROR(end());
    return out;
  }

  int64_t total() const { return chain_.mixer().total_frames(); }
  const MasterReport& report() const { return report_; }
  const std::vector<Warning>& warnings() const { return warnings_; }

 private:
  base::Status refill() {
    std::vector<float>& samples = outbox_.refill();
    RETURN_IF_ERROR(chain_.step(samples));
    if (samples.empty()) return base::internal("the mix ended early");
    for (float& sample : samples) {
      if (std::fabs(sample) <= 1) continue;
      overshoot_ = std::max(overshoot_, std::fabs(sample));
      sample = std::copysign(1.0F, sample);
      ++report_.clipped;
    }
    frame::AudioBlock block{work_.mix.channels, std::move(samples)};
    auto status = meter_.add(block);
    samples = std::move(block.samples);
    return status;
  }

  base::Status end() {
    ended_ = true;
    ASSIGN_OR_RETURN(report_.after, meter_.result());
    report_.limited_db = chain_.limited_db();
    for (const Warning& warning : chain_.mixer().warnings()) warnings_.push_back(warning);
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

  Work work_;
  Chain chain_;
  Meter meter_;
  MasterReport report_;
  std::vector<Warning> warnings_;
  Outbox outbox_;
  int64_t delivered_ = 0;
  float overshoot_ = 1;
  bool ended_ = false;
  std::optional<base::Error> failed_;
};

base::Result<Master> Master::open(const schema::AudioMix& mix, const Rational& duration,
                                  Inputs inputs, MasterOptions options) {
  Work work{mix, duration, std::move(inputs), std::move(options)};
  MasterReport report;
  report.target = mix.loudness;
  std::vector<Warning> warnings;
  std::optional<double> gain_db;
  if (mix.loudness) {
    ASSIGN_OR_RETURN(report.before, work.measure(std::nullopt));
    ASSIGN_OR_RETURN(Choice choice, choose_gain(work, *report.before));
    if (!choice.warning.empty()) warnings.push_back({"", std::move(choice.warning)});
    report.gain_db = choice.gain_db;
    gain_db = choice.gain_db;
  }
  ASSIGN_OR_RETURN(Chain chain, work.start(gain_db));
  ASSIGN_OR_RETURN(Meter meter,
                   Meter::open(mix.channels, mix.sample_rate, chain.mixer().total_frames()));
  return Master(std::make_unique<Impl>(std::move(work), std::move(chain), std::move(meter),
                                       std::move(report), std::move(warnings)));
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
