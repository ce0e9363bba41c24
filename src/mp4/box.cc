#include "mp4/box.h"

#include <algorithm>

namespace rushes::mp4 {

std::string name_of(Type type) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto c = static_cast<char>(type >> shift & 0xFF);
    name += c >= 0x20 && c < 0x7F ? c : '?';
  }
  return name;
}

View FieldReader::take(size_t bytes) {
  if (bytes > bytes_.size()) {
    ok_ = false;
    bytes_ = {};
    return {};
  }
  const View taken = bytes_.first(bytes);
  bytes_ = bytes_.subspan(bytes);
  return taken;
}

uint64_t FieldReader::number(size_t bytes) {
  uint64_t value = 0;
  for (const std::byte b : take(bytes)) value = value << 8 | std::to_integer<uint64_t>(b);
  return value;
}

base::Result<std::vector<Box>> boxes_in(View bytes) {
  std::vector<Box> boxes;
  while (!bytes.empty()) {
    constexpr size_t kHeader = 8, kLongHeader = 16;
    if (bytes.size() < kHeader) {
      if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; })) break;
      return base::corrupt("there are bytes after the last box");
    }
    FieldReader header(bytes);
    uint64_t size = header.u32();
    const Type type = header.u32();
    size_t begin = kHeader;
    if (size == 1) {
      size = header.u64();
      begin = kLongHeader;
    } else if (size == 0 && type == 0) {
      break;
    }
    if (!header.ok() || size < begin || size > bytes.size()) {
      return base::corrupt("the box \"" + name_of(type) + "\" does not fit into the one around it");
    }
    const View whole = bytes.first(size);
    boxes.push_back({type, whole.subspan(begin), whole});
    bytes = bytes.subspan(size);
  }
  return boxes;
}

const Box* find(const std::vector<Box>& boxes, Type type) {
  const auto at = std::ranges::find(boxes, type, &Box::type);
  return at != boxes.end() ? &*at : nullptr;
}

void FieldWriter::number(uint64_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
}

void FieldWriter::set_u32(size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) out[at + i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xFF);
}

}  // namespace rushes::mp4
