#include "media/upright.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "media/chroma.h"
#include "media/testing.h"

namespace rushes::media {
namespace {

using frame::ChromaSite;
using frame::Layout;

frame::Frame letters(const std::vector<std::string>& rows) {
  frame::Format f;
  f.layout = Layout::kGray;
  frame::FrameBuffer b(f, static_cast<int>(rows[0].size()), static_cast<int>(rows.size()));
  for (size_t y = 0; y < rows.size(); ++y) {
    std::memcpy(b.plane(0).row(static_cast<int>(y)), rows[y].data(), rows[y].size());
  }
  return std::move(b).freeze();
}

TEST(Upright, AllEightExifOrientations) {
  // What a file with each orientation stores, so that "abc/def" is seen.
  const std::string upright_letters = "abcdef";
  const std::vector<std::vector<std::string>> stored = {
      {"abc", "def"},     {"cba", "fed"},     {"fed", "cba"},     {"def", "abc"},
      {"ad", "be", "cf"}, {"cf", "be", "ad"}, {"fc", "eb", "da"}, {"da", "eb", "fc"}};
  for (int value = 1; value <= 8; ++value) {
    const frame::Frame seen =
        upright(letters(stored[static_cast<size_t>(value - 1)]), from_exif(value));
    EXPECT_EQ(testing::pixels_of(seen), upright_letters) << "orientation " << value;
    EXPECT_EQ(seen.width(), 3) << value;
  }
  EXPECT_EQ(from_exif(0), Orientation{});
  EXPECT_EQ(from_exif(9), Orientation{});
}

std::optional<Orientation> matrix(int a, int b, int c, int d) {
  const int32_t m[9] = {a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30};
  return from_display_matrix({reinterpret_cast<const uint8_t*>(m), sizeof(m)});
}

TEST(Upright, DisplayMatrices) {
  EXPECT_EQ(matrix(1, 0, 0, 1), (Orientation{0, false}));
  EXPECT_EQ(matrix(0, 1, -1, 0), (Orientation{90, false}));
  EXPECT_EQ(matrix(-1, 0, 0, -1), (Orientation{180, false}));
  EXPECT_EQ(matrix(0, -1, 1, 0), (Orientation{270, false}));
  EXPECT_EQ(matrix(-1, 0, 0, 1), (Orientation{0, true}));
  EXPECT_EQ(matrix(1, 0, 0, -1), (Orientation{180, true}));
  EXPECT_EQ(matrix(0, -1, -1, 0), (Orientation{90, true}));
  EXPECT_EQ(matrix(0, 1, 1, 0), (Orientation{270, true}));
  EXPECT_EQ(matrix(1, 1, -1, 1), std::nullopt);
  EXPECT_EQ(matrix(0, 0, 0, 0), std::nullopt);
}

TEST(Upright, LeftSitedChromaEndsUpCentred) {
  // Chroma rises by 8 a sample, that is by 4 a luma sample: moving half a luma sample adds 2.
  frame::FrameBuffer b(frame::kWorking, 16, 8);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 8; ++x) b.plane(1).row(y)[x] = b.plane(2).row(y)[x] = uint8_t(40 + 8 * x);
  }
  for (int y = 0; y < 8; ++y) std::memset(b.plane(0).row(y), 100, 16);
  const frame::Frame turned = upright(std::move(b).freeze(), {90, false});
  EXPECT_EQ(turned.width(), 8);
  EXPECT_EQ(turned.height(), 16);
  EXPECT_EQ(turned.format().site, ChromaSite::kCenter);
  EXPECT_EQ(turned.format().layout, Layout::kYuv420);
  for (int y = 1; y < 6; ++y) EXPECT_EQ(turned.plane(1).row(y)[1], 42 + 8 * y) << y;
}

TEST(Upright, SubsampledGridsThatCannotTurnBecomeFullSize) {
  frame::Format f422;
  f422.layout = Layout::kYuv422;
  EXPECT_EQ(upright_format(f422, 16, 8, {90, false}).layout, Layout::kYuv444);
  EXPECT_EQ(upright_format(f422, 16, 8, {180, false}).layout, Layout::kYuv422);
  EXPECT_EQ(upright_format(frame::kWorking, 15, 8, {180, false}).layout, Layout::kYuv444);
  EXPECT_EQ(upright_format(frame::kWorking, 15, 8, {0, false}), frame::kWorking);
  frame::FrameBuffer b(f422, 4, 2);
  for (int i = 0; i < 3; ++i) {
    for (int y = 0; y < 2; ++y) std::memset(b.plane(i).row(y), 50 + i, size_t(b.plane(i).width));
  }
  const frame::Frame turned = upright(std::move(b).freeze(), {270, false});
  EXPECT_EQ(testing::pixels_of(turned),
            std::string(8, 50) + std::string(8, 51) + std::string(8, 52));
}

TEST(Chroma, StepsFollowTheSites) {
  EXPECT_EQ(subsampling_steps(1, 0, false).offset, 0);
  EXPECT_EQ(subsampling_steps(1, 0, true).offset, -1);
  EXPECT_EQ(subsampling_steps(1, 0, true).scale, 2);
  EXPECT_TRUE(subsampling_steps(1, 1, true).identity());
}

TEST(Chroma, ARampStaysARampAtAnyDepth) {
  for (const int depth : {8, 16}) {
    frame::Format f;
    f.layout = Layout::kGray;
    f.depth = depth;
    frame::FrameBuffer b(f, 8, 1);
    for (int x = 0; x < 8; ++x) {
      if (depth == 8) b.plane(0).row(0)[x] = uint8_t(20 * x);
      if (depth == 16) b.plane(0).row16(0)[x] = uint16_t(8000 * x);
    }
    const frame::FrameBuffer wide =
        resample_plane(b.plane(0), depth, Axis::kX, 16, subsampling_steps(1, 0, false));
    for (int x = 2; x < 12; ++x) {
      const int got = depth == 8 ? wide.plane(0).row(0)[x] : wide.plane(0).row16(0)[x];
      EXPECT_EQ(got, (depth == 8 ? 10 : 4000) * x) << depth << " " << x;
    }
  }
}

}  // namespace
}  // namespace rushes::media
