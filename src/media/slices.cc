#include "media/slices.h"

#include <algorithm>
#include <array>

namespace rushes::media {
namespace {

using Bytes = std::span<const uint8_t>;

// The first bit of the header is 0, the next six are the type: below 32 it is a slice segment.
bool is_slice(uint8_t first_byte) { return (first_byte >> 1 & 0x3f) < 32; }

// By start codes; an emulation of one cannot occur within a unit.
Bytes next_unit(Bytes rest) {
  constexpr std::array<uint8_t, 3> kStart = {0, 0, 1};
  const auto at = std::search(rest.begin(), rest.end(), kStart.begin(), kStart.end());
  if (at == rest.end()) return {};
  return rest.subspan(static_cast<size_t>(at - rest.begin()) + kStart.size());
}

int slices_by_start_codes(Bytes packet) {
  int slices = 0;
  for (Bytes unit = next_unit(packet); !unit.empty(); unit = next_unit(unit)) {
    if (is_slice(unit[0])) ++slices;
  }
  return slices;
}

int slices_by_lengths(Bytes packet, size_t length_bytes) {
  int slices = 0;
  while (packet.size() > length_bytes) {
    size_t length = 0;
    for (size_t i = 0; i < length_bytes; ++i) length = length << 8 | packet[i];
    packet = packet.subspan(length_bytes);
    if (length > 0 && is_slice(packet[0])) ++slices;
    packet = packet.subspan(std::min(length, packet.size()));
  }
  return slices;
}

}  // namespace

bool has_several_slices(std::span<const uint8_t> packet, const AVCodecParameters& parameters) {
  // The record of MP4 begins with its version, which is no start code.
  const bool has_record = parameters.extradata_size > 21 && parameters.extradata[0] == 1;
  const int slices = has_record ? slices_by_lengths(packet, (parameters.extradata[21] & 3U) + 1)
                                : slices_by_start_codes(packet);
  return slices > 1;
}

}  // namespace rushes::media
