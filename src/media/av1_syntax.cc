#include "media/av1_syntax.h"

#include "media/bits.h"

namespace rushes::media::av1 {

namespace {

constexpr uint32_t kSequenceHeader = 1;

uint32_t at(std::span<const std::byte> bytes, size_t i) {
  return std::to_integer<uint32_t>(bytes[i]);
}

}  // namespace

base::Result<std::span<const std::byte>> sequence_header(std::span<const std::byte> unit) {
  while (!unit.empty()) {
    const uint32_t head = at(unit, 0);
    const uint32_t type = head >> 3 & 15U;
    const bool sized = (head & 2U) != 0;
    size_t used = (head & 4U) != 0 ? 2 : 1;
    uint64_t size = 0;
    constexpr int kMostBits = 28;  // more than a packet has
    bool more = sized;
    for (int shift = 0; more && shift <= kMostBits && used < unit.size(); shift += 7) {
      const uint32_t byte = at(unit, used++);
      size |= uint64_t{byte & 127U} << shift;
      more = (byte & 128U) != 0;
    }
    if (!sized || more || size > unit.size() - used) break;
    if (type == kSequenceHeader) return unit.first(used + size);
    unit = unit.subspan(used + size);
  }
  return base::internal("AV1: a first packet without its sequence header");
}

base::Result<std::string> profile_name(std::span<const std::byte> obu) {
  BitReader in({reinterpret_cast<const uint8_t*>(obu.data()), obu.size()});
  in.u(1);
  const uint32_t type = in.u(4);
  const bool extended = in.flag(), sized = in.flag();
  in.u(1);
  in.u(8);  // its size
  const uint32_t profile = in.u(3);
  const bool still = in.flag(), reduced = in.flag(), timed = in.flag(), delayed = in.flag();
  const uint32_t more_points = in.u(5);
  in.u(12);
  const uint32_t level = in.u(5);
  constexpr uint32_t kLastOfOneTier = 7;
  const bool high = level > kLastOfOneTier && in.flag();
  if (!in.ok() || type != kSequenceHeader || extended || !sized || profile != 0 || still ||
      reduced || timed || delayed || more_points > 0) {
    return base::internal("AV1: unexpected sequence header");
  }
  const std::string two_digits = (level < 10 ? "0" : "") + std::to_string(level);
  return std::to_string(profile) + "." + two_digits + (high ? "H" : "M") + ".08";
}

}  // namespace rushes::media::av1
