#include "media/still.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "media/png_writer.h"
#include "media/testing.h"

namespace rushes::media {
namespace {

using frame::Layout;
using frame::Matrix;
using frame::Range;
using testing::Bytes;
using ::testing::HasSubstr;
using testing::made;
using testing::source_of;

base::Result<Still> read(Bytes bytes, const StillOptions& options = {}) {
  return read_still(*source_of(std::move(bytes)), options);
}

std::string error_of(Bytes bytes) {
  const auto result = read(std::move(bytes));
  return result.ok() ? "(no error)" : result.error().message;
}

Bytes jpeg(const std::string& name = "s.jpg", const std::string& pixels = "yuvj420p") {
  return made(name, "-f lavfi -i testsrc2=s=96x64:d=1 -frames:v 1 -q:v 2 -pix_fmt " + pixels);
}

Bytes big_jpeg() {
  return made("big.jpg", "-f lavfi -i testsrc2=s=800x600:d=1 -frames:v 1 -pix_fmt yuvj420p");
}

void put32(Bytes& b, uint32_t v) {
  for (int s = 24; s >= 0; s -= 8) b.push_back(static_cast<std::byte>(v >> s & 0xFF));
}

// A grey JPEG of 8x8 pixels, all of one value: a DC difference of 8 * 8 quantised by 8, no AC.
Bytes grey_jpeg() {
  std::string s("\xFF\xD8\xFF\xDB\0\x43\0", 7);
  s += std::string(64, '\x08');
  s += std::string("\xFF\xC0\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0", 13);
  // One code of one bit: DC differences of 4 bits; AC end of block.
  const std::string one("\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
  s += std::string("\xFF\xC4\0\x14\0", 5) + one + "\x04";
  s += std::string("\xFF\xC4\0\x14\x10", 5) + one + std::string(1, '\0');
  s += std::string("\xFF\xDA\0\x08\x01\x01\0\0\x3F\0", 10);
  s += "\x43";  // 0, 1000 (8), 0, then ones
  s += "\xFF\xD9";
  return testing::bytes_of(s);
}

// One chunk with its checksum.
void put_chunk(Bytes& b, std::string_view name, const Bytes& body) {
  put32(b, static_cast<uint32_t>(body.size()));
  const size_t from = b.size();
  for (const char c : name) b.push_back(static_cast<std::byte>(c));
  b.insert(b.end(), body.begin(), body.end());
  uint32_t crc = 0xFFFFFFFF;
  for (size_t i = from; i < b.size(); ++i) {
    crc ^= std::to_integer<uint32_t>(b[i]);
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  put32(b, ~crc);
}

// A small PNG, with chunks put after its header.
Bytes png_with(const std::function<void(Bytes&)>& more) {
  const Bytes whole = made("dot.png", "-f lavfi -i color=red:s=2x2 -frames:v 1 -pix_fmt rgb24");
  Bytes out(whole.begin(), whole.begin() + 33);
  more(out);
  out.insert(out.end(), whole.begin() + 33, whole.end());
  return out;
}

Bytes exif(int orientation) {
  Bytes tiff =
      testing::bytes_of(std::string_view("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18));
  tiff.push_back(static_cast<std::byte>(orientation));
  tiff.resize(tiff.size() + 7);
  return tiff;
}

TEST(Still, JpegIsFullRange601Centred) {
  ASSERT_OK_AND_ASSIGN(const Still still, read(jpeg()));
  const frame::Format& f = still.frame.format();
  EXPECT_EQ(f.layout, Layout::kYuv420);
  EXPECT_EQ(f.matrix, Matrix::kBt601);
  EXPECT_EQ(f.range, Range::kFull);
  EXPECT_EQ(f.site, frame::ChromaSite::kCenter);
  EXPECT_EQ(still.frame.width(), 96);
  EXPECT_TRUE(still.warnings.empty());
  const std::string want = testing::output_of("ffmpeg -v error -i " + testing::folder() +
                                              "/s.jpg -f rawvideo -pix_fmt yuvj420p -");
  EXPECT_TRUE(testing::pixels_of(still.frame) == want);
}

TEST(Still, JpegLayouts) {
  ASSERT_OK_AND_ASSIGN(const Still s444, read(jpeg("444.jpg", "yuvj444p")));
  EXPECT_EQ(s444.frame.format().layout, Layout::kYuv444);
  ASSERT_OK_AND_ASSIGN(const Still grey, read(grey_jpeg()));
  EXPECT_EQ(grey.frame.format().layout, Layout::kGray);
  EXPECT_EQ(grey.frame.format().range, Range::kFull);
  EXPECT_EQ(testing::pixels_of(grey.frame), std::string(64, char(128 + 8)));
}

TEST(Still, CmykIsRefused) {
  Bytes cmyk = grey_jpeg();
  cmyk[2 + 69 + 9] = std::byte{4};  // the number of components
  EXPECT_THAT(error_of(cmyk), HasSubstr("CMYK"));
}

TEST(Still, ExifOrientationOfAJpeg) {
  const Bytes plain = jpeg();
  Bytes body = testing::bytes_of(std::string_view("Exif\0\0", 6));
  const Bytes tiff = exif(6);
  body.insert(body.end(), tiff.begin(), tiff.end());
  Bytes turned(plain.begin(), plain.begin() + 2);
  turned.push_back(std::byte{0xFF});
  turned.push_back(std::byte{0xE1});
  turned.push_back(std::byte{0});
  turned.push_back(static_cast<std::byte>(body.size() + 2));
  turned.insert(turned.end(), body.begin(), body.end());
  turned.insert(turned.end(), plain.begin() + 2, plain.end());
  ASSERT_OK_AND_ASSIGN(const Still a, read(plain));
  ASSERT_OK_AND_ASSIGN(const Still b, read(turned, {.max_width = 10, .max_height = 10}));
  ASSERT_OK_AND_ASSIGN(const Still c, read(turned));
  EXPECT_EQ(b.full_width, 64);
  EXPECT_EQ(b.full_height, 96);
  ASSERT_EQ(c.frame.width(), 64);
  for (int y = 0; y < 96; ++y) {
    for (int x = 0; x < 64; ++x) {
      ASSERT_EQ(c.frame.plane(0).row(y)[x], a.frame.plane(0).row(63 - x)[y]) << x << "," << y;
    }
  }
}

TEST(Still, LargeJpegsAreReducedButNeverTooFar) {
  const auto width = [](int w, int h) {
    const auto still = read(big_jpeg(), {.max_width = w, .max_height = h});
    return still.ok() ? still->frame.width() : 0;
  };
  EXPECT_EQ(width(0, 0), 800);
  EXPECT_EQ(width(401, 10), 800);
  EXPECT_EQ(width(400, 300), 400);
  EXPECT_EQ(width(400, 301), 800);
  EXPECT_EQ(width(200, 150), 200);
  EXPECT_EQ(width(1, 1), 100);
  ASSERT_OK_AND_ASSIGN(const Still half, read(big_jpeg(), {.max_width = 400, .max_height = 300}));
  EXPECT_EQ(half.full_width, 800);
  EXPECT_EQ(half.frame.height(), 300);
}

TEST(Still, PngColours) {
  const auto png = [](const std::string& pixels) {
    return made(pixels + ".png",
                "-f lavfi -i testsrc2=s=31x17:d=1,format=rgba -frames:v 1 -pix_fmt " + pixels);
  };
  ASSERT_OK_AND_ASSIGN(const Still rgb, read(png("rgb24")));
  EXPECT_EQ(rgb.frame.format().layout, Layout::kRgb);
  EXPECT_EQ(rgb.frame.format().range, Range::kFull);
  EXPECT_FALSE(rgb.frame.format().alpha);
  const std::string want = testing::output_of("ffmpeg -v error -i " + testing::folder() +
                                              "/rgb24.png -f rawvideo -pix_fmt rgb24 -");
  ASSERT_EQ(want.size(), size_t{31 * 17 * 3});
  for (int i = 0; i < 31 * 17; ++i) {
    for (int c = 0; c < 3; ++c) {
      ASSERT_EQ(rgb.frame.plane(c).row(i / 31)[i % 31], uint8_t(want[size_t(3 * i + c)])) << i;
    }
  }
  ASSERT_OK_AND_ASSIGN(const Still rgba, read(png("rgba")));
  EXPECT_TRUE(rgba.frame.format().alpha);
  EXPECT_FALSE(rgba.frame.format().premultiplied);
  ASSERT_OK_AND_ASSIGN(const Still deep, read(png("rgb48be")));
  EXPECT_EQ(deep.frame.format().depth, 16);
  ASSERT_OK_AND_ASSIGN(const Still grey, read(png("gray")));
  EXPECT_EQ(grey.frame.format().layout, Layout::kGray);
  EXPECT_EQ(grey.frame.format().range, Range::kFull);
  ASSERT_OK_AND_ASSIGN(const Still both, read(png("ya8")));
  EXPECT_EQ(both.frame.format().layout, Layout::kGray);
  EXPECT_TRUE(both.frame.format().alpha);
  ASSERT_OK_AND_ASSIGN(const Still palette, read(png("pal8")));
  EXPECT_EQ(palette.frame.format().layout, Layout::kRgb);
  ASSERT_OK_AND_ASSIGN(const Still bits, read(png("monob")));
  EXPECT_EQ(bits.frame.format().layout, Layout::kGray);
}

TEST(Still, PngExifOrientation) {
  Bytes png = png_with([](Bytes& b) { put_chunk(b, "eXIf", exif(8)); });
  EXPECT_TRUE(read(png).ok());
  const Bytes wide = made("wide.png", "-f lavfi -i testsrc2=s=30x16:d=1 -frames:v 1");
  Bytes turned(wide.begin(), wide.begin() + 33);
  put_chunk(turned, "eXIf", exif(8));
  turned.insert(turned.end(), wide.begin() + 33, wide.end());
  ASSERT_OK_AND_ASSIGN(const Still still, read(turned));
  EXPECT_EQ(still.frame.width(), 16);
  EXPECT_EQ(still.full_height, 30);
}

TEST(Still, Webp) {
  const std::string in =
      "-f lavfi -i testsrc2=s=62x34:d=1,format=rgba,colorchannelmixer=aa=0.5 "
      "-frames:v 1 -c:v libwebp ";
  ASSERT_OK_AND_ASSIGN(const Still lossy, read(made("lossy.webp", in + "-pix_fmt yuv420p")));
  EXPECT_EQ(lossy.frame.format().layout, Layout::kYuv420);
  EXPECT_EQ(lossy.frame.format().range, Range::kLimited);
  EXPECT_EQ(lossy.frame.format().matrix, Matrix::kBt601);
  ASSERT_OK_AND_ASSIGN(const Still alpha, read(made("alpha.webp", in + "-pix_fmt yuva420p")));
  EXPECT_TRUE(alpha.frame.format().alpha);
  EXPECT_NEAR(alpha.frame.alpha().row(5)[5], 128, 2);
  ASSERT_OK_AND_ASSIGN(const Still exact,
                       read(made("exact.webp", in + "-lossless 1 -pix_fmt bgra")));
  EXPECT_EQ(exact.frame.format().layout, Layout::kRgb);
  // As ffmpeg writes it by itself: an animation of one frame.
  Bytes single = made("single.webp", "-f lavfi -i testsrc2=s=50x40 -frames:v 1 -c:v libwebp_anim");
  ASSERT_OK_AND_ASSIGN(const Still one, read(single));
  EXPECT_EQ(one.frame.width(), 50);
  EXPECT_EQ(one.frame.height(), 40);
  single.resize(single.size() - 20);
  EXPECT_THAT(error_of(single), HasSubstr("breaks off"));
  EXPECT_THAT(error_of(made("moving.webp", "-f lavfi -i testsrc2=s=50x40:d=0.2 -c:v libwebp_anim")),
              HasSubstr("animated WebP"));
}

TEST(Still, BombsAreRefusedBeforeAllocation) {
  Bytes giant = testing::bytes_of(std::string_view("\x89PNG\r\n\x1A\n", 8));
  Bytes ihdr;
  put32(ihdr, 60000);
  put32(ihdr, 60000);
  for (const int v : {8, 6, 0, 0, 0}) ihdr.push_back(static_cast<std::byte>(v));
  put_chunk(giant, "IHDR", ihdr);
  put_chunk(giant, "IDAT", Bytes(10));
  put_chunk(giant, "IEND", {});
  EXPECT_THAT(error_of(giant), HasSubstr("60000x60000"));
  EXPECT_THAT(check_still(*testing::source_of(giant)).error().message, HasSubstr("60000x60000"));
  // Within the limit, but far more than so few bytes can hold.
  const auto lie = read(giant, {.max_pixels = INT64_MAX});
  ASSERT_FALSE(lie.ok());
  EXPECT_EQ(lie.error().code, base::Code::kCorrupt);
  EXPECT_THAT(lie.error().message, HasSubstr("cannot hold"));
}

TEST(Still, CompressedTextIsNeverUnpacked) {
  // A text chunk that is no zlib stream would fail to unpack: that it does not shows it is skipped.
  const Bytes bomb = png_with([](Bytes& b) {
    put_chunk(b, "zTXt", testing::bytes_of(std::string_view("k\0\0not zlib", 11)));
    put_chunk(b, "iCCP", testing::bytes_of(std::string_view("Adobe RGB\0\0not zlib", 19)));
  });
  ASSERT_OK_AND_ASSIGN(const Still still, read(bomb));
  ASSERT_EQ(still.warnings.size(), 1U);
  EXPECT_THAT(still.warnings[0], HasSubstr("ICC"));
}

TEST(Still, TruncatedPicturesSaySo) {
  const Bytes png = made("t.png", "-f lavfi -i testsrc2=s=96x64:d=1 -frames:v 1");
  const Bytes webp = made("t.webp", "-f lavfi -i testsrc2=s=96x64:d=1 -frames:v 1 -c:v libwebp");
  for (const Bytes& whole : {jpeg(), png, webp}) {
    ASSERT_TRUE(read(whole).ok());
    for (const double part : {0.3, 0.6, 0.9}) {
      Bytes cut = whole;
      cut.resize(static_cast<size_t>(static_cast<double>(cut.size()) * part));
      const auto result = read(cut);
      ASSERT_FALSE(result.ok()) << whole.size() << " " << part;
      EXPECT_EQ(result.error().code, base::Code::kCorrupt);
      EXPECT_THAT(result.error().message, HasSubstr("breaks off"));
    }
  }
}

TEST(Still, AJpegWithoutItsEndMarkerIsWhole) {
  Bytes bytes = jpeg();
  bytes.resize(bytes.size() - 2);
  ASSERT_OK_AND_ASSIGN(const Still still, read(bytes));
  EXPECT_EQ(still.warnings.size(), 1U);
}

TEST(Still, ALittleDamageIsAWarning) {
  Bytes bytes = big_jpeg();
  for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + 400; ++i) bytes[i] = std::byte{0xF0};
  const auto result = read(bytes);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_FALSE(result->warnings.empty());
  Bytes png = made("t.png", "-f lavfi -i testsrc2=s=96x64:d=1 -frames:v 1");
  png[png.size() / 2] ^= std::byte{0x55};
  EXPECT_THAT(error_of(png), HasSubstr("damaged"));
}

TEST(Still, EveryTruncationEndsInAnAnswer) {
  const Bytes whole = jpeg();
  for (size_t n = 0; n < whole.size(); n += 13) {
    static_cast<void>(read(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(n))));
  }
}

TEST(Png, WhatIsWrittenIsReadBack) {
  for (const bool alpha : {false, true}) {
    const size_t channels = alpha ? 4 : 3;
    Bytes pixels(7 * 5 * channels);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::byte>(i * 37);
    base::MemorySink one;
    base::MemorySink two;
    ASSERT_OK(write_png(one, pixels, {.width = 7, .height = 5, .alpha = alpha}));
    ASSERT_OK(write_png(two, pixels, {.width = 7, .height = 5, .alpha = alpha}));
    EXPECT_EQ(one.data, two.data);
    ASSERT_OK_AND_ASSIGN(const Still still, read(one.data));
    for (size_t i = 0; i < pixels.size(); ++i) {
      const auto c = static_cast<int>(i % channels);
      const auto at = static_cast<int>(i / channels);
      ASSERT_EQ(still.frame.plane(c).row(at / 7)[at % 7], std::to_integer<uint8_t>(pixels[i])) << i;
    }
    EXPECT_FALSE(write_png(one, pixels, {.width = 8, .height = 5, .alpha = alpha}).ok());
  }
}

}  // namespace
}  // namespace rushes::media
