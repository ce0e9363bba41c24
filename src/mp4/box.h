#pragma once

// Boxes of the ISO base media file format (ISO/IEC 14496-12): MP4 and QuickTime files are made of
// them. Numbers are big-endian.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rushes::mp4 {

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

// Four characters: "moov".
using Type = uint32_t;
constexpr Type type_of(const char (&text)[5]) {
  Type type = 0;
  for (int i = 0; i < 4; ++i) type = type << 8 | static_cast<uint8_t>(text[i]);
  return type;
}
std::string name_of(Type type);  // what is not printable becomes '?'

// Fields in their order. Past the end they are zeros, and ok() is false from then on.
class FieldReader {
 public:
  explicit FieldReader(View bytes) : bytes_(bytes) {}
  uint64_t number(size_t bytes);
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  int32_t i32() { return static_cast<int32_t>(u32()); }
  int64_t i64() { return static_cast<int64_t>(u64()); }
  void skip(size_t bytes) { static_cast<void>(take(bytes)); }
  View take(size_t bytes);
  View rest() const { return bytes_; }
  bool ok() const { return ok_; }

 private:
  View bytes_;
  bool ok_ = true;
};

struct Box {
  Type type = 0;
  View payload;  // without the header
  View whole;
};

// The boxes that fill these bytes, but for up to seven zeros that QuickTime ends lists with.
// kCorrupt if they do not.
base::Result<std::vector<Box>> boxes_in(View bytes);
const Box* find(const std::vector<Box>& boxes, Type type);  // the first, or null

class FieldWriter {
 public:
  void number(uint64_t value, size_t bytes);
  void u8(uint8_t v) { number(v, 1); }
  void u16(uint16_t v) { number(v, 2); }
  void u32(uint32_t v) { number(v, 4); }
  void u64(uint64_t v) { number(v, 8); }
  void bytes(View v) { out.insert(out.end(), v.begin(), v.end()); }
  void set_u32(size_t at, uint32_t value);

  // A box around what `fill` writes; `full` ones begin with a version and flags.
  template <class Fill>
  void box(Type type, Fill fill) {
    const size_t at = out.size();
    u32(0);
    u32(type);
    fill();
    set_u32(at, static_cast<uint32_t>(out.size() - at));
  }
  template <class Fill>
  void full_box(Type type, uint8_t version, uint32_t flags, Fill fill) {
    box(type, [&] {
      u32(uint32_t{version} << 24 | flags);
      fill();
    });
  }

  Bytes out;
};

}  // namespace rushes::mp4
