#include "audio/takes.h"

#include <gtest/gtest.h>

#include <vector>

#include "audio/fake_source.h"

namespace rushes::audio {
namespace {

Takes takes_of(Library& library, const Rational& duration) {
  schema::AudioMix mix;
  mix.sounds.push_back(sound(library.add({.wave = noise(0.5), .frames = 50000}), 0, duration));
  mix.loudness = schema::Loudness{};
  return Takes(mix, duration, library.inputs());
}

std::vector<float> take(Takes& takes) {
  std::vector<float> out;
  EXPECT_TRUE(takes.rewind().ok());
  while (true) {
    const auto block = takes.read();
    EXPECT_TRUE(block.ok());
    if (!block.ok() || block->samples.empty()) return out;
    out.insert(out.end(), block->samples.begin(), block->samples.end());
    EXPECT_EQ(takes.done() * 2, static_cast<int64_t>(out.size()));
  }
}

TEST(Takes, AShortMixIsMixedOnce) {
  Library library;
  Takes takes = takes_of(library, 2);
  const auto first = take(takes);
  EXPECT_EQ(first.size(), 192000U);
  EXPECT_EQ(take(takes), first);
  EXPECT_EQ(take(takes), first);
  EXPECT_EQ(library.counts->opened, 1);
  EXPECT_EQ(takes.warnings().size(), 1U) << "the source was too short";
}

TEST(Takes, ATakeBrokenOffIsNotKept) {
  Library library;
  Takes takes = takes_of(library, 2);
  ASSERT_TRUE(takes.rewind().ok());
  ASSERT_TRUE(takes.read().ok());
  EXPECT_EQ(take(takes).size(), 192000U);
  EXPECT_EQ(library.counts->opened, 2);
}

TEST(Takes, ALongMixIsMixedAnew) {
  Library library;
  Takes takes = takes_of(library, Rational(kMaxKeptBytes / 8 + 1, 48000));
  for (int pass = 1; pass <= 3; ++pass) {
    ASSERT_TRUE(takes.rewind().ok());
    ASSERT_TRUE(takes.read().ok());
    EXPECT_EQ(library.counts->opened, pass);
  }
}

}  // namespace
}  // namespace rushes::audio
