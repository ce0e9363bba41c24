#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace rushes::base {
namespace {

std::vector<std::byte> bytes_of(std::string_view s) {
  std::vector<std::byte> out;
  for (const char c : s) out.push_back(static_cast<std::byte>(c));
  return out;
}

TEST(Bytes, FileRoundTrip) {
  std::FILE* f = std::tmpfile();
  ASSERT_NE(f, nullptr);
  const auto sink = fd_sink(fileno(f));
  ASSERT_TRUE(sink->write_at(3, bytes_of("defg")).ok());
  ASSERT_TRUE(sink->write_at(0, bytes_of("abc")).ok());
  const auto source = fd_source(fileno(f), 7);
  auto all = read_all(*source, 7);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(*all, bytes_of("abcdefg"));
  EXPECT_EQ(read_all(*source, 6).error().code, Code::kInvalidArgument);
  // A source of part of a file ends where it says.
  std::vector<std::byte> out(10);
  const auto part = fd_source(fileno(f), 5);
  EXPECT_EQ(*part->read_at(3, out), 2u);
  EXPECT_EQ(*part->read_at(5, out), 0u);
  std::fclose(f);
}

TEST(Bytes, ReadPastTheEndIsShort) {
  const auto source = memory_source(bytes_of("hello"));
  std::vector<std::byte> out(10);
  EXPECT_EQ(*source->read_at(3, out), 2u);
  EXPECT_EQ(*source->read_at(5, out), 0u);
  EXPECT_EQ(*source->read_at(500, out), 0u);
}

TEST(Bytes, WriteToFullDeviceIsOutOfResources) {
  std::FILE* f = std::fopen("/dev/full", "w");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(fd_sink(fileno(f))->write_at(0, bytes_of("x")).error().code, Code::kResource);
  std::fclose(f);
}

}  // namespace
}  // namespace rushes::base
