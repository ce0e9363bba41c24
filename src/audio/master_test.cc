#include "audio/master.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "audio/fake_source.h"

namespace rushes::audio {
namespace {

using testing::HasSubstr;

struct Finished {
  std::vector<float> samples;
  MasterReport report;
  std::vector<Warning> warnings;
};

Finished finish(const schema::AudioMix& mix, const Rational& duration, const Library& library,
                size_t block = 1024) {
  Finished done;
  auto master = Master::open(mix, duration, library.inputs());
  EXPECT_TRUE(master.ok());
  if (!master.ok()) return done;
  while (true) {
    const auto read = master->read(block);
    EXPECT_TRUE(read.ok());
    if (!read.ok() || read->samples.empty()) break;
    done.samples.insert(done.samples.end(), read->samples.begin(), read->samples.end());
  }
  done.report = master->report();
  done.warnings = master->warnings();
  EXPECT_EQ(done.samples.size(), static_cast<size_t>(total_frames(duration, mix.sample_rate)) *
                                     static_cast<size_t>(mix.channels));
  for (const float x : done.samples) {
    EXPECT_LE(std::fabs(x), 1);  // false for NaN
    if (!(std::fabs(x) <= 1)) break;
  }
  return done;
}

Loudness measured(const std::vector<float>& samples, int channels = 2) {
  Meter meter = Meter::open(channels, 48000, 0).value();
  EXPECT_TRUE(meter.add({channels, samples}).ok());
  return meter.result().value();
}

schema::AudioMix one_sound(Library& library, Wave wave, double target, double peak = -1) {
  schema::AudioMix mix;
  mix.sounds.push_back(sound(library.add({.wave = std::move(wave)}), 0, 60));
  mix.loudness = schema::Loudness{target, peak};
  return mix;
}

// A steady tone, and a hit 20 dB louder twice a second.
Wave hits() {
  return [](int64_t n, int) {
    const double hit = std::exp(-static_cast<double>(n % 24000) / 100);
    return static_cast<float>(0.08 + 0.72 * hit) * sine(1100, 1, 48000)(n, 0);
  };
}

TEST(Master, ReachesTheTargetUpwardsAndDownwards) {
  for (const double amplitude : {0.01, 0.1, 0.9}) {
    for (const double target : {-14.0, -23.0}) {
      Library library;
      const auto done = finish(one_sound(library, sine(997, amplitude, 48000), target), 8, library);
      const Loudness after = measured(done.samples);
      EXPECT_NEAR(after.integrated_lufs.value(), target, 0.1) << amplitude;
      EXPECT_LE(after.true_peak_db.value(), -1);
      EXPECT_TRUE(done.warnings.empty()) << done.warnings[0].message;
    }
  }
}

TEST(Master, MeasuresAsBs1770Says) {
  Library library;
  // A sine of 997 Hz at 0 dBFS on both channels has 0 LUFS (on one, -3.01).
  const auto done = finish(one_sound(library, sine(997, 0.1, 48000), -20), 5, library);
  EXPECT_NEAR(done.report.before->integrated_lufs.value(), -20, 0.05);
  EXPECT_NEAR(done.report.before->true_peak_db.value(), -20, 0.05);
  EXPECT_NEAR(done.report.gain_db, 0, 0.05);
}

TEST(Master, LimitsPeaksAndStillReachesTheTarget) {
  Library library;
  const auto done = finish(one_sound(library, hits(), -14), 8, library);
  const Loudness after = measured(done.samples);
  EXPECT_GT(done.report.limited_db, 6) << "this test must need the limiter";
  EXPECT_NEAR(after.integrated_lufs.value(), -14, 0.5);
  EXPECT_LE(after.true_peak_db.value(), -1);
  EXPECT_EQ(done.report.after->integrated_lufs, after.integrated_lufs);
  EXPECT_EQ(done.report.after->true_peak_db, after.true_peak_db);
  EXPECT_TRUE(done.warnings.empty());
  EXPECT_EQ(library.counts->opened, 1) << "a short mix is mixed once";
}

TEST(Master, DoesNotSquashWithoutGettingLouder) {
  Library library;
  // All peaks alike: a limiter can only turn the whole down.
  const auto pulses = [](int64_t n, int) {
    return static_cast<float>(0.3 * std::exp(-static_cast<double>(n % 1000) / 60)) *
           sine(1100, 1, 48000)(n, 0);
  };
  const auto done = finish(one_sound(library, pulses, -14), 4, library);
  EXPECT_LT(done.report.limited_db, 7);
  EXPECT_EQ(done.warnings.size(), 1U);
}

TEST(Master, HoldsThePeakWhereTheTargetCannotBeReached) {
  Library library;
  const auto clicks = [](int64_t n, int) { return n % 24000 == 0 ? 1.0F : 0.0005F; };
  const auto done = finish(one_sound(library, clicks, -14), 8, library);
  EXPECT_LE(measured(done.samples).true_peak_db.value(), -1);
  ASSERT_EQ(done.warnings.size(), 1U);
  EXPECT_THAT(done.warnings[0].message, HasSubstr("instead of -14.00"));
}

TEST(Master, GainHasALimit) {
  Library library;
  const auto done = finish(one_sound(library, noise(0.001), -14), 8, library);
  EXPECT_EQ(done.report.gain_db, kMaxGainDb);
  EXPECT_EQ(done.warnings.size(), 1U);
}

TEST(Master, SilenceStaysSilent) {
  Library library;
  const auto done = finish(one_sound(library, silence(), -14), 3, library);
  EXPECT_EQ(done.samples, std::vector<float>(size_t{2} * 3 * 48000, 0.0F));
  EXPECT_FALSE(done.report.before->integrated_lufs.has_value());
  EXPECT_EQ(done.report.gain_db, 0);
  ASSERT_EQ(done.warnings.size(), 1U);
  EXPECT_THAT(done.warnings[0].message, HasSubstr("silence"));
}

TEST(Master, TooShortToMeasureIsStillLimited) {
  Library library;
  const auto done = finish(one_sound(library, sine(997, 4, 48000), -14), Rational(1, 5), library);
  EXPECT_LE(measured(done.samples).true_peak_db.value(), -1);
  EXPECT_EQ(done.warnings.size(), 1U);
  EXPECT_TRUE(finish(one_sound(library, silence(), -14), 0, library).samples.empty());
}

TEST(Master, WithoutATargetOnlyClippingIsDone) {
  Library library;
  schema::AudioMix mix = one_sound(library, sine(1000, 2, 48000), -14);
  mix.loudness.reset();
  const auto loud = finish(mix, 1, library);
  EXPECT_GT(loud.report.clipped, 1000);
  ASSERT_EQ(loud.warnings.size(), 1U);
  EXPECT_THAT(loud.warnings[0].message, HasSubstr("6.02 dB"));
  EXPECT_FALSE(loud.report.before.has_value());
  EXPECT_TRUE(loud.report.after.has_value());
  EXPECT_EQ(library.counts->opened, 1);

  mix.sounds[0].volume = 0.5;
  const auto fine = finish(mix, 1, library);
  EXPECT_EQ(fine.report.clipped, 0);
  EXPECT_TRUE(fine.warnings.empty());
}

TEST(Master, BlocksAndRunsChangeNothing) {
  Library library;
  const schema::AudioMix mix = one_sound(library, hits(), -12);
  const auto want = finish(mix, 3, library);
  EXPECT_EQ(finish(mix, 3, library).samples, want.samples);
  for (const size_t block : {size_t{1}, size_t{7}, size_t{4096}}) {
    EXPECT_EQ(finish(mix, 3, library, block).samples, want.samples) << block;
  }
}

TEST(Master, OneChannelIsAsLoudAsTwo) {
  Library library;
  schema::AudioMix mix = one_sound(library, sine(997, 0.1, 48000), -16);
  mix.channels = 1;
  const auto done = finish(mix, 4, library);
  EXPECT_NEAR(done.report.gain_db, 4, 0.05);
  EXPECT_NEAR(measured(done.samples, 1).integrated_lufs.value(), -16, 0.1);
}

TEST(Master, MeasuringCanBeWatchedAndCancelled) {
  Library library;
  const schema::AudioMix mix = one_sound(library, hits(), -14);
  int64_t last = 0;
  MasterOptions options;
  options.on_measured = [&](int64_t done, int64_t total) -> base::Status {
    EXPECT_EQ(total, 96000);
    last = done;
    if (done >= 48000) return base::Error{base::Code::kCancelled, "enough", 0};
    return {};
  };
  const auto master = Master::open(mix, 2, library.inputs(), options);
  ASSERT_FALSE(master.ok());
  EXPECT_EQ(master.error().code, base::Code::kCancelled);
  EXPECT_GE(last, 48000);
  EXPECT_LT(last, 96000);
}

TEST(Master, ErrorsOfSourcesComeThrough) {
  Library library;
  schema::AudioMix mix = one_sound(library, silence(), -14);
  mix.sounds[0].input = 77;
  mix.sounds[0].id = "gone";
  const auto master = Master::open(mix, 2, library.inputs());
  ASSERT_FALSE(master.ok());
  EXPECT_EQ(master.error().message, "sound gone: no such input");
  mix.loudness.reset();
  auto late = Master::open(mix, 2, library.inputs());
  ASSERT_TRUE(late.ok());
  EXPECT_FALSE(late->read(100).ok());
  EXPECT_FALSE(late->read(100).ok());
}

}  // namespace
}  // namespace rushes::audio
