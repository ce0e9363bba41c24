#include "kernels/compare.h"

#include <gtest/gtest.h>

#include <random>

#include "kernels/testing.h"

namespace rushes::kernels {
namespace {

using testing::for_each_target;
using testing::TestPlane;

TEST(Compare, FastEqualsPlain) {
  const uint32_t seed = testing::random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for_each_target([&] {
    std::mt19937 rng(seed);
    SsimScratch scratch;
    for (const int width : {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 66, 127, 130, 259}) {
      for (const int height : {0, 1, 7, 8, 11, 12, 21}) {
        for (const int kind : {0, 1, 2, 3}) {
          SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height) + " kind " +
                       std::to_string(kind));
          TestPlane a(width, height);
          TestPlane b(width, height, 5);
          a.randomize(rng, kind);
          b.randomize(rng, kind == 2 ? 3 : kind % 2);  // the widest differences among them
          EXPECT_EQ(squared_error(a.view(), b.view()), ref::squared_error(a.view(), b.view()));
          EXPECT_EQ(absolute_error(a.view(), b.view()), ref::absolute_error(a.view(), b.view()));
          EXPECT_EQ(block_error(a.view(), b.view()), ref::block_error(a.view(), b.view()));
          EXPECT_EQ(sum(a.view()), ref::sum(a.view()));
          for (const int limit : {0, 37, 254, 255}) {
            EXPECT_EQ(count_at_most(a.view(), static_cast<uint8_t>(limit)),
                      ref::count_at_most(a.view(), static_cast<uint8_t>(limit)));
          }
          EXPECT_EQ(ssim(a.view(), b.view(), scratch), ref::ssim(a.view(), b.view()));
          EXPECT_EQ(ssim(a.view(), a.view(), scratch), ref::ssim(a.view(), a.view()));
        }
      }
    }
  });
}

TEST(Compare, SumsOfWideRowsDoNotOverflow) {
  for_each_target([&] {
    std::mt19937 rng(1);
    TestPlane white(70'000, 2);
    TestPlane black(70'000, 2);
    white.randomize(rng, 2);
    black.randomize(rng, 3);
    EXPECT_EQ(squared_error(white.view(), black.view()), uint64_t{140'000} * 65025);
    EXPECT_EQ(absolute_error(white.view(), black.view()), uint64_t{140'000} * 255);
  });
}

// Of two pictures of noise alone blocks differ by little, of what has moved by much.
TEST(Compare, BlocksTellMotionFromNoise) {
  std::mt19937 rng(3);
  constexpr int kSize = 128;
  TestPlane noise(kSize, kSize), other(kSize, kSize), bars(kSize, kSize), moved(kSize, kSize);
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      noise.view().row(y)[x] = static_cast<uint8_t>(120 + rng() % 16);
      other.view().row(y)[x] = static_cast<uint8_t>(120 + rng() % 16);
      bars.view().row(y)[x] = static_cast<uint8_t>(x / 16 % 2 * 100);
      moved.view().row(y)[x] = static_cast<uint8_t>((x + 2) / 16 % 2 * 100);
    }
  }
  const uint64_t samples = uint64_t{kSize} * kSize;
  EXPECT_GT(absolute_error(noise.view(), other.view()), 4 * samples);
  EXPECT_LT(block_error(noise.view(), other.view()), samples);
  EXPECT_GT(block_error(bars.view(), moved.view()), 10 * samples);
}

TEST(Compare, SimilarityIsOneOfTheSameAndLessOfOthers) {
  std::mt19937 rng(7);
  SsimScratch scratch;
  TestPlane a(64, 48);
  a.randomize(rng);
  const SsimSum same = ssim(a.view(), a.view(), scratch);
  EXPECT_EQ(same.windows, 15 * 11);
  EXPECT_EQ(same.value, same.windows * kSsimOne);
  TestPlane lighter(a);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x)
      lighter.view().row(y)[x] = static_cast<uint8_t>(a.view().row(y)[x] / 2);
  }
  const SsimSum half = ssim(a.view(), lighter.view(), scratch);
  TestPlane other(64, 48);
  other.randomize(rng);
  const SsimSum noise = ssim(a.view(), other.view(), scratch);
  EXPECT_LT(half.value, same.value);
  EXPECT_LT(noise.value, half.value / 2);
}

}  // namespace
}  // namespace rushes::kernels
