#include "plan/thumbnails.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rushes::plan {
namespace {

TEST(Thumbnails, TheFileSaysWhereTheyAre) {
  Thumbnails t{.columns = 2, .rows = 1, .starts = {0, 4, 8}, .end = Rational(19, 2), .stem = "t_1"};
  set_size(t, 1920, 1080);
  EXPECT_EQ(t.width, 160);
  EXPECT_EQ(t.height, 90);
  EXPECT_EQ(sheet_count(t), 2U);
  EXPECT_EQ(thumbnails_vtt(t),
            std::string(kThumbnailsMark) +
                "\n00:00:00.000 --> 00:00:04.000\nt_1_00000.jpg#xywh=0,0,160,90\n"
                "\n00:00:04.000 --> 00:00:08.000\nt_1_00000.jpg#xywh=160,0,160,90\n"
                "\n00:00:08.000 --> 00:00:09.500\nt_1_00001.jpg#xywh=0,0,160,90\n");
}

TEST(Thumbnails, NoneIsEnlargedOrOdd) {
  Thumbnails t;
  set_size(t, 1080, 1920);
  EXPECT_EQ(t.width, 90);
  EXPECT_EQ(t.height, 160);
  set_size(t, 100, 50);
  EXPECT_EQ(t.width, 100);
  EXPECT_EQ(t.height, 50);
  set_size(t, 16384, 16);
  EXPECT_EQ(t.height, 2);
}

TEST(Thumbnails, OfManySegmentsSomeAreTaken) {
  EXPECT_THAT(thumbnail_segments(3), testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(thumbnail_segments(1000).size(), 1000U);
  EXPECT_EQ(thumbnail_segments(21600).size(), 982U);
}

}  // namespace
}  // namespace rushes::plan
