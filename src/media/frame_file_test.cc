#include "media/frame_file.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "media/testing.h"

namespace rushes::media {
namespace {

using frame::Format;
using testing::Bytes;

frame::Frame picture(const Format& format, int width, int height) {
  frame::FrameBuffer out(format, width, height);
  uint32_t value = 1;
  const uint32_t most = (1U << format.depth) - 1;
  for (int i = 0; i < format.planes(); ++i) {
    const frame::MutablePlaneView plane = out.plane(i);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        value = value * 69069 + 12345;
        const uint32_t sample = value >> 8 & most;
        if (format.depth > 8) {
          plane.row16(y)[x] = static_cast<uint16_t>(sample);
        } else {
          plane.row(y)[x] = static_cast<uint8_t>(sample);
        }
      }
    }
  }
  return std::move(out).freeze();
}

Bytes file_of(const frame::Frame& f, const std::string& notes = "") {
  base::MemorySink sink;
  EXPECT_TRUE(write_frame_file(sink, f, notes).ok());
  return sink.data;
}

// All formats, one field after the other changed from the working one.
std::vector<Format> formats() {
  std::vector<Format> all = {
      frame::kWorking,
      {.alpha = true, .premultiplied = true},
      {.alpha = true},
      {.layout = frame::Layout::kRgb, .depth = 16, .alpha = true, .range = frame::Range::kFull}};
  for (int v = 0; v <= 4; ++v) all.push_back({.layout = static_cast<frame::Layout>(v)});
  for (int v = 8; v <= 16; ++v) all.push_back({.depth = v});
  for (int v = 0; v <= 3; ++v) all.push_back({.matrix = static_cast<frame::Matrix>(v)});
  for (int v = 0; v <= 2; ++v) {
    all.push_back({.range = static_cast<frame::Range>(v)});
    all.push_back({.site = static_cast<frame::ChromaSite>(v)});
    all.push_back({.transfer = static_cast<frame::Transfer>(v)});
  }
  return all;
}

TEST(FrameFile, GivesBackEveryFormat) {
  for (const Format& format : formats()) {
    for (const auto& [width, height] : {std::pair(1, 1), {7, 5}, {64, 2}}) {
      const frame::Frame f = picture(format, width, height);
      const auto source = testing::source_of(file_of(f, "two\nlines"));
      ASSERT_OK_AND_ASSIGN(const auto reader, FrameFileReader::open(*source));
      EXPECT_EQ(reader.format(), format);
      EXPECT_EQ(reader.width(), width);
      EXPECT_EQ(reader.height(), height);
      EXPECT_EQ(reader.notes(), "two\nlines");
      ASSERT_OK_AND_ASSIGN(const frame::Frame again, reader.read());
      EXPECT_EQ(again.format(), format);
      EXPECT_EQ(testing::pixels_of(again), testing::pixels_of(f));
    }
  }
}

TEST(FrameFile, GivesBackWhatTakesSeveralReads) {
  const frame::Frame f = testing::pattern(1501, 1403, 7);
  const auto source = testing::source_of(file_of(f));
  ASSERT_OK_AND_ASSIGN(const auto reader, FrameFileReader::open(*source));
  ASSERT_OK_AND_ASSIGN(const frame::Frame again, reader.read());
  EXPECT_EQ(testing::pixels_of(again), testing::pixels_of(f));
}

// The error of reading all of it; empty if there is none.
std::string error_of(Bytes bytes) {
  const auto source = testing::source_of(std::move(bytes));
  const auto reader = FrameFileReader::open(*source);
  if (!reader.ok()) return reader.error().message;
  const auto read = reader->read();
  return read.ok() ? "" : read.error().message;
}

constexpr size_t kNumbers = 11;  // after the magic

Bytes with_number(Bytes bytes, size_t number, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) {
    bytes[8 + 4 * number + i] = static_cast<std::byte>(value >> (8 * i));
  }
  return bytes;
}

// Whatever a number says, the picture read is one that the file has room for.
TEST(FrameFile, SurvivesEveryNumber) {
  const Bytes good = file_of(picture({.alpha = true}, 6, 4), "notes");
  for (size_t number = 0; number < kNumbers; ++number) {
    for (const uint32_t value : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 9U, 16U, 17U, 32U, 65535U, 65536U,
                                 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
      const auto source = testing::source_of(with_number(good, number, value));
      const auto reader = FrameFileReader::open(*source);
      if (!reader.ok()) continue;
      const auto read = reader->read();
      if (!read.ok()) continue;
      EXPECT_LE(testing::pixels_of(*read).size(), good.size());
    }
  }
}

TEST(FrameFile, SaysWhatIsWrong) {
  const Bytes good = file_of(picture({.depth = 10}, 6, 4));
  ASSERT_EQ(error_of(good), "");
  const std::string damaged = "frame file is damaged: ";
  EXPECT_EQ(error_of(with_number(good, 0, 2)), "frame file of version 2");
  EXPECT_EQ(error_of(with_number(good, 1, 5)), damaged + "impossible format");
  EXPECT_EQ(error_of(with_number(good, 2, 7)), damaged + "impossible depth");
  EXPECT_EQ(error_of(with_number(good, 3, 4)), damaged + "unknown flags");
  for (const size_t number : {4, 5, 6, 7}) {
    EXPECT_EQ(error_of(with_number(good, number, 4)), damaged + "impossible format");
  }
  EXPECT_EQ(error_of(with_number(good, 8, 0)), damaged + "impossible size");
  EXPECT_EQ(error_of(with_number(good, 9, std::numeric_limits<uint32_t>::max())),
            damaged + "impossible size");
  EXPECT_EQ(error_of(with_number(good, 10, 65537)), damaged + "its notes are too long");
  EXPECT_EQ(error_of(with_number(good, 8, 60000)),
            damaged + "its length is not that of its picture");
  EXPECT_EQ(error_of(with_number(good, 2, 9)), damaged + "a sample is out of range");
  Bytes other = good;
  other[3] ^= std::byte{1};
  EXPECT_EQ(error_of(other), "is not a frame file");
}

TEST(FrameFile, EveryOtherLengthIsNoticed) {
  const Bytes good = file_of(picture(frame::kWorking, 6, 4), "notes");
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_NE(error_of(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(n))), "") << n;
  }
  Bytes longer = good;
  longer.push_back(std::byte{0});
  EXPECT_NE(error_of(longer), "");
}

// A file that is cut short behind its reader's back.
class Shrinking final : public base::ByteSource {
 public:
  explicit Shrinking(Bytes bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    const size_t end = std::min(left, bytes_.size());
    if (offset >= end) return size_t{0};
    const size_t n = std::min(out.size(), end - static_cast<size_t>(offset));
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), n, out.begin());
    return n;
  }
  size_t left = std::numeric_limits<size_t>::max();

 private:
  Bytes bytes_;
};

TEST(FrameFile, MayBecomeShorterWhileItIsRead) {
  Shrinking source(file_of(picture(frame::kWorking, 6, 4), "notes"));
  ASSERT_OK_AND_ASSIGN(const auto reader, FrameFileReader::open(source));
  source.left = source.size() - 1;
  const auto read = reader.read();
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, "frame file is damaged: it is shorter than it was");
}

TEST(FrameFile, TakesNoEndlessNotes) {
  base::MemorySink sink;
  const std::string notes(kMaxFrameNotes + 1, 'n');
  EXPECT_FALSE(write_frame_file(sink, picture(frame::kWorking, 2, 2), notes).ok());
}

}  // namespace
}  // namespace rushes::media
