#include "compose/geometry.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compose/box.h"
#include "kernels/blend.h"

namespace rushes::compose {
namespace {

schema::Visual full_frame(double width, double height) {
  schema::Visual v;
  v.x = width / 2;
  v.y = height / 2;
  v.box_width = width;
  v.box_height = height;
  return v;
}

struct Point {
  double x, y;
};
Point apply(const kernels::Affine& m, double x, double y) {
  return {m.xx * x + m.xy * y + m.x0, m.yx * x + m.yy * y + m.y0};
}

TEST(Geometry, CoverFillsTheBoxAndKeepsTheAspect) {
  const schema::Visual v = full_frame(1080, 1920);
  const Fitted f = fit_picture(v, schema::Fit::kCover, 0, 1620, 2880);
  EXPECT_EQ(f.per_box_x, 1.5);
  EXPECT_EQ(f.origin_x, 0);
  EXPECT_EQ(f.visible.width, 1080);
  const Fitted wide = fit_picture(v, schema::Fit::kCover, 0, 4000, 1920);
  EXPECT_EQ(wide.per_box_x, 1);
  EXPECT_EQ(wide.origin_x, (4000 - 1080) / 2);
}

TEST(Geometry, ContainShowsAllOfIt) {
  const schema::Visual v = full_frame(1000, 1000);
  const Fitted f = fit_picture(v, schema::Fit::kContain, 0, 2000, 1000);
  EXPECT_EQ(f.visible.x, 0);
  EXPECT_EQ(f.visible.y, 250);
  EXPECT_EQ(f.visible.height, 500);
  EXPECT_EQ(f.per_box_x, 2);
}

TEST(Geometry, FillStretches) {
  const Fitted f = fit_picture(full_frame(100, 200), schema::Fit::kFill, 0, 400, 400);
  EXPECT_EQ(f.per_box_x, 4);
  EXPECT_EQ(f.per_box_y, 2);
}

TEST(Geometry, ZoomKeepsTheFocusInPlace) {
  schema::Visual v = full_frame(1000, 500);
  v.focus_x = 0.25;
  v.focus_y = 0.75;
  const auto at_focus = [&](double zoom) {
    v.zoom = zoom;
    const Placement p = place(v, 0);
    return apply(map_of(p, fit_picture(v, v.fit, 0, 1000, 500)), 250, 375);
  };
  for (const double zoom : {1.0, 1.1, 2.0, 0.5}) {
    EXPECT_NEAR(at_focus(zoom).x, 250, 1e-9);
    EXPECT_NEAR(at_focus(zoom).y, 375, 1e-9);
  }
}

TEST(Geometry, RotationIsClockwiseAboutTheAnchor) {
  schema::Visual v = full_frame(200, 200);
  v.rotation = 90;
  const Placement p = place(v, 0);
  const kernels::Affine m = map_of(p, fit_picture(v, schema::Fit::kFill, 0, 200, 200));
  // What was on top is now on the right.
  const Point top_of_source = apply(m, 199.5, 100);
  EXPECT_NEAR(top_of_source.x, 100, 1e-9);
  EXPECT_NEAR(top_of_source.y, 0.5, 1e-9);
}

TEST(Geometry, CropIsWhatIsFitted) {
  schema::Visual v = full_frame(100, 100);
  v.crop_x = 0.5;
  v.crop_width = 0.5;
  v.crop_height = 1.0;
  const Fitted f = fit_picture(v, schema::Fit::kFill, 0, 400, 100);
  EXPECT_EQ(f.origin_x, 200);
  EXPECT_EQ(f.per_box_x, 2);
}

TEST(Geometry, LargestScaleSeesTheZoomsEnd) {
  schema::Visual v = full_frame(1080, 1920);
  v.zoom.keys = {{base::Rational(0), 1.0, {}}, {base::Rational(4), 1.18, {}}};
  const double s = largest_scale(v, schema::Fit::kCover, 4, 1620, 2880);
  EXPECT_GE(s, 1.18 / 1.5);
  EXPECT_LE(s, 1.18 / 1.5 * 1.02);
  EXPECT_EQ(largest_scale(full_frame(100, 100), schema::Fit::kCover, 4, 200, 400), 0.5);
}

TEST(Geometry, CoversCanvasOnlyWhenItDoes) {
  EXPECT_TRUE(covers_canvas({50, 40, 50, 40}, 100, 80));
  EXPECT_FALSE(covers_canvas({50, 40, 49.9, 40}, 100, 80));
  EXPECT_FALSE(covers_canvas({50, 40, 50, 40, 3}, 100, 80));
  EXPECT_TRUE(covers_canvas({50, 40, 60, 50, 3}, 100, 80));
  EXPECT_FALSE(covers_canvas({50, 40, 50, 40, 0, 0.8, 0.6}, 100, 80));
  EXPECT_TRUE(covers_canvas({50, 40, 90, 90, 0, 0.8, 0.6}, 100, 80));
}

TEST(Geometry, MovedLayersShowTheSamePoint) {
  Layer layer{.map = {2, 0, 3, 0, 2, 5}, .shape = {50, 50, 10, 10}};
  const Layer m = moved(layer, 30, -10, 2, 50, 50);
  // Canvas point (60, 55) went to 50 + 10*2 + 30, 50 + 5*2 - 10.
  const Point before = apply(layer.map, 60, 55);
  const Point after = apply(m.map, 100, 50);
  EXPECT_NEAR(before.x, after.x, 1e-9);
  EXPECT_NEAR(before.y, after.y, 1e-9);
  EXPECT_EQ(m.shape.half_w, 20);
}

// However far it goes, in as many steps as that takes.
TEST(Reduced, EndsAtTheSizeThatIsWanted) {
  for (const int width : {1, 2, 31, 33, 999, 4000, 12000}) {
    for (const int height : {1, 3, 93, 3001}) {
      frame::FrameBuffer grey({.layout = frame::Layout::kYuv444}, width, height);
      for (int p = 0; p < 3; ++p) kernels::fill(grey.plane(p), 77);
      const frame::Frame picture = std::move(grey).freeze();
      for (const int w : {1, 10, 120}) {
        const frame::Frame small = reduced(picture, w, 1 + w * height / width);
        // What is hardly reduced is left alone.
        EXPECT_LE(small.width(), std::max(w, w * 9 / 8 + 1)) << width << "x" << height;
        EXPECT_EQ(small.plane(0).row(small.height() - 1)[small.width() - 1], 77);
      }
    }
  }
}

}  // namespace
}  // namespace rushes::compose
