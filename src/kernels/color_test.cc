#include "kernels/color.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/blend.h"
#include "kernels/testing.h"

namespace rushes::kernels {
namespace {

using frame::ChromaSite;
using frame::Format;
using frame::Frame;
using frame::FrameBuffer;
using frame::Layout;
using frame::Matrix;
using frame::Range;

uint32_t sample(const Frame& f, int plane, int x, int y) {
  return f.format().depth > 8 ? f.plane(plane).row16(y)[x] : f.plane(plane).row(y)[x];
}

Frame random_frame(const Format& format, int width, int height, std::mt19937& rng) {
  FrameBuffer b(format, width, height);
  for (int p = 0; p < format.planes(); ++p) {
    for (int y = 0; y < b.plane(p).height; ++y) {
      for (int x = 0; x < b.plane(p).width; ++x) {
        uint32_t v = static_cast<uint32_t>(rng()) & ((1u << format.depth) - 1);
        if (rng() % 8 == 0) v = rng() % 2 != 0 ? (1u << format.depth) - 1 : 0;
        if (format.depth > 8) {
          b.plane(p).row16(y)[x] = static_cast<uint16_t>(v);
        } else {
          b.plane(p).row(y)[x] = static_cast<uint8_t>(v);
        }
      }
    }
  }
  return std::move(b).freeze();
}

void expect_same_frames(const Frame& a, const Frame& b) {
  ASSERT_EQ(a.format(), b.format());
  ASSERT_EQ(a.width(), b.width());
  ASSERT_EQ(a.height(), b.height());
  for (int p = 0; p < a.format().planes(); ++p) {
    for (int y = 0; y < a.plane(p).height; ++y) {
      for (int x = 0; x < a.plane(p).width; ++x) {
        ASSERT_EQ(sample(a, p, x, y), sample(b, p, x, y)) << "plane " << p << " " << x << "," << y;
      }
    }
  }
}

// Chroma at a luma sample, by distance to the samples about it.
double chroma_at(const Frame& f, int plane, int x, int y) {
  const Format& format = f.format();
  const auto place = [](int luma, int shift, bool cosited) {
    return shift == 0 ? luma : cosited ? luma / 2.0 : (luma - 0.5) / 2.0;
  };
  const double px = place(x, format.chroma_shift_x(), format.site != ChromaSite::kCenter);
  const double py = place(y, format.chroma_shift_y(), format.site == ChromaSite::kTopLeft);
  const int cx = static_cast<int>(std::floor(px)), cy = static_cast<int>(std::floor(py));
  double sum = 0;
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      const double w = (1 - std::abs(cx + i - px)) * (1 - std::abs(cy + j - py));
      sum += w * sample(f, plane, std::clamp(cx + i, 0, f.plane(plane).width - 1),
                        std::clamp(cy + j, 0, f.plane(plane).height - 1));
    }
  }
  return sum;
}

struct Decoded {
  double y, u, v;  // 0..1, -0.5..0.5
};

// ITU formulas, in doubles.
Decoded to_bt709(const Format& format, double a, double b, double c) {
  const double full_swing = (1 << format.depth) - 1;
  const double unit = 1 << (format.depth - 8);
  const bool rgb = format.layout == Layout::kRgb;
  const bool full = format.range == Range::kFull || (rgb && format.range == Range::kUnknown);
  double red, green, blue;
  const auto luma = [&](double x) { return full ? x / full_swing : (x / unit - 16) / 219; };
  const auto diff = [&](double x) {
    return full ? (x - 128 * unit) / full_swing : (x / unit - 128) / 224;
  };
  if (rgb) {
    red = luma(a), green = luma(b), blue = luma(c);
  } else {
    const double kr = format.matrix == Matrix::kBt601    ? 0.299
                      : format.matrix == Matrix::kBt2020 ? 0.2627
                                                         : 0.2126;
    const double kb = format.matrix == Matrix::kBt601    ? 0.114
                      : format.matrix == Matrix::kBt2020 ? 0.0593
                                                         : 0.0722;
    red = luma(a) + 2 * (1 - kr) * diff(c);
    blue = luma(a) + 2 * (1 - kb) * diff(b);
    green = (luma(a) - kr * red - kb * blue) / (1 - kr - kb);
  }
  const double y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {y, (blue - y) / 1.8556, (red - y) / 1.5748};
}

