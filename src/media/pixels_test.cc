#include "media/pixels.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "media/testing.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace rushes::media {
namespace {

using frame::Layout;

AvFrame make(AVPixelFormat pixels, int width, int height) {
  AvFrame f(av_frame_alloc());
  f->format = pixels;
  f->width = width;
  f->height = height;
  EXPECT_GE(av_frame_get_buffer(f.get(), 0), 0);
  for (const AVBufferRef* b : f->buf) {
    if (b != nullptr) std::memset(b->data, 0, b->size);
  }
  return f;
}

// Component c of pixel (x, y) of a made-up picture.
uint16_t value(int c, int x, int y, int depth) {
  return static_cast<uint16_t>((c * 977 + x * 131 + y * 57 + 3) & ((1 << depth) - 1));
}

// Writes the made-up picture by libav's own idea of the format.
void fill(AVFrame& f) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(f.format));
  for (int c = 0; c < desc->nb_components; ++c) {
    const bool chroma = (c == 1 || c == 2) && (desc->flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const int w = chroma ? AV_CEIL_RSHIFT(f.width, desc->log2_chroma_w) : f.width;
    const int h = chroma ? AV_CEIL_RSHIFT(f.height, desc->log2_chroma_h) : f.height;
    for (int y = 0; y < h; ++y) {
      std::vector<uint16_t> row(static_cast<size_t>(w));
      for (int x = 0; x < w; ++x) row[static_cast<size_t>(x)] = value(c, x, y, desc->comp[c].depth);
      av_write_image_line2(row.data(), f.data, f.linesize, desc, 0, y, c, w, 2);
    }
  }
}

int sample(const frame::Frame& f, int plane, int x, int y) {
  return f.format().depth > 8 ? f.plane(plane).row16(y)[x] : f.plane(plane).row(y)[x];
}

class PixelFormats : public ::testing::TestWithParam<const char*> {};

TEST_P(PixelFormats, SamplesAreMovedUnchanged) {
  const AVPixelFormat pixels = av_get_pix_fmt(GetParam());
  ASSERT_NE(pixels, AV_PIX_FMT_NONE);
  const AvFrame av = make(pixels, 37, 11);
  // Packed 4:2:2 has no odd widths.
  if (std::string_view(GetParam()).substr(1, 4) == "yuyv") av->width = 36;
  fill(*av);
  ASSERT_OK_AND_ASSIGN(const frame::Format shape, shape_of(pixels));
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, to_frame(*av, shape));
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(pixels);
  ASSERT_EQ(shape.planes(), desc->nb_components);
  for (int i = 0; i < shape.planes(); ++i) {
    for (int y = 0; y < f.plane(i).height; ++y) {
      for (int x = 0; x < f.plane(i).width; ++x) {
        ASSERT_EQ(sample(f, i, x, y), value(i, x, y, desc->comp[i].depth))
            << "plane " << i << " at " << x << "," << y;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PixelFormats,
                         ::testing::Values("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuva420p",
                                           "yuv420p10le", "yuv444p12le", "yuva444p10le", "gray",
                                           "gray10le", "gray16be", "ya8", "ya16be", "nv12", "nv21",
                                           "p010le", "p016le", "p010be", "yuyv422", "uyvy422",
                                           "rgb24", "bgr24", "rgba", "bgra", "argb", "abgr",
                                           "rgb48be", "rgb48le", "rgba64be", "gbrp", "gbrap",
                                           "gbrp10le", "gbrp12be", "nv24"),
                         [](const auto& format) { return std::string(format.param); });

TEST(Pixels, PlanarFramesAreNotCopied) {
  const AvFrame av = make(AV_PIX_FMT_YUV420P, 64, 30);
  fill(*av);
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, to_frame(*av, frame::Format{}));
  EXPECT_EQ(f.plane(0).data, av->data[0]);
  EXPECT_EQ(f.plane(2).data, av->data[2]);
}

TEST(Pixels, PlanesThatEndWithTheirBufferAreCopied) {
  const AvFrame av(av_frame_alloc());
  av->format = AV_PIX_FMT_GRAY8;
  av->width = 64;
  av->height = 2;
  av->buf[0] = av_buffer_allocz(128);
  av->data[0] = av->buf[0]->data;
  av->linesize[0] = 64;
  ASSERT_OK_AND_ASSIGN(const frame::Format shape, shape_of(AV_PIX_FMT_GRAY8));
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, to_frame(*av, shape));
  EXPECT_NE(f.plane(0).data, av->data[0]);
}

