#include "compose/composer.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/exact_math.h"
#include "compose/test_program.h"
#include "text/font_finder.h"

namespace rushes::compose {
namespace {

using schema::TransitionKind;

void ignore(const std::string&, const std::string&) {}

bool equal(const frame::Frame& a, const frame::Frame& b) {
  for (int i = 0; i < 3; ++i) {
    for (int y = 0; y < a.plane(i).height; ++y) {
      if (std::memcmp(a.plane(i).row(y), b.plane(i).row(y),
                      static_cast<size_t>(a.plane(i).width)) != 0) {
        return false;
      }
    }
  }
  return true;
}

// Two pictures with every kind of transition between them in turn, a moving picture in a box with
// border and shadow over them, and a colour that comes and goes.
schema::Program rich_program() {
  schema::Program p = empty_program(160, 120, 9 * 20);
  const int a = add_input(p, 400, 300);
  const int b = add_input(p, 240, 320);
  const int v = add_input(p, 128, 96);
  schema::Track pictures;
  for (int i = 0; i < 9; ++i) {
    const int64_t first = i * 20 - (i > 0 ? 8 : 0);
    schema::Clip c = full_clip(p, schema::ImageContent{i % 2 == 0 ? a : b}, first, (i + 1) * 20);
    zoom(c, 1, 1.3);
    if (i % 3 == 1) c.visual.fit = schema::Fit::kContain;
    if (i % 3 == 2) c.visual.fit = schema::Fit::kBlur;
    if (i == 4) c.visual.rotation = 30;
    if (i > 0) {
      c.transition = schema::Transition{.kind = static_cast<TransitionKind>(i - 1),
                                        .duration = base::Rational(8, 25),
                                        .direction = static_cast<schema::Direction>(i % 4),
                                        .color = {255, 255, 255, 255},
                                        .luma_input = a};
    }
    pictures.clips.push_back(std::move(c));
  }
  schema::Track over;
  schema::Clip pip =
      full_clip(p, schema::VideoContent{.input = v, .source_duration = 4, .loop = true}, 30, 150);
  pip.visual.box_width = 60;
  pip.visual.box_height = 44;
  pip.visual.x.keys = {{0, 40.0, {}}, {2, 100.0, {}}};
  pip.visual.radius = 7;
  pip.visual.border = schema::Border{2, {255, 200, 0, 255}};
  pip.visual.shadow = schema::Shadow{3, 4, 8, {0, 0, 0, 160}};
  pip.visual.opacity.keys = {{0, 0.0, {}}, {1, 1.0, {}}};
  over.clips.push_back(pip);
  schema::Track still;
  schema::Clip bar = full_clip(p, schema::ColorContent{{10, 200, 90, 200}}, 60, 100);
  bar.visual.box_height = 20;
  still.clips.push_back(bar);
  p.tracks = {pictures, over, still};
  return p;
}

TEST(Composer, FastEqualsReferenceInAnyOrder) {
  const schema::Program p = rich_program();
  MadeSources sources(p);
  Composer fast(p, sources, ignore);
  Composer jumping(p, sources, ignore);
  Composer reference(p, sources, ignore, {.reference = true});
  std::vector<frame::Frame> in_order;
  for (int64_t n = 0; n < p.frames; ++n) {
    auto f = fast.picture(n);
    ASSERT_TRUE(f.ok()) << f.error().message;
    in_order.push_back(*f);
  }
  for (int64_t i = 0; i < p.frames; i += 3) {
    const int64_t n = i * 71 % p.frames;
    ASSERT_TRUE(equal(*jumping.picture(n), in_order[static_cast<size_t>(n)])) << "frame " << n;
    ASSERT_TRUE(equal(*reference.picture(n), in_order[static_cast<size_t>(n)])) << "frame " << n;
  }
}

TEST(Composer, WhatStandsStillIsNotDrawnAgain) {
  schema::Program p = empty_program(64, 48, 50);
  const int a = add_input(p, 64, 48);
  p.tracks = {{{full_clip(p, schema::ImageContent{a}, 0, 50)}}};
  MadeSources sources(p);
  Composer composer(p, sources, ignore);
  EXPECT_EQ(*composer.picture(3), *composer.picture(4));
  EXPECT_EQ(*composer.picture(4), *composer.picture(49));
}

TEST(Composer, ClipsAreHalfOpen) {
  schema::Program p = empty_program(32, 32, 10);
  p.tracks = {{{full_clip(p, schema::ColorContent{{255, 255, 255, 255}}, 2, 5)}}};
  MadeSources sources(p);
  Composer composer(p, sources, ignore);
  const auto luma = [&](int64_t n) { return composer.picture(n)->plane(0).row(16)[16]; };
  const int background = luma(0);
  EXPECT_EQ(luma(1), background);
  EXPECT_EQ(luma(2), 235);
  EXPECT_EQ(luma(4), 235);
  EXPECT_EQ(luma(5), background);
}

TEST(Composer, AFadeGoesEvenlyFromOneToTheOther) {
  schema::Program p = empty_program(32, 32, 30);
  schema::Clip black = full_clip(p, schema::ColorContent{{0, 0, 0, 255}}, 0, 20);
  schema::Clip white = full_clip(p, schema::ColorContent{{255, 255, 255, 255}}, 10, 30);
  white.transition = schema::Transition{.duration = base::Rational(10, 25)};
  p.tracks = {{{black, white}}};
  MadeSources sources(p);
  Composer composer(p, sources, ignore);
  for (int k = 0; k <= 10; ++k) {
    EXPECT_NEAR(composer.picture(10 + k)->plane(0).row(16)[16], 16 + 219 * k / 10.0, 0.51) << k;
  }
}

// The brightness-weighted centre of what stands out from the background.
struct Point {
  double x = 0, y = 0;
};
Point centroid(const frame::PlaneView& plane, int background) {
  double sum = 0;
  Point c;
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      const double w = plane.row(y)[x] - background;
      sum += w;
      c.x += w * (x + 0.5);
      c.y += w * (y + 0.5);
    }
  }
  return {c.x / sum, c.y / sum};
}

