#include "media/nal_units.h"

#include <algorithm>
#include <array>

namespace rushes::media {

std::vector<NalView> nals_by_start_codes(NalView bytes) {
  constexpr std::array<uint8_t, 3> kStart = {0, 0, 1};
  const auto next = [&](NalView rest) {
    return std::search(rest.begin(), rest.end(), kStart.begin(), kStart.end()) - rest.begin();
  };
  std::vector<NalView> nals;
  NalView rest = bytes.subspan(std::min(static_cast<size_t>(next(bytes)), bytes.size()));
  while (rest.size() > kStart.size()) {
    rest = rest.subspan(kStart.size());
    const auto length = static_cast<size_t>(next(rest));
    NalView nal = rest.first(length);
    while (!nal.empty() && nal.back() == 0) nal = nal.first(nal.size() - 1);
    if (!nal.empty()) nals.push_back(nal);
    rest = rest.subspan(length);
  }
  return nals;
}

base::Result<std::vector<NalView>> nals_by_lengths(NalView bytes, size_t length_bytes) {
  std::vector<NalView> nals;
  while (!bytes.empty()) {
    if (bytes.size() < length_bytes) return base::corrupt("a picture ends within a length");
    size_t length = 0;
    for (size_t i = 0; i < length_bytes; ++i) length = length << 8 | bytes[i];
    bytes = bytes.subspan(length_bytes);
    if (length > bytes.size()) return base::corrupt("a part of a picture reaches beyond its end");
    if (length > 0) nals.push_back(bytes.first(length));
    bytes = bytes.subspan(length);
  }
  return nals;
}

NalBytes unescape(NalView nal) {
  NalBytes out;
  out.reserve(nal.size());
  int zeros = 0;
  for (const uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

NalBytes escape(NalView payload) {
  NalBytes out;
  out.reserve(payload.size() + payload.size() / 64);
  int zeros = 0;
  for (const uint8_t byte : payload) {
    if (zeros >= 2 && byte <= 3) {
      out.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

base::Status append_nal(NalBytes& out, NalView nal, size_t length_bytes) {
  if (length_bytes < 4 && nal.size() >> (8 * length_bytes) != 0) {
    return base::internal("a picture is too large for the lengths of this recording");
  }
  for (size_t i = length_bytes; i-- > 0;) {
    out.push_back(static_cast<uint8_t>(static_cast<uint64_t>(nal.size()) >> (8 * i)));
  }
  out.insert(out.end(), nal.begin(), nal.end());
  return {};
}

size_t stop_bit(NalView payload) {
  while (!payload.empty() && payload.back() == 0) payload = payload.first(payload.size() - 1);
  if (payload.empty()) return 0;
  size_t at = payload.size() * 8 - 1;
  for (uint8_t last = payload.back(); (last & 1U) == 0; last = static_cast<uint8_t>(last >> 1))
    --at;
  return at;
}

}  // namespace rushes::media
