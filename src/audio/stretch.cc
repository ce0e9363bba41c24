#include "audio/stretch.h"

#include <rubberband/RubberBandStretcher.h>

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

namespace rushes::audio {
namespace {

using RubberBand::RubberBandStretcher;

constexpr int kOptions =
    RubberBandStretcher::OptionProcessRealTime | RubberBandStretcher::OptionEngineFiner |
    RubberBandStretcher::OptionThreadingNever | RubberBandStretcher::OptionChannelsTogether;

// In place of the library's own, which writes to standard error.
class KeepFirst final : public RubberBandStretcher::Logger {
 public:
  void log(const char* text) override {
    if (first.empty()) first = text;
  }
  void log(const char* text, double) override { log(text); }
  void log(const char* text, double, double) override { log(text); }
  std::string first;
};

base::Error failed(const std::exception& e) {
  return base::internal(std::string("rubberband: ") + e.what());
}

}  // namespace

class Stretcher::Impl {
 public:
  Impl(int channels, int sample_rate, double speed)
      : channels_(static_cast<size_t>(channels)),
        log_(std::make_shared<KeepFirst>()),
        band_(static_cast<size_t>(sample_rate), channels_, log_, kOptions, 1 / speed, 1) {
    band_.setMaxProcessSize(kPush);
    delay_ = band_.getStartDelay();
    const std::vector<float> silence(kPush * channels_);
    for (size_t left = band_.getPreferredStartPad(); left > 0;) {
      const size_t count = std::min(left, kPush);
      push(std::span(silence).first(count * channels_));
      left -= count;
    }
  }

  void push(std::span<const float> in) {
    std::array<std::vector<float>, 2> planes;
    std::array<const float*, 2> pointers{};
    for (size_t c = 0; c < channels_; ++c) {
      for (size_t i = c; i < in.size(); i += channels_) planes[c].push_back(in[i]);
      pointers[c] = planes[c].data();
    }
    band_.process(pointers.data(), planes[0].size(), false);
  }

  size_t pull(std::span<float> out) {
    std::array<std::array<float, kPush>, 2> planes;
    const std::array<float*, 2> pointers = {planes[0].data(), planes[1].data()};
    size_t done = 0;
    const size_t wanted = out.size() / channels_;
    while (done < wanted || delay_ > 0) {
      const int ready = band_.available();
      if (ready <= 0) break;
      const size_t limit = delay_ > 0 ? delay_ : wanted - done;
      const size_t count = std::min({static_cast<size_t>(ready), kPush, limit});
      const size_t got = band_.retrieve(pointers.data(), count);
      if (got == 0) break;
      if (delay_ > 0) {
        delay_ -= std::min(delay_, got);
        continue;
      }
      for (size_t c = 0; c < channels_; ++c) {
        for (size_t i = 0; i < got; ++i) out[(done + i) * channels_ + c] = planes[c][i];
      }
      done += got;
    }
    return done;
  }

  size_t channels() const { return channels_; }
  const std::string& complaint() const { return log_->first; }

 private:
  size_t channels_;
  std::shared_ptr<KeepFirst> log_;
  RubberBandStretcher band_;
  size_t delay_ = 0;  // output frames still to be dropped
};

base::Result<Stretcher> Stretcher::open(int channels, int sample_rate,
                                        const base::Rational& speed) {
  if (channels < 1 || channels > 2 || sample_rate < 8000 || sample_rate > 192000 ||
      speed < base::Rational(1, 100) || speed > base::Rational(100)) {
    return base::invalid_argument("cannot change speed " + speed.to_string() + " times at " +
                                  std::to_string(sample_rate) + " Hz");
  }
  try {
    return Stretcher(std::make_unique<Impl>(channels, sample_rate, speed.to_double()));
  } catch (const std::exception& e) {
    return failed(e);
  }
}

base::Status Stretcher::push(std::span<const float> in) {
  RUSHES_CHECK(in.size() == kPush * impl_->channels());
  try {
    impl_->push(in);
    return {};
  } catch (const std::exception& e) {
    return failed(e);
  }
}

base::Result<size_t> Stretcher::pull(std::span<float> out) {
  try {
    return impl_->pull(out);
  } catch (const std::exception& e) {
    return failed(e);
  }
}

const std::string& Stretcher::complaint() const { return impl_->complaint(); }

Stretcher::Stretcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stretcher::Stretcher(Stretcher&&) noexcept = default;
Stretcher& Stretcher::operator=(Stretcher&&) noexcept = default;
Stretcher::~Stretcher() = default;

}  // namespace rushes::audio
