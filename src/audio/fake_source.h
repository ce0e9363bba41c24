#pragma once

// For tests: sources made from formulas, which keep count of what is asked of them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include "audio/mixer.h"
#include "audio/source.h"

namespace rushes::audio {

using Wave = std::function<float(int64_t frame, int channel)>;

inline Wave silence() {
  return [](int64_t, int) { return 0.0F; };
}
inline Wave constant(float value) {
  return [=](int64_t, int) { return value; };
}
inline Wave sine(double hertz, double amplitude, int rate) {
  return [=](int64_t n, int) {
    return static_cast<float>(
        amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(n) / rate));
  };
}
inline Wave impulse(int64_t at) {
  return [=](int64_t n, int) { return n == at ? 1.0F : 0.0F; };
}
// Between -amplitude and amplitude, different in both channels.
inline Wave noise(double amplitude, uint64_t seed = 1) {
  return [=](int64_t n, int channel) {
    uint64_t x = (static_cast<uint64_t>(n) * 2 + static_cast<uint64_t>(channel) + 1) *
                     0x9E3779B97F4A7C15ull +
                 seed;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    x ^= x >> 31;
    return static_cast<float>(amplitude * (static_cast<double>(x >> 11) / 0x1p52 - 1));
  };
}

struct Fake {
  Wave wave = silence();
  int rate = 48000;
  int channels = 2;
  int64_t frames = int64_t{1} << 40;
  int64_t block = 1000;
  int64_t fails_at = int64_t{1} << 50;  // reading this frame is an error
};

struct Counts {
  int opened = 0;
  int open_now = 0;
  int most_open = 0;
  int seeks = 0;
  int64_t frames = 0;  // given out
};

class FakeSource final : public SampleSource {
 public:
  FakeSource(Fake fake, std::shared_ptr<Counts> counts)
      : fake_(std::move(fake)), counts_(std::move(counts)) {
    ++counts_->opened;
    counts_->most_open = std::max(counts_->most_open, ++counts_->open_now);
  }
  ~FakeSource() override { --counts_->open_now; }
  FakeSource(const FakeSource&) = delete;
  FakeSource& operator=(const FakeSource&) = delete;

  int sample_rate() const override { return fake_.rate; }
  int channels() const override { return fake_.channels; }
  base::Status seek(const Rational& t) override {
    ++counts_->seeks;
    next_ = (t * Rational(fake_.rate)).round();
    return {};
  }
  base::Result<frame::AudioBlock> read() override {
    frame::AudioBlock out{fake_.channels, {}};
    const int64_t end = std::min(next_ + fake_.block, fake_.frames);
    for (; next_ < end; ++next_) {
      if (next_ == fake_.fails_at) return base::corrupt("packet 7 is damaged");
      for (int c = 0; c < fake_.channels; ++c) out.samples.push_back(fake_.wave(next_, c));
      ++counts_->frames;
    }
    return out;
  }

 private:
  Fake fake_;
  std::shared_ptr<Counts> counts_;
  int64_t next_ = 0;
};

// Fakes by `input`.
class Library {
 public:
  int add(Fake fake) {
    fakes_.push_back(std::move(fake));
    return static_cast<int>(fakes_.size()) - 1;
  }
  Inputs inputs() const {
    return {[fakes = fakes_, counts = counts](
                const schema::Sound& sound) -> base::Result<std::unique_ptr<SampleSource>> {
              if (sound.input < 0 || static_cast<size_t>(sound.input) >= fakes.size()) {
                return base::not_found("no such input");
              }
              return std::unique_ptr<SampleSource>(
                  std::make_unique<FakeSource>(fakes[static_cast<size_t>(sound.input)], counts));
            },
            straight};
  }
  // Straight lines between keys.
  static double straight(const schema::Curve& curve, const Rational& time) {
    const auto& keys = curve.keys;
    if (time <= keys.front().time) return keys.front().value;
    for (size_t i = 1; i < keys.size(); ++i) {
      if (time > keys[i].time) continue;
      const Rational t = (time - keys[i - 1].time) / (keys[i].time - keys[i - 1].time);
      return keys[i - 1].value + (keys[i].value - keys[i - 1].value) * t.to_double();
    }
    return keys.back().value;
  }

  std::shared_ptr<Counts> counts = std::make_shared<Counts>();

 private:
  std::vector<Fake> fakes_;
};

inline schema::Sound sound(int input, Rational start, Rational duration) {
  schema::Sound s;
  s.input = input;
  s.start = start;
  s.duration = duration;
  s.source_duration = duration;
  s.pointer = "/tracks/0/clips/" + std::to_string(input);
  return s;
}

// One channel of interleaved stereo.
inline std::vector<float> channel_of(const std::vector<float>& stereo, size_t channel) {
  std::vector<float> out;
  for (size_t i = channel; i < stereo.size(); i += 2) out.push_back(stereo[i]);
  return out;
}

inline double rms(const std::vector<float>& samples, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; ++i) sum += static_cast<double>(samples[i]) * samples[i];
  return std::sqrt(sum / static_cast<double>(to - from));
}

}  // namespace rushes::audio
