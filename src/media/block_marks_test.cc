#include "media/block_marks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace rushes::media {
namespace {

constexpr int kWidth = 86, kHeight = 54;  // the last blocks are 6 wide and 6 high

class BlockMarks : public testing::TestWithParam<AVPixelFormat> {
 protected:
  BlockMarks() : codec(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_HEVC))) {
    mark_blocks(*codec);
    EXPECT_GE(avcodec_open2(codec.get(), nullptr, nullptr), 0);
    codec->width = codec->coded_width = kWidth;
    codec->height = codec->coded_height = kHeight;
    codec->pix_fmt = GetParam();
  }
  // As a decoder gets it.
  AvFrame buffer() const {
    AvFrame frame(av_frame_alloc());
    frame->format = GetParam();
    frame->width = kWidth;
    frame->height = kHeight;
    EXPECT_GE(codec->get_buffer2(codec.get(), frame.get(), 0), 0);
    return frame;
  }
  // Sets all bytes of the rows, in every plane, or those of the block at x, y only.
  static void fill(AVFrame& frame, int value, int x = 0, int y = 0, int w = kWidth,
                   int h = kHeight) {
    const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(GetParam());
    for (int i = 0; i < desc.nb_components; ++i) {
      const int sx = i > 0 ? desc.log2_chroma_w : 0, sy = i > 0 ? desc.log2_chroma_h : 0;
      const int step = desc.comp[i].step;
      for (int row = y >> sy; row < AV_CEIL_RSHIFT(y + h, sy); ++row) {
        std::memset(frame.data[i] + row * frame.linesize[i] + ptrdiff_t{x >> sx} * step, value,
                    size_t(AV_CEIL_RSHIFT(x + w, sx) - (x >> sx)) * size_t(step));
      }
    }
  }
  static bool equal(const AVFrame& a, const AVFrame& b) {
    const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(GetParam());
    for (int i = 0; i < desc.nb_components; ++i) {
      const int w = AV_CEIL_RSHIFT(kWidth, i > 0 ? desc.log2_chroma_w : 0);
      const int h = AV_CEIL_RSHIFT(kHeight, i > 0 ? desc.log2_chroma_h : 0);
      for (int row = 0; row < h; ++row) {
        if (std::memcmp(a.data[i] + row * a.linesize[i], b.data[i] + row * b.linesize[i],
                        size_t(w) * size_t(desc.comp[i].step)) != 0) {
          return false;
        }
      }
    }
    return true;
  }

  AvCodecContext codec;
};

TEST_P(BlockMarks, EachBlockThatIsNotDecodedIsTakenFromBefore) {
  AvFrame previous = buffer();
  fill(*previous, 80);
  for (int y = 0; y < kHeight; y += 16) {
    for (int x = 0; x < kWidth; x += 16) {
      const int w = std::min(16, kWidth - x), h = std::min(16, kHeight - y);
      AvFrame frame = buffer();
      AvFrame expected = buffer();
      for (int by = 0; by < kHeight; by += 16) {
        for (int bx = 0; bx < kWidth; bx += 16) {
          const bool missing = bx == x && by == y;
          if (!missing)
            fill(*frame, 200, bx, by, std::min(16, kWidth - bx), std::min(16, kHeight - by));
        }
      }
      fill(*expected, 200);
      fill(*expected, 80, x, y, w, h);
      const auto missing = replace_missing_blocks(frame, previous.get());
      ASSERT_TRUE(missing.ok());
      EXPECT_TRUE(*missing) << x << ' ' << y;
      EXPECT_TRUE(equal(*frame, *expected)) << x << ' ' << y;
    }
  }
}

TEST_P(BlockMarks, AWholeFrameStaysAsItIs) {
  AvFrame frame = buffer();
  fill(*frame, 90);
  const uint8_t* data = frame->data[0];
  EXPECT_FALSE(*replace_missing_blocks(frame, nullptr));
  EXPECT_EQ(frame->data[0], data);
}

TEST_P(BlockMarks, WithoutAFrameBeforeItIsToldAllTheSame) {
  AvFrame frame = buffer();
  EXPECT_TRUE(*replace_missing_blocks(frame, nullptr));
  AvFrame other(av_frame_alloc());
  other->format = GetParam();
  other->width = kWidth / 2;
  other->height = kHeight;
  ASSERT_GE(av_frame_get_buffer(other.get(), 0), 0);
  EXPECT_TRUE(*replace_missing_blocks(frame, other.get()));
}

INSTANTIATE_TEST_SUITE_P(Formats, BlockMarks,
                         testing::Values(AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P10LE,
                                         AV_PIX_FMT_GBRP12LE, AV_PIX_FMT_GRAY8),
                         [](const auto& of) { return av_get_pix_fmt_name(of.param); });

TEST(BlockMarksOf, PackedPixelsHaveNone) {
  AvFrame frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_RGB24;
  frame->width = frame->height = 64;
  ASSERT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  EXPECT_FALSE(*replace_missing_blocks(frame, nullptr));
}

}  // namespace
}  // namespace rushes::media
