#include "media/packet_file.h"

#include <gtest/gtest.h>

#include <string>

#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::Bytes;

TrackFormat some_format() {
  TrackFormat f;
  f.time_base = Rational(1001, 30000);
  f.width = 1080;
  f.height = 1920;
  f.reorder = 2;
  f.extradata = testing::bytes_of("parameter sets");
  return f;
}

std::vector<Packet> some_packets() {
  return {{.pts = 0, .dts = -2, .duration = 1, .key = true, .data = testing::bytes_of("one")},
          {.pts = 3, .dts = -1, .duration = 1, .key = false, .data = {}},
          {.pts = 1, .dts = 0, .duration = 1, .key = false, .data = Bytes(1000)}};
}

Bytes some_file() {
  base::MemorySink sink;
  auto writer = PacketFileWriter::open(sink, some_format());
  EXPECT_TRUE(writer.ok());
  for (const Packet& p : some_packets()) EXPECT_TRUE((*writer)->write(p).ok());
  EXPECT_TRUE((*writer)->finish().ok());
  EXPECT_EQ((*writer)->bytes(), sink.data.size());
  return sink.data;
}

// The number of packets read before an error, or before the end.
struct Read {
  std::string error;
  std::vector<Packet> packets;
};
Read read(Bytes bytes) {
  const auto source = testing::source_of(std::move(bytes));
  auto reader = PacketFileReader::open(*source);
  if (!reader.ok()) return {reader.error().message, {}};
  Read result;
  while (true) {
    auto p = (*reader)->next();
    if (!p.ok()) return {p.error().message, std::move(result.packets)};
    if (!*p) return result;
    result.packets.push_back(std::move(**p));
  }
}

TEST(PacketFile, GivesBackWhatWasWritten) {
  const auto source = testing::source_of(some_file());
  ASSERT_OK_AND_ASSIGN(const auto reader, PacketFileReader::open(*source));
  EXPECT_EQ(reader->format(), some_format());
  EXPECT_EQ(reader->packets(), 3);
  EXPECT_EQ(reader->data_bytes(), 1003U);
  EXPECT_EQ(read(some_file()).packets, some_packets());
  EXPECT_EQ(read(some_file()).error, "");
}

TEST(PacketFile, EveryChangedByteIsNoticed) {
  const Bytes good = some_file();
  for (size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= std::byte{0x41};
    EXPECT_NE(read(std::move(bad)).error, "") << "byte " << i;
  }
}

TEST(PacketFile, EveryTruncationIsNoticed) {
  const Bytes good = some_file();
  for (size_t n = 0; n < good.size(); n += 7) {
    EXPECT_NE(read(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(n))).error, "") << n;
  }
  Bytes longer = good;
  longer.push_back(std::byte{0});
  EXPECT_NE(read(std::move(longer)).error, "");
}

TEST(PacketFile, HugeLengthsAllocateNothing) {
  Bytes bad = some_file();
  const size_t extradata = 8 + 4 + 4 + 16 + 24 + 8;
  for (size_t i = 0; i < 4; ++i) bad[extradata + i] = std::byte{0xFF};
  EXPECT_EQ(read(std::move(bad)).error, "packet file is damaged: its header is too long");
}

}  // namespace
}  // namespace rushes::media