// Within 1 of the exact value, and nearly always the nearest code.
void expect_exact(const Frame& source, const Frame& result) {
  const Format& format = source.format();
  const bool grey = format.layout == Layout::kGray;
  const auto check = [&](int plane, int x, int y, double exact) {
    const double code = sample(result, plane, x, y);
    ASSERT_LE(std::abs(code - std::clamp(exact, 0.0, 255.0)), 0.7)
        << "plane " << plane << " at " << x << "," << y;
  };
  for (int y = 0; y < source.height(); ++y) {
    for (int x = 0; x < source.width(); ++x) {
      const double neutral = 128 << (format.depth - 8);
      const double u = grey ? neutral : chroma_at(source, 1, x, y);
      const double v = grey ? neutral : chroma_at(source, 2, x, y);
      const Decoded d = to_bt709(format, sample(source, 0, x, y), u, v);
      check(0, x, y, 16 + 219 * d.y);
      if (format.layout != Layout::kRgb) continue;
      check(1, x, y, 128 + 224 * d.u);
      check(2, x, y, 128 + 224 * d.v);
    }
  }
  if (format.layout == Layout::kRgb) return;
  for (int y = 0; y < result.plane(1).height; ++y) {
    for (int x = 0; x < result.plane(1).width; ++x) {
      const double neutral = 128 << (format.depth - 8);
      const double u = grey ? neutral : sample(source, 1, x, y);
      const double v = grey ? neutral : sample(source, 2, x, y);
      const Decoded d = to_bt709(format, 0, u, v);
      check(1, x, y, 128 + 224 * d.u);
      check(2, x, y, 128 + 224 * d.v);
    }
  }
}

