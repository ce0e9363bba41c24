// The fast painter against the reference, bit for bit, over scenes drawn at random.

#include "compose/painter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "base/exact_math.h"
#include "kernels/blend.h"

namespace rushes::compose {
namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 70;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int whole(int low, int high) { return std::uniform_int_distribution<>(low, high)(engine_); }
  double real(double low, double high) {
    return std::uniform_real_distribution<>(low, high)(engine_);
  }
  bool chance(double p) { return real(0, 1) < p; }

 private:
  std::mt19937 engine_;
};

frame::Frame random_picture(Dice& dice) {
  frame::Format format;
  const frame::Layout layouts[] = {frame::Layout::kYuv420, frame::Layout::kYuv422,
                                   frame::Layout::kYuv444};
  format.layout = layouts[dice.whole(0, 2)];
  format.site = dice.chance(0.5) ? frame::ChromaSite::kLeft : frame::ChromaSite::kCenter;
  format.alpha = format.premultiplied = dice.chance(0.4);
  frame::FrameBuffer out(format, dice.whole(3, 120), dice.whole(3, 120));
  for (int i = 0; i < format.planes(); ++i) {
    const auto plane = out.plane(i);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        plane.row(y)[x] = static_cast<uint8_t>(dice.whole(0, 255));
      }
    }
  }
  return std::move(out).freeze();
}

Shape random_shape(Dice& dice) {
  if (dice.chance(0.3)) return {kWidth / 2.0, kHeight / 2.0, kWidth / 2.0, kHeight / 2.0};
  Shape s{dice.real(-20, kWidth + 20), dice.real(-20, kHeight + 20), dice.real(0, 60),
          dice.real(0, 60)};
  if (dice.chance(0.4)) s.radius = dice.real(0, std::min(s.half_w, s.half_h));
  if (dice.chance(0.3)) {
    const double a = dice.real(0, 2 * base::kPi);
    s.cos = base::exact_cos(a);
    s.sin = base::exact_sin(a);
  }
  return s;
}

Layer random_layer(Dice& dice) {
  Layer layer;
  layer.shape = random_shape(dice);
  layer.opacity = dice.chance(0.5) ? 255 : static_cast<uint8_t>(dice.whole(0, 255));
  if (dice.chance(0.25)) {
    layer.color = {static_cast<uint8_t>(dice.whole(0, 255)),
                   static_cast<uint8_t>(dice.whole(0, 255)),
                   static_cast<uint8_t>(dice.whole(0, 255))};
    return layer;
  }
  layer.picture = random_picture(dice);
  if (dice.chance(0.3)) layer.kernel = kernels::Kernel::kTent;
  const double kx = dice.chance(0.3) ? 1 : dice.real(0.2, 3);
  const double ky = dice.chance(0.3) ? 1 : dice.real(0.2, 3);
  const double a = dice.chance(0.3) ? dice.real(0, 6.28) : 0;
  layer.map = {kx * base::exact_cos(a), kx * -base::exact_sin(a), std::floor(dice.real(-30, 30)),
               ky * base::exact_sin(a), ky * base::exact_cos(a),  dice.real(-30, 30)};
  return layer;
}

Side random_side(Dice& dice) {
  Side side;
  const int n = dice.whole(1, 3);
  for (int i = 0; i < n; ++i) side.layers.push_back(random_layer(dice));
  if (dice.chance(0.3)) side.opacity = static_cast<uint8_t>(dice.whole(0, 255));
  return side;
}

frame::Frame gray_ramp() {
  frame::FrameBuffer out({.layout = frame::Layout::kGray, .range = frame::Range::kFull}, kWidth,
                         kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) out.plane(0).row(y)[x] = static_cast<uint8_t>(x * 2 + y);
  }
  return std::move(out).freeze();
}

Group random_group(Dice& dice) {
  Group group{.first = random_side(dice)};
  if (dice.chance(0.4)) {
    group.second = random_side(dice);
    const MixKind kinds[] = {MixKind::kWeight, MixKind::kWipe, MixKind::kCircle, MixKind::kLuma};
    group.mix =
        Mix{kinds[dice.whole(0, 3)], dice.real(0, 1),
            static_cast<schema::Direction>(dice.whole(0, 3)), dice.real(0, 0.5), gray_ramp()};
  }
  if (dice.chance(0.2)) group.tint = Tint{{200, 90, 140}, dice.whole(0, 16384)};
  return group;
}