class MarkerSources final : public Sources {
 public:
  base::Result<frame::Frame> still(int, int, int) override {
    frame::FrameBuffer out(frame::kWorking, 3840, 2160);
    for (int i = 0; i < 3; ++i) {
      std::memset(
          out.plane(i).data, i == 0 ? 30 : 128,
          static_cast<size_t>(out.plane(i).stride) * static_cast<size_t>(out.plane(i).height));
    }
    // A round marker away from the centre, 60 pixels wide with a hard edge.
    for (int y = 0; y < 2160; ++y) {
      for (int x = 0; x < 3840; ++x) {
        const double dx = x + 0.5 - 2900.3;
        const double dy = y + 0.5 - 1500.7;
        if (dx * dx + dy * dy < 900) out.plane(0).row(y)[x] = 220;
      }
    }
    return std::move(out).freeze();
  }
  base::Result<frame::Frame> video(int, int64_t, const base::Rational&) override {
    return base::internal("no video");
  }
  void close_reader(int64_t) override {}
};

TEST(Composer, WhatIsMadeOfAStillIsWhatItCanBe) {
  schema::Program p = empty_program(64, 36, 1);
  add_input(p, 400, 300);
  MadeSources sources(p);
  for (const auto kind : {StillVariant::Kind::kPicture, StillVariant::Kind::kLuma}) {
    for (const auto& [width, height] : {std::pair(400, 300), {390, 290}, {200, 150}, {3, 1}}) {
      const StillVariant variant{kind, width, height};
      const auto made = made_still(sources, 0, variant);
      ASSERT_TRUE(made.ok());
      const frame::Format& format = made->format();
      const auto can = [&](const frame::Format& f, int w, int h) {
        return variant.can_be(f, w, h);
      };
      EXPECT_TRUE(can(format, made->width(), made->height())) << variant.name();
      EXPECT_FALSE(can(format, width - 1, height)) << variant.name();
      EXPECT_FALSE(can(format, width, 2 * height)) << variant.name();
      EXPECT_FALSE(can(format, 65535, 65535)) << variant.name();
      for (const frame::Format& other :
           {frame::Format{.layout = frame::Layout::kRgb}, frame::Format{.depth = 10},
            frame::Format{.alpha = true}, frame::Format{.premultiplied = true},
            frame::Format{.matrix = frame::Matrix::kBt601},
            frame::Format{.transfer = frame::Transfer::kPq}}) {
        EXPECT_FALSE(can(other, made->width(), made->height())) << variant.name();
      }
    }
  }
  const StillVariant variant{StillVariant::Kind::kPicture, 8, 8};
  EXPECT_TRUE(variant.can_be({.alpha = true, .premultiplied = true}, 8, 8));
}

// Slow motion must be smooth: a marker in a 4K still under a zoom from 1.0 to 1.1 in 10 s.
TEST(Composer, SlowZoomsDoNotJitter) {
  schema::Program p = empty_program(1920, 1080, 250);
  add_input(p, 3840, 2160);
  schema::Clip clip = full_clip(p, schema::ImageContent{0}, 0, 250);
  zoom(clip, 1, 1.1);
  p.tracks = {{{clip}}};
  MarkerSources sources;
  Composer composer(p, sources, ignore);
  std::vector<Point> at;
  for (int64_t n = 0; n < p.frames; ++n) at.push_back(centroid(composer.picture(n)->plane(0), 30));
  double acceleration_x = 0;
  double acceleration_y = 0;
  for (size_t n = 1; n < at.size(); ++n) {
    EXPECT_GT(at[n].x, at[n - 1].x) << "frame " << n;
    EXPECT_GT(at[n].y, at[n - 1].y) << "frame " << n;
    if (n < 2) continue;
    acceleration_x += std::fabs(at[n].x - 2 * at[n - 1].x + at[n - 2].x);
    acceleration_y += std::fabs(at[n].y - 2 * at[n - 1].y + at[n - 2].y);
  }
  acceleration_x /= static_cast<double>(at.size() - 2);
  acceleration_y /= static_cast<double>(at.size() - 2);
  RecordProperty("acceleration_x", std::to_string(acceleration_x));
  RecordProperty("acceleration_y", std::to_string(acceleration_y));
  std::printf("mean |acceleration| %.5f %.5f px/frame^2\n", acceleration_x, acceleration_y);
  EXPECT_LE(acceleration_x, 0.005);
  EXPECT_LE(acceleration_y, 0.005);
}

