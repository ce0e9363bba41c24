#pragma once

// Fields of whole bits, the most significant first, as video bitstreams have them. Internal to this
// layer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rushes::media {

// Past the end all bits are 0, and ok() is false from then on.
class BitReader {
 public:
  explicit BitReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint32_t u(int bits) {
    uint32_t value = 0;
    for (int i = 0; i < bits; ++i) value = value << 1 | bit();
    return value;
  }
  bool flag() { return bit() != 0; }
  // Exp-Golomb codes: ITU-T H.264 9.1.
  uint32_t ue() {
    int zeros = 0;
    while (zeros < 32 && ok_ && bit() == 0) ++zeros;
    if (zeros > 31) ok_ = false;
    return ok_ ? static_cast<uint32_t>((uint64_t{1} << zeros) - 1 + u(zeros)) : 0;
  }
  int32_t se() {
    const uint32_t code = ue();
    const auto half = static_cast<int32_t>((uint64_t{code} + 1) / 2);
    return code % 2 != 0 ? half : -half;
  }

  size_t position() const { return at_; }  // in bits
  bool ok() const { return ok_; }

 private:
  uint32_t bit() {
    if (at_ >= bytes_.size() * 8) {
      ok_ = false;
      return 0;
    }
    const uint32_t b = bytes_[at_ / 8] >> (7 - at_ % 8) & 1U;
    ++at_;
    return b;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

class BitWriter {
 public:
  void u(uint32_t value, int bits) {
    for (int i = bits - 1; i >= 0; --i) bit(value >> i & 1U);
  }
  void flag(bool value) { bit(value ? 1 : 0); }
  void ue(uint32_t value) {
    const uint64_t code = uint64_t{value} + 1;
    int length = 0;
    while (code >> (length + 1) != 0) ++length;
    u(0, length);
    for (int i = length; i >= 0; --i) bit(static_cast<uint32_t>(code >> i & 1U));
  }
  void se(int32_t value) {
    ue(value > 0 ? static_cast<uint32_t>(value) * 2 - 1
                 : static_cast<uint32_t>(-int64_t{value}) * 2);
  }
  // Until a byte is full.
  void align(bool with) {
    while (at_ % 8 != 0) flag(with);
  }
  // The bits [begin, end), so far as they are there.
  void copy(std::span<const uint8_t> from, size_t begin, size_t end) {
    for (size_t i = begin; i < std::min(end, from.size() * 8); ++i)
      bit(from[i / 8] >> (7 - i % 8) & 1U);
  }
  // Whole bytes, after align().
  void bytes(std::span<const uint8_t> from) {
    out_.insert(out_.end(), from.begin(), from.end());
    at_ += from.size() * 8;
  }
  // The end of a payload: a one, and zeros until the byte is full.
  void trailing() {
    flag(true);
    align(false);
  }
  const std::vector<uint8_t>& out() const { return out_; }

 private:
  void bit(uint32_t value) {
    if (at_ % 8 == 0) out_.push_back(0);
    if (value != 0) out_.back() = static_cast<uint8_t>(out_.back() | 1U << (7 - at_ % 8));
    ++at_;
  }

  std::vector<uint8_t> out_;
  size_t at_ = 0;
};

}  // namespace rushes::media
