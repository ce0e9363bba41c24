#include "media/lzw.h"

#include <array>
#include <memory>

namespace rushes::media {
namespace {

constexpr int kMostCodes = 4096;
constexpr size_t kMostBytes = 255;  // in a block

// Bits become bytes, and these blocks.
class Blocks {
 public:
  explicit Blocks(std::vector<std::byte>& out) : out_(out) {}
  void put(int code, int width) {
    bits_ |= static_cast<uint32_t>(code) << held_;
    for (held_ += width; held_ >= 8; held_ -= 8, bits_ >>= 8) add(bits_ & 0xFF);
  }
  void end() {
    if (held_ > 0) add(bits_ & 0xFF);
    out_.push_back(std::byte{0});
  }

 private:
  void add(uint32_t byte) {
    if (size_at_ == 0 || out_.size() - size_at_ > kMostBytes) {
      size_at_ = out_.size();
      out_.push_back(std::byte{0});
    }
    out_.push_back(std::byte(byte));
    out_[size_at_] = std::byte(out_.size() - size_at_ - 1);
  }

  std::vector<std::byte>& out_;
  size_t size_at_ = 0;  // of the block that is filled; 0: none
  uint32_t bits_ = 0;
  int held_ = 0;
};

// Codes by what they continue and with what: a hash table of four times as many places.
class Dictionary {
 public:
  void clear() { places_.fill({}); }
  // The code of `prefix` continued by `symbol`; -1: there is none, and it becomes `next`.
  int find_or_add(int prefix, uint8_t symbol, int next) {
    const uint32_t key = static_cast<uint32_t>(prefix) << 8 | symbol;
    for (uint32_t at = key * 0x9E3779B1U >> (32 - kLog);; at = (at + 1) % kPlaces) {
      Place& place = places_[at];
      if (place.code == 0) {
        place = {.key = key, .code = next};
        return -1;
      }
      if (place.key == key) return place.code;
    }
  }

 private:
  static constexpr int kLog = 14;
  static constexpr uint32_t kPlaces = 1U << kLog;
  struct Place {
    uint32_t key = 0;
    int code = 0;  // 0: free; codes of several symbols are larger
  };
  std::array<Place, kPlaces> places_{};
};

}  // namespace

void put_lzw(std::span<const uint8_t> symbols, int bits, std::vector<std::byte>& out) {
  const int clear = 1 << bits;
  const int end = clear + 1;
  out.push_back(std::byte(bits));
  Blocks blocks(out);
  auto dictionary = std::make_unique<Dictionary>();
  int width = bits + 1;
  int next = end + 1;
  blocks.put(clear, width);
  int held = -1;
  for (const uint8_t symbol : symbols) {
    if (held < 0) {
      held = symbol;
      continue;
    }
    if (const int longer = dictionary->find_or_add(held, symbol, next); longer >= 0) {
      held = longer;
      continue;
    }
    blocks.put(held, width);
    held = symbol;
    // The reader knows a code one step later.
    if (next == 1 << width) ++width;
    if (++next < kMostCodes) continue;
    blocks.put(clear, width);
    dictionary->clear();
    width = bits + 1;
    next = end + 1;
  }
  if (held >= 0) {
    blocks.put(held, width);
    if (next == 1 << width) ++width;
  }
  blocks.put(end, width);
  blocks.end();
}

}  // namespace rushes::media
