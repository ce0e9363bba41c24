#include "render/sound_comparison.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace rushes::render {
namespace {

// Noise that is the same every time.
std::vector<float> noise(size_t samples, float volume = 0.3F) {
  std::vector<float> out;
  uint32_t state = 1;
  for (size_t i = 0; i < samples; ++i) {
    state = state * 1664525 + 1013904223;
    out.push_back(volume * (static_cast<float>(state >> 8) / 8388608.0F - 1));
  }
  return out;
}

std::vector<float> shifted(const std::vector<float>& from, int64_t later) {
  std::vector<float> out(from.size());
  for (int64_t i = 0; i < static_cast<int64_t>(from.size()); ++i) {
    const int64_t at = i - later;
    if (at >= 0 && at < static_cast<int64_t>(from.size())) {
      out[static_cast<size_t>(i)] = from[static_cast<size_t>(at)];
    }
  }
  return out;
}

// In blocks of `block` samples; what is found must not depend on it.
Tenths tenths_of(const std::vector<float>& samples, int rate, size_t block = 1000) {
  Tenths out(1, rate);
  for (size_t i = 0; i < samples.size(); i += block) {
    const size_t end = std::min(samples.size(), i + block);
    out.add({.channels = 1,
             .samples = {samples.begin() + static_cast<ptrdiff_t>(i),
                         samples.begin() + static_cast<ptrdiff_t>(end)}});
  }
  out.finish();
  return out;
}

qc::SoundFigures compared(Tenths output, Tenths reference) {
  SoundComparison comparison;
  while (!output.ended.empty() || !reference.ended.empty()) {
    const auto take = [](Tenths& from) {
      if (from.ended.empty()) return Tenth{};
      const Tenth tenth = from.ended.front();
      from.ended.pop_front();
      return tenth;
    };
    const Tenth a = take(output);
    comparison.add(a, take(reference));
  }
  qc::SoundFigures figures;
  comparison.finish(figures);
  return figures;
}

constexpr int kRate = 48000;

TEST(SoundComparison, TheSameSoundMatches) {
  const std::vector<float> sound = noise(5 * kRate + 123);
  const qc::SoundFigures figures = compared(tenths_of(sound, kRate, 77), tenths_of(sound, kRate));
  ASSERT_EQ(figures.seconds.size(), 5U);
  for (const qc::SoundSecond& s : figures.seconds) {
    EXPECT_EQ(s.level, s.reference_level);
    EXPECT_EQ(s.match, 1000);
  }
  // Of even noise: the volume less the square root of 3.
  EXPECT_NEAR(*figures.seconds[0].level, -1523, 5);
  EXPECT_EQ(figures.offset_begin, (qc::SoundOffset{base::Rational(0), 1000}));
  EXPECT_EQ(figures.offset_end, (qc::SoundOffset{base::Rational(0), 1000}));
  EXPECT_TRUE(figures.silent.empty());
}

TEST(SoundComparison, FindsHowLateItIs) {
  const std::vector<float> sound = noise(6 * kRate);
  for (const int64_t later : {int64_t{kRate / 10}, int64_t{-kRate / 4}}) {
    const qc::SoundFigures figures =
        compared(tenths_of(shifted(sound, later), kRate), tenths_of(sound, kRate));
    ASSERT_TRUE(figures.offset_begin && figures.offset_end);
    EXPECT_EQ(figures.offset_begin->seconds, base::Rational(later, kRate));
    EXPECT_EQ(figures.offset_end->seconds, base::Rational(later, kRate));
    EXPECT_LT(*figures.seconds[2].match, 200);
  }
  // Too far off to be found, and another sound: it cannot be said.
  const qc::SoundFigures other =
      compared(tenths_of(shifted(sound, kRate), kRate), tenths_of(sound, kRate));
  EXPECT_FALSE(other.offset_begin);
}

TEST(SoundComparison, OffsetsAreThoseOfWhereSomethingIsHeard) {
  std::vector<float> sound(10 * kRate);
  const std::vector<float> heard = noise(3 * kRate);
  std::copy(heard.begin(), heard.end(), sound.begin() + 2 * kRate);
  std::vector<float> drifts = shifted(sound, kRate / 50);
  std::copy(sound.begin(), sound.begin() + 7 * kRate / 2, drifts.begin());
  const qc::SoundFigures figures = compared(tenths_of(drifts, kRate), tenths_of(sound, kRate));
  ASSERT_TRUE(figures.offset_begin && figures.offset_end);
  EXPECT_EQ(figures.offset_begin->seconds, base::Rational(0));
  EXPECT_EQ(figures.offset_end->seconds, base::Rational(1, 50));
}

TEST(SoundComparison, FindsSilence) {
  const std::vector<float> sound = noise(8 * kRate);
  std::vector<float> reference = sound;
  std::fill(reference.begin() + 5 * kRate, reference.end(), 0.0F);
  std::vector<float> output = reference;
  std::fill(output.begin() + kRate, output.begin() + 2 * kRate, 0.0F);
  const qc::SoundFigures figures = compared(tenths_of(output, kRate), tenths_of(reference, kRate));
  ASSERT_EQ(figures.silent.size(), 2U);
  EXPECT_EQ(figures.silent[0], (qc::Stretch{10, 20, false}));
  EXPECT_EQ(figures.silent[1], (qc::Stretch{50, 80, true}));
  EXPECT_FALSE(figures.seconds[1].level);
  EXPECT_FALSE(figures.seconds[6].match);
}

TEST(SoundComparison, RatesMayDiffer) {
  for (const int rate : {8000, 11025, 22050, 44100, 96000}) {
    const qc::SoundFigures figures = compared(tenths_of(noise(static_cast<size_t>(3 * rate)), rate),
                                              tenths_of(noise(3 * kRate), kRate));
    EXPECT_EQ(figures.seconds.size(), 3U) << rate;
  }
}

TEST(SoundComparison, CountsWhatIsClipped) {
  std::vector<float> sound = noise(kRate, 0.9F);
  for (const size_t at : {100U, 101U, 300U, 301U, 302U, 303U, 500U, 501U, 502U}) sound[at] = -1;
  EXPECT_EQ(tenths_of(sound, kRate).clipped(), 7);
}

}  // namespace
}  // namespace rushes::render