std::string difference(const frame::FrameBuffer& a, const frame::FrameBuffer& b) {
  for (int i = 0; i < 3; ++i) {
    for (int y = 0; y < a.plane(i).height; ++y) {
      for (int x = 0; x < a.plane(i).width; ++x) {
        if (a.plane(i).row(y)[x] != b.plane(i).row(y)[x]) {
          return "plane " + std::to_string(i) + " at " + std::to_string(x) + "," +
                 std::to_string(y) + ": " + std::to_string(a.plane(i).row(y)[x]) + " and " +
                 std::to_string(b.plane(i).row(y)[x]);
        }
      }
    }
  }
  return "";
}

TEST(Painter, FastEqualsReference) {
  const auto fast = fast_painter(kWidth, kHeight);
  const auto reference = reference_painter(kWidth, kHeight);
  for (unsigned seed = 0; seed < 400; ++seed) {
    Dice dice(seed);
    Scene scene{kWidth, kHeight, {60, 100, 150}, {}};
    const int n = dice.whole(0, 3);
    for (int i = 0; i < n; ++i) scene.groups.push_back(random_group(dice));
    frame::FrameBuffer a(frame::kWorking, kWidth, kHeight);
    frame::FrameBuffer b(frame::kWorking, kWidth, kHeight);
    fast->paint(scene, 0, a);
    reference->paint(scene, 0, b);
    ASSERT_EQ(difference(a, b), "") << "seed " << seed;
  }
}

// Luma as it comes, chroma neutral, wherever a colour is kept.
void make_grey(Side& side) {
  for (Layer& layer : side.layers) {
    layer.color.u = layer.color.v = 128;
    if (!layer.picture) continue;
    const frame::Frame& p = layer.picture;
    frame::FrameBuffer grey(p.format(), p.width(), p.height());
    for (int i = 0; i < p.format().planes(); ++i) {
      kernels::copy(grey.plane(i), p.plane(i));
      if (i == 1 || i == 2) kernels::fill(grey.plane(i), 128);
    }
    layer.picture = std::move(grey).freeze();
  }
}

// However alpha falls against chroma, which has fewer samples: grey over grey is grey.
TEST(Painter, GreyStaysGrey) {
  const auto painter = fast_painter(kWidth, kHeight);
  for (unsigned seed = 0; seed < 200; ++seed) {
    Dice dice(seed);
    Scene scene{kWidth, kHeight, {60, 128, 128}, {}};
    for (int i = 0; i < 3; ++i) {
      Group group = random_group(dice);
      make_grey(group.first);
      make_grey(group.second);
      if (group.tint) group.tint->color = {200, 128, 128};
      scene.groups.push_back(std::move(group));
    }
    frame::FrameBuffer out(frame::kWorking, kWidth, kHeight);
    painter->paint(scene, 0, out);
    for (int plane : {1, 2}) {
      for (int y = 0; y < kHeight / 2; ++y) {
        for (int x = 0; x < kWidth / 2; ++x) {
          ASSERT_EQ(out.plane(plane).row(y)[x], 128) << "seed " << seed;
        }
      }
    }
  }
}

TEST(Painter, ContinuesOverWhatWasPainted) {
  const auto fast = fast_painter(kWidth, kHeight);
  for (unsigned seed = 1000; seed < 1050; ++seed) {
    Dice dice(seed);
    Scene scene{kWidth, kHeight, {60, 100, 150}, {}};
    for (int i = 0; i < 3; ++i) scene.groups.push_back(random_group(dice));
    frame::FrameBuffer whole(frame::kWorking, kWidth, kHeight);
    fast->paint(scene, 0, whole);
    Scene lower = scene;
    lower.groups.resize(2);
    frame::FrameBuffer parts(frame::kWorking, kWidth, kHeight);
    fast->paint(lower, 0, parts);
    fast->paint(scene, 2, parts);
    ASSERT_EQ(difference(whole, parts), "") << "seed " << seed;
  }
}

TEST(Painter, AHiddenLayerLeavesNoTrace) {
  Scene scene{kWidth, kHeight, {60, 100, 150}, {}};
  const Shape all{kWidth / 2.0, kHeight / 2.0, kWidth / 2.0, kHeight / 2.0};
  scene.groups.push_back({.first = {{{.color = {10, 20, 30}, .shape = all}}}});
  scene.groups.push_back({.first = {{{.color = {40, 50, 60}, .shape = all}}}});
  frame::FrameBuffer out(frame::kWorking, kWidth, kHeight);
  fast_painter(kWidth, kHeight)->paint(scene, 0, out);
  EXPECT_EQ(out.plane(0).row(0)[0], 40);
  EXPECT_EQ(out.plane(1).row(kHeight / 2 - 1)[kWidth / 2 - 1], 50);
  EXPECT_EQ(out.plane(2).row(3)[3], 60);
}

}  // namespace
}  // namespace rushes::compose
