#pragma once

// Numbers of byte formats, all little-endian: what packet files and frame files are written with.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/result.h"

namespace rushes::media {

// Grows as it is written.
class FieldWriter {
 public:
  template <size_t N>
  void text(const std::array<char, N>& t) {
    for (const char c : t) out.push_back(static_cast<std::byte>(c));
  }
  void u32(uint32_t v) { number(v, 4); }
  void i32(int v) { number(static_cast<uint32_t>(v), 4); }
  void u64(uint64_t v) { number(v, 8); }
  void i64(int64_t v) { number(static_cast<uint64_t>(v), 8); }
  std::vector<std::byte> out;

 private:
  void number(uint64_t v, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(v >> (8 * i) & 0xFF));
  }
};

// Reads from bytes that are known to be long enough.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <size_t N>
  bool is(const std::array<char, N>& t) {
    const bool same = std::memcmp(bytes_.data() + at_, t.data(), N) == 0;
    at_ += N;
    return same;
  }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  int64_t i64() { return static_cast<int64_t>(number(8)); }

 private:
  uint64_t number(size_t n) {
    RUSHES_CHECK(at_ + n <= bytes_.size());
    uint64_t v = 0;
    for (size_t i = 0; i < n; ++i) v |= std::to_integer<uint64_t>(bytes_[at_ + i]) << (8 * i);
    at_ += n;
    return v;
  }
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
};

}  // namespace rushes::media
