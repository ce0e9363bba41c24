#include "media/describe.h"

#include <gtest/gtest.h>

namespace rushes::media {
namespace {

using frame::ChromaSite;
using frame::Format;
using frame::Layout;
using frame::Matrix;
using frame::Range;

TEST(Describe, UntaggedVideoGoesByItsHeight) {
  EXPECT_EQ(describe({}, {.height = 719}).matrix, Matrix::kBt601);
  EXPECT_EQ(describe({}, {.height = 720}).matrix, Matrix::kBt709);
  EXPECT_EQ(describe({}, {.height = 720}).range, Range::kLimited);
  EXPECT_EQ(describe({}, {.height = 720}).site, ChromaSite::kLeft);
}

TEST(Describe, TagsWin) {
  const Format f = describe({}, {.matrix = Matrix::kBt2020,
                                 .range = Range::kFull,
                                 .site = ChromaSite::kTopLeft,
                                 .transfer = frame::Transfer::kHlg,
                                 .height = 480});
  EXPECT_EQ(f.matrix, Matrix::kBt2020);
  EXPECT_EQ(f.range, Range::kFull);
  EXPECT_EQ(f.site, ChromaSite::kTopLeft);
  EXPECT_EQ(f.transfer, frame::Transfer::kHlg);
}

TEST(Describe, JpegPixelsAreFullRangeWhateverTheTagSays) {
  const Format f = describe({}, {.range = Range::kLimited, .jpeg_pixels = true, .height = 1080});
  EXPECT_EQ(f.range, Range::kFull);
  EXPECT_EQ(f.site, ChromaSite::kCenter);
}

TEST(Describe, RgbIsFullRangeAndShapeIsKept) {
  Format shape;
  shape.layout = Layout::kRgb;
  shape.depth = 12;
  shape.alpha = true;
  const Format f = describe(shape, {.range = Range::kLimited, .height = 100});
  EXPECT_EQ(f.range, Range::kFull);
  EXPECT_EQ(f.layout, Layout::kRgb);
  EXPECT_EQ(f.depth, 12);
  EXPECT_TRUE(f.alpha);
}

}  // namespace
}  // namespace rushes::media
