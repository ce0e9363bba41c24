#include "base/hash.h"

#include <gtest/gtest.h>

#include <cstring>

namespace rushes::base {
namespace {

std::unique_ptr<ByteSource> source_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return memory_source(std::move(bytes));
}

TEST(Hash, IsXxh3Of128Bits) {
  // What `xxh128sum` prints for no bytes at all.
  EXPECT_EQ(hash_of(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash_of("a"), hash_of("b"));
}

TEST(Hash, IsTheSameInPieces) {
  std::string text(3'000'000, 'x');
  text[2'500'000] = 'y';
  auto whole = hash_of(*source_of(text));
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(*whole, hash_of(text));
  ContentHash hash;
  hash.update(std::as_bytes(std::span(text)).first(1'000'001));
  hash.update(std::as_bytes(std::span(text)).subspan(1'000'001));
  EXPECT_EQ(hash.hex(), *whole);
}

}  // namespace
}  // namespace rushes::base