TEST(Pixels, PalettesAreExpanded) {
  const AvFrame av = make(AV_PIX_FMT_PAL8, 3, 1);
  const uint32_t entries[3] = {0xFF102030, 0x80405060, 0xFF000000};
  std::memcpy(av->data[1], entries, sizeof(entries));
  for (uint8_t i = 0; i < 3; ++i) av->data[0][i] = i;
  ASSERT_OK_AND_ASSIGN(const frame::Format shape, shape_of(AV_PIX_FMT_PAL8));
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, to_frame(*av, shape));
  EXPECT_TRUE(f.format().alpha);
  EXPECT_EQ(testing::pixels_of(f), std::string("\x10\x40\0\x20\x50\0\x30\x60\0\xFF\x80\xFF", 12));
  av->data[0][1] = 0;  // no entry that shows through is used any more
  ASSERT_OK_AND_ASSIGN(const frame::Frame opaque, to_frame(*av, shape));
  EXPECT_FALSE(opaque.format().alpha);
}

TEST(Pixels, FewBitsAreStretched) {
  const AvFrame white = make(AV_PIX_FMT_MONOWHITE, 8, 1);
  white->data[0][0] = 0x0F;
  ASSERT_OK_AND_ASSIGN(const frame::Format mono, shape_of(AV_PIX_FMT_MONOWHITE));
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, to_frame(*white, mono));
  EXPECT_EQ(testing::pixels_of(f), "\xFF\xFF\xFF\xFF" + std::string(4, '\0'));
  const AvFrame rgb = make(AV_PIX_FMT_RGB565LE, 1, 1);
  rgb->data[0][0] = 0xFF;
  rgb->data[0][1] = 0xFF;
  ASSERT_OK_AND_ASSIGN(const frame::Format shape, shape_of(AV_PIX_FMT_RGB565LE));
  ASSERT_OK_AND_ASSIGN(const frame::Frame bright, to_frame(*rgb, shape));
  EXPECT_EQ(testing::pixels_of(bright), "\xFF\xFF\xFF");
}

TEST(Pixels, FourOneOneBecomesFourTwoTwo) {
  const AvFrame av = make(AV_PIX_FMT_YUV411P, 16, 2);
  for (int y = 0; y < 2; ++y) {
    std::memset(av->data[0] + y * av->linesize[0], 90, 16);
    for (int x = 0; x < 4; ++x) {
      av->data[1][y * av->linesize[1] + x] = static_cast<uint8_t>(100 + 10 * x);
      av->data[2][y * av->linesize[2] + x] = 77;
    }
  }
  ASSERT_OK_AND_ASSIGN(const frame::Format shape, shape_of(AV_PIX_FMT_YUV411P));
  EXPECT_EQ(shape.layout, Layout::kYuv422);
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, to_frame(*av, shape));
  EXPECT_EQ(f.plane(1).width, 8);
  EXPECT_EQ(f.plane(1).row(1)[2], 110);
  EXPECT_EQ(f.plane(1).row(1)[3], 115);
  EXPECT_EQ(f.plane(2).row(0)[5], 77);
}

TEST(Pixels, WhatCannotBeSaidIsRefused) {
  EXPECT_FALSE(shape_of(AV_PIX_FMT_GBRPF32LE).ok());
  EXPECT_FALSE(shape_of(AV_PIX_FMT_XYZ12LE).ok());
  EXPECT_FALSE(shape_of(AV_PIX_FMT_BAYER_BGGR8).ok());
  EXPECT_FALSE(shape_of(AV_PIX_FMT_VAAPI).ok());
  EXPECT_FALSE(shape_of(AV_PIX_FMT_NONE).ok());
  EXPECT_FALSE(tags_of({.pixels = AV_PIX_FMT_YUV420P, .matrix = AVCOL_SPC_YCGCO}).ok());
}

}  // namespace
}  // namespace rushes::media
