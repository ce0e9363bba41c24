#include "frame/frame.h"

#include <gtest/gtest.h>

#include <cstring>

namespace rushes::frame {
namespace {

TEST(Frame, OddSizesRoundChromaUp) {
  FrameBuffer b(kWorking, 7, 5);
  EXPECT_EQ(b.plane(1).width, 4);
  EXPECT_EQ(b.plane(1).height, 3);
  EXPECT_EQ(plane_width({.layout = Layout::kYuv422}, 7, 2), 4);
  EXPECT_EQ(plane_height({.layout = Layout::kYuv422}, 5, 2), 5);
  EXPECT_EQ(plane_width({.layout = Layout::kYuv420, .alpha = true}, 7, 3), 7);
}

TEST(Frame, RowsAreAlignedAndPadded) {
  FrameBuffer b({.layout = Layout::kYuv444, .depth = 10, .alpha = true}, 33, 3);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(b.plane(i).row(1)) % 64, 0u);
    EXPECT_GE(b.plane(i).stride, 33 * 2 + 64);
    std::memset(b.plane(i).row(2), i, static_cast<size_t>(b.plane(i).stride));
  }
  const Frame f = std::move(b).freeze();
  EXPECT_EQ(f.plane(0).row(2)[0], 0);
  EXPECT_EQ(f.alpha().row(2)[0], 3);
}

TEST(Frame, CopiesShareTheirPixels) {
  const Frame a = FrameBuffer(kWorking, 4, 4).freeze();
  const Frame b = a.described_as({.matrix = Matrix::kBt601});
  EXPECT_EQ(a.identity(), b.identity());
  EXPECT_EQ(b.format().matrix, Matrix::kBt601);
  EXPECT_FALSE(static_cast<bool>(Frame()));
}

}  // namespace
}  // namespace rushes::frame