frame::Frame picture_of(const schema::Program& p, int64_t n) {
  MadeSources sources(p);
  Composer composer(p, sources, ignore);
  return composer.picture(n).value();
}

// What lies behind two pictures that push each other does not shine through where they meet.
TEST(Composer, PushHasNoSeam) {
  for (int direction = 0; direction < 4; ++direction) {
    schema::Program p = empty_program(162, 92, 40);
    p.background = {0, 0, 0, 255};
    const schema::ColorContent white{{255, 255, 255, 255}};
    schema::Clip before = full_clip(p, white, 0, 30);
    schema::Clip after = full_clip(p, white, 10, 40);
    after.transition = schema::Transition{.kind = TransitionKind::kPush,
                                          .duration = base::Rational(20, 25),
                                          .easing = {.name = "ease-in-out"},
                                          .direction = static_cast<schema::Direction>(direction)};
    p.tracks = {{{before, after}}};
    for (int64_t n = 10; n < 30; ++n) {
      const frame::Frame f = picture_of(p, n);
      for (int y = 0; y < 92; ++y) {
        for (int x = 0; x < 162; ++x) ASSERT_GE(f.plane(0).row(y)[x], 234) << n;
      }
    }
  }
}

// Border and shadow stand around what can be seen through, not behind it.
TEST(Composer, BordersAndShadowsOfWhatIsNotOpaque) {
  schema::Program p = empty_program(160, 120, 1);
  p.background = {255, 255, 255, 255};
  schema::Clip box = full_clip(p, schema::ColorContent{{0, 0, 0, 128}}, 0, 1);
  box.visual.box_width = 60;
  box.visual.box_height = 40;
  p.tracks = {{{box}}};
  const int half = picture_of(p, 0).plane(0).row(60)[80];
  EXPECT_NEAR(half, 125, 2);
  for (const double radius : {0.0, 8.0}) {
    schema::Clip& clip = p.tracks[0].clips[0];
    clip.visual.radius = radius;
    clip.visual.border = schema::Border{4, {0, 0, 0, 255}};
    clip.visual.shadow = schema::Shadow{.x = 6, .y = 6, .blur = 4, .color = {0, 0, 0, 255}};
    const frame::Frame f = picture_of(p, 0);
    EXPECT_EQ(f.plane(0).row(60)[80], half);  // inside: its own colour alone
    EXPECT_LE(f.plane(0).row(60)[51], 18);    // the border
    EXPECT_LE(f.plane(0).row(83)[100], 60);   // the shadow below
    EXPECT_GE(f.plane(0).row(60)[40], 233);   // nothing to the left
  }
}

// Letters that glide keep their distance from frame to frame, and their weight.
TEST(Composer, SlowTextDoesNotJitter) {
  schema::Program p = empty_program(640, 360, 100);
  schema::TextContent text;
  text.text = "Rushes";
  text.style.families = {"DejaVu Sans"};
  text.style.size = 40;
  text.style.color = {255, 255, 255, 255};
  schema::Clip clip = full_clip(p, text, 0, 100);
  const base::Rational seconds = base::Rational(100) / p.fps;
  clip.visual.x.keys = {{0, 300, {}}, {seconds, 337.3, {}}};
  clip.visual.y.keys = {{0, 180, {}}, {seconds, 191.7, {}}};
  p.tracks = {{{clip}}};
  MadeSources sources(p);
  Composer composer(p, sources, ignore);
  std::vector<Point> at;
  double least = 1e30, most = 0;
  for (int64_t n = 0; n < p.frames; ++n) {
    const frame::Frame picture = composer.picture(n).value();
    const frame::PlaneView& luma = picture.plane(0);
    at.push_back(centroid(luma, 16));
    double sum = 0;
    for (int y = 0; y < luma.height; ++y) {
      for (int x = 0; x < luma.width; ++x) {
        sum += luma.row(y)[x] - 16;
        ASSERT_LE(luma.row(y)[x], 235) << "frame " << n;
      }
    }
    least = std::min(least, sum);
    most = std::max(most, sum);
  }
  double acceleration = 0;
  for (size_t n = 2; n < at.size(); ++n) {
    acceleration += std::fabs(at[n].x - 2 * at[n - 1].x + at[n - 2].x) +
                    std::fabs(at[n].y - 2 * at[n - 1].y + at[n - 2].y);
  }
  acceleration /= static_cast<double>(2 * (at.size() - 2));
  std::printf("mean |acceleration| %.5f px/frame^2, weight within %.3f %%\n", acceleration,
              (most - least) / most * 100);
  EXPECT_LE(acceleration, 0.005);
  EXPECT_LE(most - least, 0.005 * most);
}

}  // namespace
}  // namespace rushes::compose
