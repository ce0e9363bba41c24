#include "kernels/processor.h"

#include <gtest/gtest.h>

#include "hwy/highway.h"

namespace rushes::kernels {
namespace {

// Of this machine's own: what was asked for is not kept for the tests that follow.
struct Processor : ::testing::Test {
  void TearDown() override {
    limit_processor("avx2");
    hwy::DisableTargets(0);
  }
};

TEST_F(Processor, PlainLeavesNothingButThePlainLoops) {
  EXPECT_FALSE(plain_wanted());
  ASSERT_TRUE(limit_processor("plain"));
  EXPECT_TRUE(plain_wanted());
  EXPECT_EQ(hwy::SupportedTargets() & ~(HWY_SCALAR | HWY_EMU128), 0);
}

TEST_F(Processor, NoMoreThanWasAskedFor) {
  ASSERT_TRUE(limit_processor("sse4"));
  EXPECT_FALSE(plain_wanted());
  EXPECT_EQ(hwy::SupportedTargets() & (HWY_SSE4 - 1), 0) << "better targets have lower bits";
  EXPECT_FALSE(limit_processor("sse5"));
}

}  // namespace
}  // namespace rushes::kernels
