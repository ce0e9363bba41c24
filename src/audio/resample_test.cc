#include "audio/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "audio/fake_source.h"

namespace rushes::audio {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

std::vector<float> resampled(const Wave& wave, int from, int to, size_t frames, int64_t start = 0,
                             size_t piece = 1000) {
  const auto table = ResampleTable::make(from, to).value();
  Resampler resampler(table, 1, start * table->up());
  std::vector<float> out(frames);
  int64_t next = resampler.first_input();
  for (size_t at = 0; at < frames; at += piece) {
    const size_t count = std::min(piece, frames - at);
    std::vector<float> in(resampler.needed(count));
    for (float& x : in) x = wave(next++, 0);
    resampler.push(in);
    resampler.pull(std::span(out).subspan(at, count));
  }
  return out;
}

// Decibels of the sine over everything else.
double snr(const std::vector<float>& x, double hertz, int rate) {
  double re = 0;
  double im = 0;
  double all = 0;
  for (size_t n = 0; n < x.size(); ++n) {
    const double a = kTurn * hertz * static_cast<double>(n) / rate;
    re += x[n] * std::sin(a);
    im += x[n] * std::cos(a);
  }
  const auto count = static_cast<double>(x.size());
  re *= 2 / count;
  im *= 2 / count;
  for (size_t n = 0; n < x.size(); ++n) {
    const double a = kTurn * hertz * static_cast<double>(n) / rate;
    const double rest = x[n] - re * std::sin(a) - im * std::cos(a);
    all += rest * rest;
  }
  return 10 * std::log10((re * re + im * im) / 2 / (all / count));
}

struct Case {
  int from, to;
  double hertz;
};

class SineThrough : public testing::TestWithParam<Case> {};

TEST_P(SineThrough, KeepsLevelPhaseAndPurity) {
  const auto [from, to, hertz] = GetParam();
  const auto out = resampled(sine(hertz, 0.9, from), from, to, static_cast<size_t>(to));
  EXPECT_GE(snr(out, hertz, to), 100);
  double worst = 0;
  for (size_t n = 0; n < out.size(); ++n) {
    const double want = 0.9 * std::sin(kTurn * hertz * static_cast<double>(n) / to);
    worst = std::max(worst, std::fabs(out[n] - want));
  }
  EXPECT_LT(worst, 2e-5) << "out of phase or level";
}

INSTANTIATE_TEST_SUITE_P(Rates, SineThrough,
                         testing::Values(Case{44100, 48000, 1000}, Case{44100, 48000, 15000},
                                         Case{44100, 48000, 19500}, Case{22050, 48000, 9000},
                                         Case{8000, 48000, 3000}, Case{96000, 48000, 15000},
                                         Case{192000, 48000, 1000}, Case{48000, 44100, 15000},
                                         Case{47999, 48000, 15000}, Case{44101, 48000, 15000},
                                         Case{95999, 48000, 15000}));

TEST(Resample, WhatCannotBeKeptIsGone) {
  for (const Case& c : {Case{96000, 48000, 24000}, Case{96000, 48000, 30000},
                        Case{192000, 48000, 70000}, Case{48000, 22050, 12000}}) {
    const auto out = resampled(sine(c.hertz, 1, c.from), c.from, c.to, 20000);
    EXPECT_LT(20 * std::log10(rms(out, 0, out.size()) + 1e-12), -100) << c.from << " " << c.hertz;
  }
}

TEST(Resample, NoImagesAboveTheOldNyquist) {
  // 20 kHz at 44.1 kHz has an image at 24.1 kHz, which at 48 kHz would fold to 23.9 kHz.
  EXPECT_GE(snr(resampled(sine(19600, 1, 44100), 44100, 48000, 48000), 19600, 48000), 100);
}

TEST(Resample, ConstantStaysConstant) {
  for (const float x : resampled(constant(0.5F), 44100, 48000, 5000)) ASSERT_NEAR(x, 0.5, 1e-6);
}

TEST(Resample, AnImpulseStandsWhereItsTimeIs) {
  // Input frame 44100 is second one.
  const auto out = resampled(impulse(44100), 44100, 48000, 50000);
  size_t loudest = 0;
  for (size_t n = 0; n < out.size(); ++n) {
    if (std::fabs(out[n]) > std::fabs(out[loudest])) loudest = n;
  }
  EXPECT_EQ(loudest, 48000U);
  for (size_t k = 1; k < 60; ++k) EXPECT_NEAR(out[48000 - k], out[48000 + k], 1e-6) << k;
}

TEST(Resample, DoesNotDriftInAnHour) {
  const int64_t hour = int64_t{3600} * 44100;
  const auto out = resampled([&](int64_t n, int) { return n == hour ? 1.0F : 0.0F; }, 44100, 48000,
                             2000, hour - 441);
  EXPECT_GT(out[480], 0.9F);
}

TEST(Resample, DivisionOfTheInputChangesNothing) {
  for (const int from : {44100, 44101, 96000}) {
    const auto whole = resampled(noise(1), from, 48000, 3000, 5, 3000);
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{480}}) {
      EXPECT_EQ(whole, resampled(noise(1), from, 48000, 3000, 5, piece)) << from << " " << piece;
    }
  }
}

TEST(Resample, ChannelsAreApart) {
  const auto table = ResampleTable::make(44100, 48000).value();
  Resampler both(table, 2, 0);
  std::vector<float> in(2 * both.needed(100));
  for (size_t i = 0; i < in.size(); i += 2) in[i] = 0.25F;
  both.push(in);
  std::vector<float> out(200);
  both.pull(out);
  EXPECT_NEAR(out[100], 0.25, 1e-6);
  EXPECT_EQ(out[101], 0.0F);
}

TEST(Resample, TablesAreBoundedAndOddRatesRefused) {
  EXPECT_FALSE(ResampleTable::make(999, 48000).ok());
  EXPECT_FALSE(ResampleTable::make(48000, 7999).ok());
  EXPECT_FALSE(ResampleTable::make(768001, 48000).ok());
  const auto steep = ResampleTable::make(767999, 8000);
  ASSERT_TRUE(steep.ok());
  EXPECT_LE(steep.value()->taps(), 128 * 96 + 8);
}

}  // namespace
}  // namespace rushes::audio
