#include "audio/stretch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "audio/fake_source.h"

namespace rushes::audio {
namespace {

std::vector<float> stretched(const Wave& wave, const Rational& speed, size_t frames,
                             size_t piece = 480) {
  Stretcher stretcher = Stretcher::open(2, 48000, speed).value();
  std::vector<float> out(frames * 2);
  std::vector<float> in(Stretcher::kPush * 2);
  int64_t next = 0;
  for (size_t at = 0; at < out.size();) {
    const auto got =
        stretcher.pull(std::span(out).subspan(at, std::min(piece * 2, out.size() - at)));
    EXPECT_TRUE(got.ok());
    at += got.value() * 2;
    if (got.value() == piece || at == out.size()) continue;
    for (size_t i = 0; i < in.size(); ++i) {
      in[i] = wave(next + static_cast<int64_t>(i / 2), static_cast<int>(i % 2));
    }
    next += static_cast<int64_t>(Stretcher::kPush);
    EXPECT_TRUE(stretcher.push(in).ok());
  }
  EXPECT_EQ(stretcher.complaint(), "");
  // What is read ahead is bounded: windows on both sides, and what one push() makes.
  const double factor = speed.to_double();
  EXPECT_LE(static_cast<double>(next), static_cast<double>(frames) * factor + 6000 + 3000 * factor);
  return out;
}

TEST(Stretch, EveryRunGivesTheSameBytes) {
  const auto want = stretched(noise(0.5), Rational(3, 2), 24000);
  EXPECT_EQ(stretched(noise(0.5), Rational(3, 2), 24000), want);
  EXPECT_EQ(stretched(noise(0.5), Rational(3, 2), 24000, 1), want) << "taken frame by frame";
}

TEST(Stretch, ChannelsKeepTheirPlaces) {
  const auto out =
      stretched([](int64_t n, int c) { return c == 0 ? sine(500, 0.5, 48000)(n, 0) : 0.0F; },
                Rational(1, 2), 24000);
  EXPECT_NEAR(rms(channel_of(out, 0), 12000, 24000), 0.354, 0.02);
  EXPECT_LT(rms(channel_of(out, 1), 12000, 24000), 0.02);
}

TEST(Stretch, WholeRangeWithoutComplaint) {
  for (const Rational& speed : {Rational(1, 10), Rational(7, 5), Rational(25), Rational(100)}) {
    const auto out = stretched(sine(300, 0.5, 48000), speed, 9600);
    EXPECT_NEAR(rms(out, 9600, 19200), 0.354, 0.05) << speed.to_string();
  }
}

TEST(Stretch, RefusesWhatRubberbandCannot) {
  EXPECT_FALSE(Stretcher::open(2, 48000, 0).ok());
  EXPECT_FALSE(Stretcher::open(2, 48000, Rational(1, 101)).ok());
  EXPECT_FALSE(Stretcher::open(2, 48000, 101).ok());
  EXPECT_FALSE(Stretcher::open(3, 48000, 2).ok());
  EXPECT_FALSE(Stretcher::open(1, 4000, 2).ok());
}

}  // namespace
}  // namespace rushes::audio
