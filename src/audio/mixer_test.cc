#include "audio/mixer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "audio/fake_source.h"

namespace rushes::audio {
namespace {

using testing::HasSubstr;

struct Heard {
  std::vector<float> samples;
  std::vector<Warning> warnings;
  std::string error;
};

Heard hear(const schema::AudioMix& mix, const Rational& duration, const Library& library,
           size_t block = 1024) {
  Heard heard;
  auto mixer = Mixer::open(mix, duration, library.inputs());
  if (!mixer.ok()) {
    heard.error = mixer.error().message;
    return heard;
  }
  while (true) {
    auto read = mixer->read(block);
    if (!read.ok()) {
      heard.error = read.error().message;
      break;
    }
    if (read->samples.empty()) break;
    EXPECT_LE(read->frames(), block);
    heard.samples.insert(heard.samples.end(), read->samples.begin(), read->samples.end());
  }
  heard.warnings = mixer->warnings();
  return heard;
}

schema::AudioMix mix_of(std::vector<schema::Sound> sounds) {
  schema::AudioMix mix;
  mix.sounds = std::move(sounds);
  return mix;
}

// The frame of the largest magnitude on the left.
int64_t peak_at(const std::vector<float>& stereo) {
  int64_t best = 0;
  for (size_t i = 0; i < stereo.size(); i += 2) {
    if (std::fabs(stereo[i]) > std::fabs(stereo[static_cast<size_t>(best) * 2])) {
      best = static_cast<int64_t>(i / 2);
    }
  }
  return best;
}

// Everything at once: what is true of this is true of its parts.
schema::AudioMix rich(Library& library) {
  const int music = library.add({.wave = noise(0.3), .rate = 44100, .frames = 44100 * 20});
  const int voice = library.add(
      {.wave = [](int64_t n, int) { return (n / 12000) % 3 == 1 ? 0.25F : 0.0F; }, .channels = 1});
  const int tone = library.add({.wave = sine(440, 0.2, 48000)});
  schema::Sound bed = sound(music, 0, 4);
  bed.role = "music";
  bed.source_start = Rational(1, 3);
  bed.source_duration = Rational(7, 10);
  bed.loop = true;
  bed.fade_in = Rational(1, 2);
  bed.fade_out = 1;
  bed.pan.keys = {{0, -1, {}}, {2, 1, {}}};
  schema::Sound speech = sound(voice, Rational(1001, 3000), 3);
  speech.role = "voice";
  speech.volume.keys = {{0, 1, {}}, {1, 0.5, {}}};
  schema::Sound fast = sound(tone, 1, 2);
  fast.speed = Rational(3, 2);
  fast.source_duration = 3;
  fast.cross_in = Rational(1, 4);
  schema::AudioMix mix = mix_of({bed, speech, fast});
  mix.ducks.push_back({"music", "voice", -12, Rational(1, 10), Rational(1, 2)});
  return mix;
}

TEST(Mixer, HasExactlyTheProgramsLength) {
  Library library;
  const int in = library.add({.wave = constant(1)});
  for (const auto& [duration, frames] :
       {std::pair{Rational(645, 30), 1032000}, {Rational(1001, 30000), 1602}, {Rational(0), 0}}) {
    EXPECT_EQ(hear(mix_of({sound(in, 0, 60)}), duration, library).samples.size() / 2,
              static_cast<size_t>(frames));
  }
}

TEST(Mixer, NothingIsSilence) {
  const auto heard = hear(mix_of({}), 1, Library());
  EXPECT_EQ(heard.samples, std::vector<float>(96000, 0.0F));
}

TEST(Mixer, CopiesAPlainSoundBitForBit) {
  Library library;
  const int in = library.add({.wave = noise(0.9)});
  const auto heard = hear(mix_of({sound(in, 0, 1)}), 1, library);
  // The last 2 ms are the edge of a cut inside the source.
  for (int64_t n = 0; n < 48000 - 96; ++n) {
    for (int c = 0; c < 2; ++c) {
      ASSERT_EQ(heard.samples[static_cast<size_t>(2 * n + c)], noise(0.9)(n, c)) << n;
    }
  }
}

TEST(Mixer, PlacesToTheSample) {
  // 24001 and 16 are frames of the source; sounds start off the grid as well.
  for (const Rational& start : {Rational(0), Rational(1, 3), Rational(1001, 30000),
                                Rational(12345, 100000), Rational(48001, 48000)}) {
    Library library;
    const int in = library.add({.wave = impulse(24001)});
    schema::Sound s = sound(in, start, 2);
    s.source_start = Rational(1, 2);
    const auto heard = hear(mix_of({s}), 4, library);
    // Sample 24001 is one frame after source_start; half a frame is the most rounding can do.
    const Rational exact = (start + Rational(24001, 48000) - s.source_start) * Rational(48000);
    const Rational off = exact - Rational(peak_at(heard.samples));
    if (start * Rational(48000) == Rational((start * Rational(48000)).round())) {
      EXPECT_EQ(off, Rational(0)) << start.to_string();
    }
    EXPECT_LE(off, Rational(1, 2));
    EXPECT_GE(off, Rational(-1, 2));
  }
}

TEST(Mixer, ResampledSoundsArePlacedByTime) {
  Library library;
  const int in = library.add({.wave = impulse(44100 * 3), .rate = 44100});
  schema::Sound s = sound(in, 1, 5);
  s.source_start = Rational(5, 2);
  EXPECT_EQ(peak_at(hear(mix_of({s}), 5, library).samples), 48000 * 3 / 2);
}

TEST(Mixer, AnyPieceEqualsTheSamePlaceOfTheWhole) {
  for (const int rate : {48000, 44100, 8000}) {
    Library library;
    const int in = library.add({.wave = noise(0.5), .rate = rate});
    schema::Sound s = sound(in, Rational(1, 10), 3);
    s.source_start = Rational(1, 7);
    s.volume.keys = {{0, 0.2, {}}, {3, 1, {}}};
    s.pan.keys = {{0, -1, {}}, {3, 1, {}}};
    s.fade_in = 1;
    const auto whole = hear(mix_of({s}), 3, library);
    for (const int64_t frames : {1, 4800, 4801, 71993}) {
      schema::Sound shifted = s;
      shifted.start -= Rational(frames, 48000);
      const auto piece = hear(mix_of({shifted}), 1, library);
      for (size_t i = 0; i < piece.samples.size(); ++i) {
        ASSERT_EQ(piece.samples[i], whole.samples[i + static_cast<size_t>(frames) * 2])
            << rate << " from " << frames << " at " << i;
      }
    }
  }
}

TEST(Mixer, ACutThatGoesOnIsNotHeard) {
  for (const int rate : {48000, 44100}) {
    Library library;
    const int in = library.add({.wave = noise(0.5), .rate = rate});
    const auto whole = hear(mix_of({sound(in, 0, 2)}), 2, library);
    // 29.97 frames a second: the cut is between samples.
    const Rational cut(1001 * 17, 30000);
    schema::Sound a = sound(in, 0, cut);
    schema::Sound b = sound(in, cut, Rational(2) - cut);
    b.source_start = cut;
    EXPECT_EQ(hear(mix_of({a, b}), 2, library).samples, whole.samples) << rate;
  }
}

TEST(Mixer, OtherCutsInsideASourceDoNotClick) {
  Library library;
  const int in = library.add({.wave = constant(1)});
  schema::Sound s = sound(in, Rational(1, 2), Rational(1, 2));
  s.source_start = 1;
  const auto left = channel_of(hear(mix_of({s}), 2, library).samples, 0);
  EXPECT_EQ(left[23999], 0.0F);
  EXPECT_LT(left[24000], 0.01F);
  EXPECT_EQ(left[24000 + 96], 1.0F);
  EXPECT_EQ(left[48000 - 97], 1.0F);
  EXPECT_LT(left[47999], 0.01F);
  EXPECT_EQ(left[48000], 0.0F);
  for (size_t n = 1; n < left.size(); ++n) ASSERT_LT(std::fabs(left[n] - left[n - 1]), 0.02F);
}

TEST(Mixer, AFilesOwnBeginningKeepsItsAttack) {
  Library library;
  const int in = library.add({.wave = constant(1)});
  EXPECT_EQ(hear(mix_of({sound(in, 1, 1)}), 2, library).samples[96000], 1.0F);
}

TEST(Mixer, VolumeFollowsItsCurve) {
  Library library;
  const int in = library.add({.wave = constant(0.5)});
  schema::Sound s = sound(in, 1, 2);
  s.volume.keys = {{0, 0, {}}, {1, 2, {}}};
  const auto left = channel_of(hear(mix_of({s}), 4, library).samples, 0);
  EXPECT_NEAR(left[48000 + 12000], 0.25, 1e-4);
  EXPECT_NEAR(left[48000 + 36001], 0.75, 1e-4);
  EXPECT_EQ(left[48000 + 60000], 1.0F);
}

TEST(Mixer, FadesAreStraightLines) {
  Library library;
  const int in = library.add({.wave = constant(1)});
  schema::Sound s = sound(in, 0, 2);
  s.fade_in = 1;
  s.fade_out = Rational(1, 2);
  const auto left = channel_of(hear(mix_of({s}), 2, library).samples, 0);
  EXPECT_NEAR(left[0], 0, 1e-4);
  EXPECT_NEAR(left[24000], 0.5, 1e-4);
  EXPECT_EQ(left[60000], 1.0F);
  EXPECT_NEAR(left[84000], 0.5, 1e-4);
  EXPECT_NEAR(left[95999], 0, 1e-4);
}

TEST(Mixer, CrossFadesKeepThePower) {
  Library library;
  const int one = library.add({.wave = constant(1), .channels = 1});
  schema::Sound a = sound(one, 0, 2);
  schema::Sound b = sound(one, Rational(3, 2), 2);
  a.cross_out = b.cross_in = Rational(1, 2);
  a.pan = -1;
  b.pan = 1;
  const auto heard = hear(mix_of({a, b}), 3, library).samples;
  for (size_t n = 0; n < 2 * 48000; ++n) {
    const double power = std::pow(heard[2 * n], 2) + std::pow(heard[2 * n + 1], 2);
    ASSERT_NEAR(power, 2, 1e-5) << n;
  }
  EXPECT_NEAR(heard[2 * 84000], heard[2 * 84000 + 1], 1e-4) << "the middle";
}

TEST(Mixer, PanKeepsThePowerOfOneChannel) {
  Library library;
  const int one = library.add({.wave = constant(0.5), .channels = 1});
  schema::Sound s = sound(one, 0, 2);
  s.pan.keys = {{0, -1, {}}, {2, 1, {}}};
  const auto heard = hear(mix_of({s}), 1, library).samples;
  for (size_t n = 0; n < 48000; n += 100) {
    ASSERT_NEAR(std::pow(heard[2 * n], 2) + std::pow(heard[2 * n + 1], 2), 0.5, 1e-4) << n;
  }
  EXPECT_NEAR(heard[1], 0, 1e-6);
  s.pan = 0;
  EXPECT_EQ(hear(mix_of({s}), 1, library).samples[0], 0.5F);
}

TEST(Mixer, PanOfTwoChannels) {
  Library library;
  const int two = library.add({.wave = [](int64_t, int c) { return c == 0 ? 0.25F : 0.5F; }});
  const auto at = [&](double pan) {
    schema::Sound s = sound(two, 0, 2);
    s.pan = pan;
    const auto heard = hear(mix_of({s}), 1, library).samples;
    return std::pair(heard[20000], heard[20001]);
  };
  EXPECT_EQ(at(0), std::pair(0.25F, 0.5F));
  EXPECT_NEAR(at(-1).first, 0.75, 1e-6);
  EXPECT_NEAR(at(-1).second, 0, 1e-6);
  EXPECT_NEAR(at(1).first, 0, 1e-6);
  EXPECT_NEAR(at(1).second, 0.75, 1e-6);
  EXPECT_NEAR(at(-0.5).first, 0.25 + 0.5 * std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(at(-0.5).second, 0.5 * std::sqrt(0.5), 1e-6);
}

TEST(Mixer, LoopsWithoutASeam) {
  for (const int rate : {48000, 44100}) {
    Library library;
    // 10 whole turns in the part: a seam would break the sine.
    const int in = library.add({.wave = sine(100, 0.5, rate), .rate = rate});
    schema::Sound s = sound(in, 0, 3);
    s.source_duration = Rational(1, 10);
    s.loop = true;
    const auto left = channel_of(hear(mix_of({s}), 2, library).samples, 0);
    for (size_t n = 1000; n < left.size(); ++n) {
      ASSERT_NEAR(left[n], sine(100, 0.5, 48000)(static_cast<int64_t>(n), 0), 2e-5) << rate << n;
    }
  }
}

TEST(Mixer, LoopsDoNotDrift) {
  Library library;
  // A click at the start of a part of 1000.4 samples: pass k begins nearest to k * 1000.4.
  const int in = library.add({.wave = impulse(0)});
  schema::Sound s = sound(in, 0, 10);
  s.source_duration = Rational(10004, 480000);
  s.loop = true;
  const auto left = channel_of(hear(mix_of({s}), 9, library).samples, 0);
  for (int64_t k = 0; k < 400; ++k) {
    ASSERT_EQ(left[static_cast<size_t>((Rational(k) * Rational(10004, 10)).round())], 1.0F) << k;
  }
}

TEST(Mixer, ShortLoopsAreNotSoughtAgainAndAgain) {
  Library library;
  const int in = library.add({.wave = noise(0.5)});
  schema::Sound s = sound(in, 0, 10);
  s.source_duration = Rational(1, 100000);  // less than a sample
  s.loop = true;
  EXPECT_EQ(hear(mix_of({s}), 10, library).error, "");
  EXPECT_LE(library.counts->seeks, 2);
}

TEST(Mixer, DucksAsDeepAndAsSoonAsAsked) {
  Library library;
  const int bed = library.add({.wave = constant(0.5)});
  const int talk = library.add({.wave = sine(300, 0.25, 48000), .channels = 1});
  schema::Sound music = sound(bed, 0, 10);
  music.role = "music";
  music.pan = -1;  // heard alone on the left: 0.5 + 0.5 of both channels
  schema::Sound voice = sound(talk, 3, 2);
  voice.role = "voice";
  voice.pan = 1;
  schema::AudioMix mix = mix_of({music, voice});
  mix.ducks.push_back({"music", "voice", -12, Rational(1, 5), Rational(1, 2)});
  const auto left = channel_of(hear(mix, 10, library).samples, 0);
  const auto db = [&](double t) { return 20 * std::log10(left[static_cast<size_t>(t * 48000)]); };
  EXPECT_NEAR(db(2.79), 0, 0.01) << "before";
  EXPECT_NEAR(db(2.9), -6, 0.5) << "half way down";
  EXPECT_NEAR(db(3.0), -12, 0.1) << "down when the voice begins";
  EXPECT_NEAR(db(4), -12, 0.01);
  EXPECT_NEAR(db(5.24), -12, 0.1) << "held";
  EXPECT_NEAR(db(5.52), -6, 0.6) << "half way up";
  EXPECT_NEAR(db(5.8), 0, 0.1) << "up";
  for (size_t n = 1; n < left.size() - 200; ++n) {
    ASSERT_LT(std::fabs(left[n] - left[n - 1]), 0.001F) << "a step at " << n;
  }
}

TEST(Mixer, QuietVoicesAndOthersDoNotDuck) {
  Library library;
  const int bed = library.add({.wave = constant(0.5)});
  const int hiss = library.add({.wave = noise(0.004)});  // RMS -52.7 dBFS
  schema::Sound music = sound(bed, 0, 10);
  music.id = "bed";
  schema::Sound voice = sound(hiss, 0, 10);
  voice.role = "voice";
  schema::Sound other = sound(bed, 0, 10);
  schema::AudioMix mix = mix_of({music, voice, other});
  mix.ducks.push_back({"bed", "voice", -60, Rational(1, 10), Rational(1, 10)});
  EXPECT_NEAR(hear(mix, 2, library).samples[96000], 1.0, 0.01);
  mix.sounds[1].volume = 4;  // -40.7 dBFS
  EXPECT_NEAR(hear(mix, 2, library).samples[96000], 0.5, 0.02) << "the bed alone is ducked";
}

TEST(Mixer, TheDeepestDuckCounts) {
  Library library;
  const int bed = library.add({.wave = constant(0.5)});
  const int talk = library.add({.wave = [](int64_t, int c) { return c == 0 ? 0.0F : 0.3F; }});
  schema::Sound music = sound(bed, 0, 10);
  music.role = "music";
  schema::Sound voice = sound(talk, 0, 10);
  voice.role = "voice";
  schema::AudioMix mix = mix_of({music, voice});
  mix.ducks.push_back({"music", "voice", -20, Rational(1, 10), Rational(1, 10)});
  mix.ducks.push_back({"music", "voice", -6, Rational(1, 5), Rational(1, 10)});
  EXPECT_NEAR(hear(mix, 2, library).samples[96000], 0.05, 1e-4);
}

TEST(Mixer, ADuckWithoutAnyoneIsSaid) {
  Library library;
  const int in = library.add({});
  schema::AudioMix mix = mix_of({sound(in, 0, 1)});
  mix.ducks.push_back({"", "vioce", -6, 0, 0});
  const auto heard = hear(mix, 1, library);
  ASSERT_EQ(heard.warnings.size(), 2U);
  EXPECT_THAT(heard.warnings[0].message, HasSubstr("\"vioce\""));
}

TEST(Mixer, BlockSizesChangeNothing) {
  Library library;
  const schema::AudioMix mix = rich(library);
  const auto want = hear(mix, 4, library);
  ASSERT_EQ(want.error, "");
  EXPECT_GT(rms(want.samples, 0, want.samples.size()), 0.05);
  for (const size_t block : {size_t{1}, size_t{7}, size_t{4096}, size_t{1} << 30}) {
    EXPECT_EQ(hear(mix, 4, library, block).samples, want.samples) << block;
  }
}

TEST(Mixer, BlocksOfTheSourceChangeNothing) {
  std::vector<float> want;
  for (const int64_t block : {1000, 1, 333, 100000}) {
    Library library;
    const int a = library.add({.wave = noise(0.5), .rate = 44100, .block = block});
    schema::Sound s = sound(a, 0, 1);
    s.loop = true;
    s.source_start = 1;
    s.source_duration = Rational(1, 3);
    const auto heard = hear(mix_of({s}), 1, library).samples;
    if (want.empty()) want = heard;
    EXPECT_EQ(heard, want) << block;
  }
}

TEST(Mixer, SumsDoNotDependOnWhichSoundWasOpenedFirst) {
  Library library;
  std::vector<schema::Sound> sounds;
  for (uint64_t i = 0; i < 5; ++i) {
    sounds.push_back(sound(library.add({.wave = noise(0.5, i)}), 0, 9));
  }
  const auto all = hear(mix_of(sounds), 3, library).samples;
  sounds[0].start = 1;
  sounds[0].source_start = 1;
  const auto late = hear(mix_of(sounds), 3, library).samples;
  for (size_t i = size_t{2} * 50000; i < all.size(); ++i) ASSERT_EQ(all[i], late[i]) << i;
}

TEST(Mixer, MemoryAndOpenSourcesAreBounded) {
  Library library;
  const int in = library.add({.wave = noise(0.1), .rate = 44100, .channels = 1});
  std::vector<schema::Sound> sounds;
  for (int i = 0; i < 200; ++i) {
    sounds.push_back(sound(in, Rational(i, 10), Rational(3, 20)));
    sounds.back().role = i % 2 ? "voice" : "music";
  }
  schema::AudioMix mix = mix_of(sounds);
  mix.ducks.push_back({"music", "voice", -6, 5, 5});  // looks 2 s ahead at most
  auto mixer = Mixer::open(mix, 20, library.inputs());
  ASSERT_TRUE(mixer.ok());
  EXPECT_EQ(library.counts->opened, 0);
  int64_t heard = 0;
  while (true) {
    const auto block = mixer->read(480);
    ASSERT_TRUE(block.ok());
    if (block->samples.empty()) break;
    heard += static_cast<int64_t>(block->frames());
    // Three halves of the time are played; each sound may read a block and a filter too many.
    const int64_t opened = library.counts->opened;
    ASSERT_LE(library.counts->frames, (heard + 97000) * 3 / 2 + opened * 1200) << heard;
  }
  EXPECT_EQ(library.counts->opened, 200);
  EXPECT_LE(library.counts->most_open, 3);
  EXPECT_EQ(library.counts->open_now, 0);
}

TEST(Mixer, WhatIsNoNumberIsMendedAndSaid) {
  Library library;
  const int in = library.add({.wave = [](int64_t n, int c) {
    if (c == 0 && n == 100) return std::nanf("");
    if (c == 0 && n == 200) {
      return std::numeric_limits<float>::infinity();
    }
    if (c == 0 && n == 300) return 1e30F;
    return 0.5F;
  }});
  const auto heard = hear(mix_of({sound(in, 0, 1)}), 1, library);
  EXPECT_EQ(heard.samples[200], 0.0F);
  EXPECT_EQ(heard.samples[201], 0.5F);
  EXPECT_EQ(heard.samples[400], 0.0F);
  EXPECT_EQ(heard.samples[600], 16.0F);
  ASSERT_EQ(heard.warnings.size(), 1U);
  EXPECT_THAT(heard.warnings[0].message, HasSubstr("3 samples"));
  EXPECT_EQ(heard.warnings[0].pointer, "/tracks/0/clips/0");
}

TEST(Mixer, ASourceThatEndsEarlyIsSilentAndSaid) {
  Library library;
  const int in = library.add({.wave = constant(1), .frames = 48000});
  const auto heard = hear(mix_of({sound(in, 0, 3)}), 3, library);
  EXPECT_EQ(heard.samples[95998], 1.0F);
  EXPECT_EQ(heard.samples[96000], 0.0F);
  ASSERT_EQ(heard.warnings.size(), 1U);
  EXPECT_THAT(heard.warnings[0].message, HasSubstr("2000 ms"));
}

TEST(Mixer, ThePartsEndEndsTheSound) {
  Library library;
  const int in = library.add({.wave = constant(1)});
  schema::Sound s = sound(in, 0, 3);
  s.source_duration = 1;
  const auto left = channel_of(hear(mix_of({s}), 3, library).samples, 0);
  EXPECT_EQ(left[47000], 1.0F);
  EXPECT_LT(left[47999], 0.01F) << "no click";
  EXPECT_EQ(left[48000], 0.0F);
}

TEST(Mixer, SpeedKeepsPitchAndTime) {
  Library library;
  // Clicks at each output second say where time is; the tone says what the pitch is.
  const int tone = library.add({.wave = sine(440, 0.3, 48000)});
  for (const Rational& speed : {Rational(1, 10), Rational(1, 2), Rational(5, 4), Rational(10)}) {
    schema::Sound s = sound(tone, 0, 3);
    s.speed = speed;
    s.source_duration = s.duration * speed;
    const auto heard = hear(mix_of({s}), 4, library);
    ASSERT_EQ(heard.error, "");
    const auto left = channel_of(heard.samples, 0);
    int turns = 0;
    for (size_t n = 24001; n <= 120000; ++n) turns += left[n - 1] < 0 && left[n] >= 0;
    EXPECT_NEAR(turns / 2.0, 440, 1.5) << speed.to_string();
    EXPECT_NEAR(rms(left, 24000, 120000), 0.3 / std::sqrt(2), 0.02) << speed.to_string();
    EXPECT_GT(rms(left, 140000, 143800), 0.1) << "heard to its end";
    EXPECT_EQ(rms(left, 144000, 192000), 0) << "and not longer";
    EXPECT_EQ(heard.warnings.size(), speed < Rational(1, 4) || speed > Rational(4) ? 1U : 0U);
  }
}

TEST(Mixer, SpeedKeepsInStep) {
  const int64_t at = 48000 * 4;
  const auto click = [=](int64_t n, int) {
    const auto k = static_cast<double>(n - at);
    return n < at ? 0.0F : static_cast<float>(0.8 * std::exp(-k / 60) * std::sin(k * 0.5));
  };
  for (const int rate : {48000, 44100}) {
    Library library;
    const int in = library.add(
        {.wave = [=](int64_t n, int c) { return click(n * 48000 / rate, c); }, .rate = rate});
    for (const Rational& speed : {Rational(4, 5), Rational(2)}) {
      schema::Sound s = sound(in, 1, 6);
      s.source_start = 1;
      s.speed = speed;
      s.source_duration = 7;
      const auto heard = hear(mix_of({s}), 7, library).samples;
      const double seconds = 1 + 3 / speed.to_double();
      EXPECT_NEAR(static_cast<double>(peak_at(heard)) / 48000, seconds, 0.01) << speed.to_string();
    }
  }
}

TEST(Mixer, OneChannelOutIsTheMeanOfBoth) {
  Library library;
  const int in = library.add({.wave = [](int64_t, int c) { return c == 0 ? 0.2F : 0.4F; }});
  schema::AudioMix mix = mix_of({sound(in, 0, 1)});
  mix.channels = 1;
  const auto heard = hear(mix, 1, library).samples;
  ASSERT_EQ(heard.size(), 48000U);
  EXPECT_FLOAT_EQ(heard[1000], 0.3F);
}

TEST(Mixer, ErrorsNameTheSoundAndStay) {
  Library library;
  const int in = library.add({.wave = constant(1), .fails_at = 60000});
  schema::Sound s = sound(in, 0, 3);
  s.id = "intro";
  auto mixer = Mixer::open(mix_of({s}), 3, library.inputs());
  ASSERT_TRUE(mixer.ok());
  EXPECT_TRUE(mixer->read(48000).ok());
  for (int i = 0; i < 2; ++i) {
    const auto read = mixer->read(48000);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().message, "sound intro: packet 7 is damaged");
    EXPECT_EQ(read.error().code, base::Code::kCorrupt);
  }
  s.input = 99;
  EXPECT_EQ(hear(mix_of({s}), 1, library).error, "sound intro: no such input");
}

TEST(Mixer, RefusesWhatIsOutOfRange) {
  Library library;
  const int in = library.add({});
  const auto refused = [&](const std::function<void(schema::AudioMix&)>& spoil) {
    schema::AudioMix mix = mix_of({sound(in, 0, 1)});
    mix.ducks.push_back({"a", "b", -6, 0, 0});
    spoil(mix);
    return hear(mix, 1, library).error;
  };
  EXPECT_EQ(refused([](auto&) {}), "");
  const double nan = std::nan("");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].speed = 0; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].speed = 101; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].duration = -1; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].source_duration = 0; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].source_start = -1; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].fade_in = -1; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds[0].volume.keys.clear(); }), "");
  EXPECT_NE(refused([&](auto& m) { m.sounds[0].volume = nan; }), "");
  EXPECT_NE(refused([&](auto& m) { m.ducks[0].by_db = nan; }), "");
  EXPECT_NE(refused([](auto& m) { m.ducks[0].by_db = 6; }), "");
  EXPECT_NE(refused([](auto& m) { m.sample_rate = 0; }), "");
  EXPECT_NE(refused([](auto& m) { m.channels = 6; }), "");
  EXPECT_NE(refused([](auto& m) { m.sounds.resize(300, m.sounds[0]); }), "");
  EXPECT_NE(refused([](auto& m) { m.loudness = schema::Loudness{5, -1}; }), "");
}

}  // namespace
}  // namespace rushes::audio
