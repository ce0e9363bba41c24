#include "base/hash.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace rushes::base {

struct ContentHash::State {
  XXH3_state_t xxh;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
ContentHash::~ContentHash() = default;
ContentHash::ContentHash(ContentHash&&) noexcept = default;
ContentHash& ContentHash::operator=(ContentHash&&) noexcept = default;

void ContentHash::update(std::span<const std::byte> data) {
  XXH3_128bits_update(&state_->xxh, data.data(), data.size());
}

std::string ContentHash::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string hash_of(std::string_view data) {
  ContentHash hash;
  hash.update(std::as_bytes(std::span(data)));
  return hash.hex();
}

Result<std::string> hash_of(const ByteSource& source) {
  ContentHash hash;
  std::vector<std::byte> piece(size_t{1} << 20);
  for (uint64_t offset = 0; offset < source.size();) {
    ASSIGN_OR_RETURN(size_t n, source.read_at(offset, piece));
    if (n == 0) return corrupt("the file became shorter while it was read");
    hash.update(std::span(piece).first(n));
    offset += n;
  }
  return hash.hex();
}

}  // namespace rushes::base
