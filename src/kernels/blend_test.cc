#include "kernels/blend.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/testing.h"

namespace rushes::kernels {
namespace {

using testing::TestPlane;

TEST(Blend, Div255RoundsToNearest) {
  for (uint32_t x = 0; x <= 255 * 255; ++x) {
    ASSERT_EQ(div255(x), static_cast<uint32_t>(std::lround(x / 255.0))) << x;
  }
}

class BlendTargets : public ::testing::Test {
 protected:
  // Calls fast and plain with (dst, a, b, mask) on planes of many sizes; both must leave the same.
  template <class Fast, class Plain>
  void compare(Fast fast, Plain plain) {
    std::mt19937 rng(testing::random_seed());
    SCOPED_TRACE(testing::random_seed());
    for (int width : {0, 1, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 200, 1000}) {
      for (int kind = 0; kind < 4; ++kind) {
        const int height = width % 5;
        TestPlane dst(width, height), a(width, height), b(width, height), mask(width, height);
        dst.randomize(rng, kind / 2);
        a.randomize(rng, kind % 2);
        b.randomize(rng, kind / 2);
        mask.randomize(rng, kind);
        TestPlane expected = dst;
        plain(expected.view(), a.view(), b.view(), mask.view());
        testing::for_each_target([&] {
          TestPlane actual = dst;  // NOLINT(performance-unnecessary-copy-initialization): a view
          fast(actual.view(), a.view(), b.view(), mask.view());
          EXPECT_SAME_PLANE(actual, expected) << width << " wide, kind " << kind;
        });
        // In place.
        TestPlane place = a;
        fast(place.view(), place.view(), b.view(), mask.view());
        TestPlane plain_place = a;
        plain(plain_place.view(), plain_place.view(), b.view(), mask.view());
        EXPECT_SAME_PLANE(place, plain_place);
      }
    }
  }
};
using M = MutablePlaneView;
using P = PlaneView;

TEST_F(BlendTargets, Mix) {
  for (int w : {0, 1, 8191, 8192, 8193, 16383, 16384, 777}) {
    compare([=](M d, P a, P b, P) { mix(d, a, b, w); },
            [=](M d, P a, P b, P) { ref::mix(d, a, b, w); });
  }
}

TEST_F(BlendTargets, MixEveryPairOfCodes) {
  TestPlane a(256, 256), b(256, 256);
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      a.view().row(y)[x] = static_cast<uint8_t>(x);
      b.view().row(y)[x] = static_cast<uint8_t>(y);
    }
  }
  for (int w : {1, 5461, 8192, 16383}) {
    TestPlane expected(256, 256);
    ref::mix(expected.view(), a.view(), b.view(), w);
    testing::for_each_target([&] {
      TestPlane actual(256, 256);
      mix(actual.view(), a.view(), b.view(), w);
      EXPECT_SAME_PLANE(actual, expected) << w;
    });
  }
}

TEST_F(BlendTargets, MixColor) {
  for (int w : {0, 100, 9000, 16384}) {
    compare([=](M d, P a, P, P) { mix_color(d, a, 235, w); },
            [=](M d, P a, P, P) { ref::mix_color(d, a, 235, w); });
  }
}

TEST_F(BlendTargets, MixMasked) {
  compare([](M d, P a, P b, P m) { mix_masked(d, a, b, m); },
          [](M d, P a, P b, P m) { ref::mix_masked(d, a, b, m); });
}

TEST_F(BlendTargets, Premultiplied) {
  for (uint8_t opacity : std::initializer_list<uint8_t>{0, 1, 128, 254, 255}) {
    compare([=](M d, P a, P, P m) { blend_premultiplied(d, a, m, opacity); },
            [=](M d, P a, P, P m) { ref::blend_premultiplied(d, a, m, opacity); });
    compare([=](M d, P a, P, P m) { blend_premultiplied_chroma(d, a, m, opacity); },
            [=](M d, P a, P, P m) { ref::blend_premultiplied_chroma(d, a, m, opacity); });
  }
}

TEST_F(BlendTargets, Masked) {
  for (uint8_t opacity : std::initializer_list<uint8_t>{0, 1, 128, 254, 255}) {
    compare([=](M d, P a, P, P m) { blend_masked(d, a, m, opacity); },
            [=](M d, P a, P, P m) { ref::blend_masked(d, a, m, opacity); });
    compare([=](M d, P, P, P m) { blend_color(d, 200, m, opacity); },
            [=](M d, P, P, P m) { ref::blend_color(d, 200, m, opacity); });
  }
}

TEST_F(BlendTargets, Multiply) {
  compare([](M d, P a, P b, P) { multiply(d, a, b); },
          [](M d, P a, P b, P) { ref::multiply(d, a, b); });
  compare([](M d, P a, P, P m) { multiply_chroma(d, a, m); },
          [](M d, P a, P, P m) { ref::multiply_chroma(d, a, m); });
}

TEST_F(BlendTargets, FillAndCopy) {
  TestPlane a(33, 3), b(33, 3);
  fill(a.view(), 7);
  EXPECT_EQ(a.view().row(2)[32], 7);
  EXPECT_EQ(a.view().row(1)[33], 0xA5);
  copy(b.view(), a.view());
  EXPECT_SAME_PLANE(a, b);
}

}  // namespace
}  // namespace rushes::kernels