TEST(Color, EveryFormatIsWithinOneCodeAndEqualsTheReference) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  int site = 0;
  for (Layout layout :
       {Layout::kGray, Layout::kYuv420, Layout::kYuv422, Layout::kYuv444, Layout::kRgb}) {
    for (Matrix matrix : {Matrix::kBt601, Matrix::kBt709, Matrix::kBt2020, Matrix::kUnknown}) {
      for (Range range : {Range::kLimited, Range::kFull, Range::kUnknown}) {
        for (int depth : {8, 9, 10, 12, 16}) {
          const Format format{.layout = layout,
                              .depth = depth,
                              .matrix = matrix,
                              .range = range,
                              .site = static_cast<ChromaSite>(site++ % 3)};
          SCOPED_TRACE(::testing::Message()
                       << "layout " << static_cast<int>(layout) << " depth " << depth << " matrix "
                       << static_cast<int>(matrix) << " range " << static_cast<int>(range)
                       << " site " << static_cast<int>(format.site));
          const int width = 1 + static_cast<int>(rng() % 80);
          const Frame source = random_frame(format, width, 1 + site % 7, rng);
          const Frame expected = ref::to_working(source, false);
          expect_exact(source, expected);
          testing::for_each_target(
              [&] { expect_same_frames(to_working(source, false), expected); });
          if (::testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(Color, NothingToDoGivesTheSameHandle) {
  std::mt19937 rng(1);
  const Frame f = random_frame(frame::kWorking, 8, 8, rng);
  EXPECT_EQ(to_working(f, true).identity(), f.identity());
  Format unknown = frame::kWorking;
  unknown.matrix = Matrix::kUnknown;
  unknown.range = Range::kUnknown;
  const Frame g = to_working(f.described_as(unknown), true);
  EXPECT_EQ(g.identity(), f.identity());
  EXPECT_EQ(g.format(), frame::kWorking);
  Format alpha = frame::kWorking;
  alpha.alpha = true;
  const Frame a = random_frame(alpha, 8, 8, rng);
  EXPECT_EQ(to_working(a, false).identity(), a.identity());
  EXPECT_NE(to_working(a, true).identity(), a.identity());
}

TEST(Color, GreysAndBlackAndWhiteAreExact) {
  for (int depth : {8, 10, 16}) {
    for (Range range : {Range::kLimited, Range::kFull}) {
      for (Layout layout : {Layout::kYuv420, Layout::kRgb}) {
        const Format format{
            .layout = layout, .depth = depth, .matrix = Matrix::kBt601, .range = range};
        FrameBuffer b(format, 4, 2);
        const int unit = 1 << (depth - 8);
        const int black = range == Range::kFull ? 0 : 16 * unit;
        const int white = range == Range::kFull ? (1 << depth) - 1 : 235 * unit;
        for (int p = 0; p < 3; ++p) {
          for (int y = 0; y < b.plane(p).height; ++y) {
            for (int x = 0; x < b.plane(p).width; ++x) {
              const bool luma = p == 0 || layout == Layout::kRgb;
              const int v = !luma ? 128 * unit : x % 2 != 0 ? white : black;
              if (depth > 8) b.plane(p).row16(y)[x] = static_cast<uint16_t>(v);
              if (depth == 8) b.plane(p).row(y)[x] = static_cast<uint8_t>(v);
            }
          }
        }
        const Frame f = to_working(std::move(b).freeze(), false);
        EXPECT_EQ(f.plane(0).row(0)[0], 16);
        EXPECT_EQ(f.plane(0).row(0)[1], 235);
        EXPECT_EQ(f.plane(1).row(0)[0], 128);
        EXPECT_EQ(f.plane(2).row(0)[1], 128);
      }
    }
  }
}

TEST(Color, PremultipliedByAlpha) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  for (Layout layout : {Layout::kYuv420, Layout::kYuv422, Layout::kYuv444, Layout::kRgb}) {
    for (ChromaSite site : {ChromaSite::kLeft, ChromaSite::kCenter, ChromaSite::kTopLeft}) {
      for (int depth : {8, 12}) {
        Format format{.layout = layout,
                      .depth = depth,
                      .alpha = true,
                      .matrix = Matrix::kBt601,
                      .range = Range::kFull,
                      .site = site};
        const Frame straight = random_frame(format, 21, 6, rng);
        const Frame opaque = to_working(straight, false);
        const Frame result = to_working(straight, true);
        testing::for_each_target([&] {
          expect_same_frames(to_working(straight, true), ref::to_working(straight, true));
        });
        EXPECT_TRUE(result.format().premultiplied);
        for (int y = 0; y < 6; ++y) {
          for (int x = 0; x < 21; ++x) {
            const uint32_t a = sample(result, 3, x, y);
            ASSERT_NEAR(a, sample(straight, 3, x, y) * 255.0 / ((1 << depth) - 1), 0.5001);
            ASSERT_NEAR(sample(result, 0, x, y), sample(opaque, 0, x, y) * a / 255.0, 0.5001);
          }
        }
        if (layout == Layout::kYuv420 || layout == Layout::kYuv422) continue;
        for (int y = 0; y < 6; ++y) {
          for (int x = 0; x < 21; ++x) {
            const double a = sample(result, 3, x, y) / 255.0;
            for (int p : {1, 2}) {
              const int code = static_cast<int>(sample(opaque, p, x, y));
              ASSERT_NEAR(sample(result, p, x, y), 128 + (code - 128) * a, 0.5001);
            }
          }
        }
      }
    }
  }
}

// Whatever alpha does, grey stays grey.
TEST(Color, PremultipliedGreyHasNoColor) {
  std::mt19937 rng(testing::random_seed());
  for (Layout layout : {Layout::kYuv420, Layout::kYuv422, Layout::kYuv444}) {
    const Format format{.layout = layout, .alpha = true, .range = Range::kFull};
    const Frame noise = random_frame(format, 20, 6, rng);
    FrameBuffer b(format, 20, 6);
    copy(b.plane(0), noise.plane(0));
    fill(b.plane(1), 128);
    fill(b.plane(2), 128);
    copy(b.alpha(), noise.alpha());
    const Frame f = to_working(std::move(b).freeze(), true);
    for (int p : {1, 2}) {
      for (int y = 0; y < f.plane(p).height; ++y) {
        for (int x = 0; x < f.plane(p).width; ++x) ASSERT_EQ(f.plane(p).row(y)[x], 128);
      }
    }
  }
}

TEST(Color, BitmapBecomesPremultipliedYuv) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  for (int width : {0, 1, 2, 15, 16, 33, 64, 131}) {
    const int height = 1 + width % 4;
    frame::Bitmap bitmap{width, height, {}};
    for (int i = 0; i < width * height; ++i) {
      const uint32_t a = rng() % 4 == 0 ? 255 : static_cast<uint32_t>(rng()) % 256;
      uint32_t pixel = a << 24;
      for (int s = 0; s < 24; s += 8) pixel |= (static_cast<uint32_t>(rng()) % (a + 1)) << s;
      bitmap.pixels.push_back(pixel);
    }
    const Frame expected = ref::bitmap_to_working(bitmap);
    testing::for_each_target([&] { expect_same_frames(bitmap_to_working(bitmap), expected); });
    ASSERT_EQ(expected.width() % 2 + expected.height() % 2, 0);
    // Channels b, g, r, a; transparent beyond the bitmap, repeated to the left of it.
    const auto at = [&](int x, int y, int channel) -> double {
      if (x >= width || y >= height) return 0;
      return bitmap.pixels[static_cast<size_t>(y * width + std::max(x, 0))] >> (8 * channel) & 255;
    };
    for (int y = 0; y < expected.height(); ++y) {
      for (int x = 0; x < expected.width(); ++x) {
        const double luma = 0.0722 * at(x, y, 0) + 0.7152 * at(x, y, 1) + 0.2126 * at(x, y, 2);
        ASSERT_NEAR(sample(expected, 0, x, y), (219 * luma + 16 * at(x, y, 3)) / 255, 0.52);
        ASSERT_EQ(sample(expected, 3, x, y), at(x, y, 3));
      }
    }
    for (int y = 0; y < expected.height() / 2; ++y) {
      for (int x = 0; x < expected.width() / 2; ++x) {
        double c[4] = {};
        for (int k = 0; k < 4; ++k) {
          for (int j = 0; j < 2; ++j) {
            c[k] += (at(2 * x - 1, 2 * y + j, k) + 2 * at(2 * x, 2 * y + j, k) +
                     at(2 * x + 1, 2 * y + j, k)) /
                    8;
          }
        }
        const double luma = 0.0722 * c[0] + 0.7152 * c[1] + 0.2126 * c[2];
        ASSERT_NEAR(sample(expected, 1, x, y), (224 * (c[0] - luma) / 1.8556) / 255 + 128, 0.52);
        ASSERT_NEAR(sample(expected, 2, x, y), (224 * (c[2] - luma) / 1.5748) / 255 + 128, 0.52);
      }
    }
  }
}

TEST(Color, AlphaToChroma) {
  std::mt19937 rng(testing::random_seed());
  SCOPED_TRACE(testing::random_seed());
  for (int width : {1, 2, 3, 16, 31, 32, 33, 64, 65, 66, 130, 257}) {
    for (int height : {1, 2, 5}) {
      testing::TestPlane src(width, height), expected((width + 1) / 2, (height + 1) / 2);
      src.randomize(rng, width % 2);
      ref::alpha_to_chroma(src.view(), expected.view());
      testing::for_each_target([&] {
        testing::TestPlane actual((width + 1) / 2, (height + 1) / 2);
        alpha_to_chroma(src.view(), actual.view());
        EXPECT_SAME_PLANE(actual, expected) << width;
      });
    }
  }
}

TEST(Color, RgbToWorkingIsTheNearestCode) {
  const Format format{.layout = Layout::kRgb, .range = Range::kFull};
  for (int r = 0; r < 256; r += 3) {
    for (int g = 0; g < 256; g += 3) {
      for (int b = 0; b < 256; b += 3) {
        const Decoded d = to_bt709(format, r, g, b);
        const Yuv c = rgb_to_working(static_cast<uint8_t>(r), static_cast<uint8_t>(g),
                                     static_cast<uint8_t>(b));
        ASSERT_NEAR(c.y, 16 + 219 * d.y, 0.5 + 1e-9);
        ASSERT_NEAR(c.u, 128 + 224 * d.u, 0.5 + 1e-9);
        ASSERT_NEAR(c.v, 128 + 224 * d.v, 0.5 + 1e-9);
      }
    }
  }
  EXPECT_EQ(rgb_to_working(255, 255, 255), (Yuv{235, 128, 128}));
  EXPECT_EQ(rgb_to_working(255, 0, 0), (Yuv{63, 102, 240}));
}

}  // namespace
}  // namespace rushes::kernels
