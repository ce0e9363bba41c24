#include "audio/limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "audio/fake_source.h"
#include "audio/loudness.h"

namespace rushes::audio {
namespace {

constexpr int kRate = 48000;

std::vector<float> samples_of(const Wave& wave, int64_t frames) {
  std::vector<float> out;
  for (int64_t n = 0; n < frames; ++n) {
    for (int c = 0; c < 2; ++c) out.push_back(wave(n, c));
  }
  return out;
}

std::vector<float> limited(const std::vector<float>& in, double limit_db, size_t block = 960,
                           double* reduction = nullptr) {
  Limiter limiter(2, kRate, limit_db);
  std::vector<float> out;
  for (size_t at = 0; at < in.size(); at += block) {
    limiter.process(std::span(in).subspan(at, std::min(block, in.size() - at)), out);
  }
  limiter.finish(out);
  if (reduction != nullptr) *reduction = limiter.reduction_db();
  return out;
}

// By a meter that is not the limiter's own.
double metered_peak(const std::vector<float>& samples) {
  Meter meter = Meter::open(2, kRate, 0).value();
  EXPECT_TRUE(meter.add({2, samples}).ok());
  return meter.result().value().true_peak_db.value_or(-200);
}

// By sixteenfold oversampling with a long window, which finds what four points a sample miss.
double fine_peak(const std::vector<float>& stereo) {
  constexpr int kHalf = 64;
  std::vector<std::vector<double>> kernels(16);
  for (size_t p = 0; p < 16; ++p) {
    for (int k = -kHalf + 1; k <= kHalf; ++k) {
      const double d = (k - static_cast<double>(p) / 16) * std::numbers::pi;
      const double window = 0.5 + 0.5 * std::cos(d / kHalf);
      kernels[p].push_back(window * (d == 0 ? 1 : std::sin(d) / d));
    }
  }
  double peak = 0;
  for (size_t c = 0; c < 2; ++c) {
    const auto x = channel_of(stereo, c);
    for (size_t n = 0; n + 2 * kHalf < x.size(); ++n) {
      if (std::fabs(x[n + kHalf]) < 0.2) continue;
      for (const auto& kernel : kernels) {
        double sum = 0;
        for (size_t k = 0; k < kernel.size(); ++k) sum += static_cast<double>(x[n + k]) * kernel[k];
        peak = std::max(peak, std::fabs(sum));
      }
    }
  }
  return 20 * std::log10(peak);
}

struct Case {
  std::string name;
  Wave wave;
};

std::vector<Case> loud_waves() {
  return {
      {"sine", sine(997, 3, kRate)},
      {"between samples",
       [](int64_t n, int) {
         return 2 * static_cast<float>(
                        std::sin(std::numbers::pi * (static_cast<double>(n % 4) + 0.5) / 2));
       }},
      {"bass", sine(40, 4, kRate)},
      {"treble", sine(17000, 2, kRate)},
      {"noise", noise(2)},
      {"click", [](int64_t n, int c) { return n % 4799 == 0 && c == 0 ? 3.0F : 0.1F; }},
      {"bursts",
       [](int64_t n, int) { return n / 2400 % 2 == 0 ? 0.0F : sine(1234, 2.5, kRate)(n, 0); }},
      {"square", [](int64_t n, int) { return n / 37 % 2 == 0 ? 1.5F : -1.5F; }},
  };
}

TEST(Limiter, TruePeaksStayUnderTheLimit) {
  for (const Case& c : loud_waves()) {
    for (const double limit : {-1.0, -6.0}) {
      const auto out = limited(samples_of(c.wave, 24000), limit);
      EXPECT_LE(metered_peak(out), limit) << c.name;
    }
  }
}

TEST(Limiter, SixteenPointsASampleAgree) {
  for (const Case& c : loud_waves()) {
    // White noise reaches up to Nyquist itself, where no meter agrees with another.
    const double allowed = c.name == "noise" ? -0.1 : -0.95;
    EXPECT_LE(fine_peak(limited(samples_of(c.wave, 6000), -1)), allowed) << c.name;
  }
}

TEST(Limiter, DoesNotTakeMoreThanNeeded) {
  for (const Case& c : loud_waves()) {
    if (c.name == "treble" || c.name == "square" || c.name == "noise") continue;
    EXPECT_GE(metered_peak(limited(samples_of(c.wave, 24000), -1)), -1.7) << c.name;
  }
}

TEST(Limiter, LeavesWhatIsBelowUntouched) {
  for (const double amplitude : {0.01, 0.5}) {
    const auto in = samples_of(noise(amplitude), 5000);
    double reduction = 1;
    EXPECT_EQ(limited(in, -1, 960, &reduction), in);
    EXPECT_EQ(reduction, 0);
  }
}

TEST(Limiter, KeepsTimeAndLength) {
  for (const int64_t frames : {0, 1, 31, 255, 256, 257, 5000}) {
    auto in = samples_of(silence(), frames);
    if (frames > 0) in[in.size() / 4 * 2] = 4;
    const auto out = limited(in, -1);
    ASSERT_EQ(out.size(), in.size());
    for (size_t i = 0; i < in.size(); ++i) EXPECT_EQ(out[i] != 0, in[i] != 0) << i;
  }
}

TEST(Limiter, BlocksChangeNothing) {
  const auto in = samples_of(noise(1.7), 3000);
  const auto want = limited(in, -1);
  for (const size_t block : {size_t{2}, size_t{14}, size_t{6000}}) {
    EXPECT_EQ(limited(in, -1, block), want) << block;
  }
}

TEST(Limiter, BothChannelsGoDownTogether) {
  const auto out = limited(
      samples_of([](int64_t n, int c) { return c == 0 ? sine(997, 2, kRate)(n, 0) : 0.5F; }, 9600),
      -1);
  // -1.1 dB of 2 is 7.1 dB down.
  EXPECT_NEAR(out[9601], 0.5 * std::pow(10, -7.1 / 20), 0.02);
}

TEST(Limiter, ComesBackSmoothlyAfterAPeak) {
  const auto out = channel_of(
      limited(samples_of([](int64_t n, int) { return n == 10000 ? 4.0F : 0.5F; }, 60000), -1), 0);
  EXPECT_FLOAT_EQ(out[10000 - 300], 0.5F) << "not down before it must be";
  EXPECT_LT(out[9999], 0.12);
  EXPECT_NEAR(out[10000 + 3840], 0.5 * (1 - 0.78 / 2.718), 0.04) << "80 ms";
  EXPECT_NEAR(out[50000], 0.5, 1e-4);
  for (size_t n = 1; n < out.size(); ++n) {
    if (n == 10000 || n == 10001) continue;
    ASSERT_LT(std::fabs(out[n] - out[n - 1]), 0.006) << n;
  }
}

}  // namespace
}  // namespace rushes::audio
