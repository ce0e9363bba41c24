#include "text/font_alias.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace rushes::text {
namespace {

constexpr size_t kMaxFaces = 256;

using Bytes = std::vector<char>;

uint32_t read(const Bytes& b, size_t at, size_t bytes) {
  uint32_t v = 0;
  for (size_t i = 0; i < bytes; ++i) v = v << 8 | static_cast<unsigned char>(b[at + i]);
  return v;
}

void write(Bytes& b, size_t at, size_t bytes, uint32_t v) {
  for (size_t i = 0; i < bytes; ++i) b[at + i] = static_cast<char>(v >> 8 * (bytes - 1 - i));
}

void append(Bytes& b, size_t bytes, uint32_t v) {
  b.resize(b.size() + bytes);
  write(b, b.size() - bytes, bytes, v);
}

bool holds(const Bytes& b, size_t at, size_t bytes) {
  return at <= b.size() && bytes <= b.size() - at;
}

// Where the directory of each face starts.
std::vector<size_t> faces_of(const Bytes& font) {
  if (!holds(font, 0, 12)) return {};
  if (std::memcmp(font.data(), "ttcf", 4) != 0) return {0};
  const size_t count = read(font, 8, 4);
  std::vector<size_t> out;
  for (size_t i = 0; i < count && i < kMaxFaces && holds(font, 12 + 4 * i, 4); ++i) {
    out.push_back(read(font, 12 + 4 * i, 4));
  }
  return out;
}

// Offset of the directory entry: tag, checksum, offset, length.
std::optional<size_t> find_name_entry(const Bytes& font, size_t face) {
  if (!holds(font, face, 12)) return std::nullopt;
  const size_t tables = read(font, face + 4, 2);
  for (size_t i = 0; i < tables; ++i) {
    const size_t entry = face + 12 + 16 * i;
    if (!holds(font, entry, 16)) return std::nullopt;
    if (std::memcmp(font.data() + entry, "name", 4) == 0) return entry;
  }
  return std::nullopt;
}

// The table with one record more: Microsoft, Unicode, English, family.
std::optional<Bytes> with_name(const Bytes& font, size_t at, size_t length, std::string_view name) {
  if (length < 6 || !holds(font, at, length)) return std::nullopt;
  const size_t count = read(font, at + 2, 2), strings = read(font, at + 4, 2);
  if (strings > length || 6 + 12 * count > length) return std::nullopt;
  const size_t kept = length - strings, new_strings = 6 + 12 * (count + 1);
  if (kept > 0xFFFF || new_strings > 0xFFFF) return std::nullopt;
  Bytes table;
  append(table, 2, 0);
  append(table, 2, static_cast<uint32_t>(count + 1));
  append(table, 2, static_cast<uint32_t>(new_strings));
  const auto begin = font.begin() + static_cast<ptrdiff_t>(at);
  table.insert(table.end(), begin + 6, begin + 6 + static_cast<ptrdiff_t>(12 * count));
  for (const uint32_t v : {3u, 1u, 0x0409u, 1u}) append(table, 2, v);
  append(table, 2, static_cast<uint32_t>(2 * name.size()));
  append(table, 2, static_cast<uint32_t>(kept));
  table.insert(table.end(), begin + static_cast<ptrdiff_t>(strings),
               begin + static_cast<ptrdiff_t>(length));
  for (const char c : name) append(table, 2, static_cast<unsigned char>(c));
  return table;
}

}  // namespace

bool add_family_name(std::vector<char>& font, std::string_view name) {
  Bytes out = font;
  const std::vector<size_t> faces = faces_of(font);
  for (const size_t face : faces) {
    const auto entry = find_name_entry(out, face);
    if (!entry) return false;
    const auto table = with_name(font, read(font, *entry + 8, 4), read(font, *entry + 12, 4), name);
    if (!table) return false;
    while (out.size() % 4 != 0) out.push_back(0);
    if (out.size() > UINT32_MAX) return false;
    write(out, *entry + 8, 4, static_cast<uint32_t>(out.size()));
    write(out, *entry + 12, 4, static_cast<uint32_t>(table->size()));
    out.insert(out.end(), table->begin(), table->end());
  }
  if (faces.empty()) return false;
  font = std::move(out);
  return true;
}

}  // namespace rushes::text
