#include "mp4/cut_off.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "mp4/box.h"

namespace rushes::mp4 {
namespace {

using base::Result;

// So many NAL units, one behind the other, are no accident.
constexpr int kChain = 3;

// Whether two bytes can begin a NAL unit of a recording.
bool begins_h264(std::byte first, std::byte) {
  const int header = std::to_integer<int>(first), type = header & 0x1F;
  const bool is_reference = (header & 0x60) != 0;
  switch (type) {
    case 1: return header < 0x80;
    case 5:
    case 7:
    case 8: return header < 0x80 && is_reference;
    case 6:
    case 9:
    case 12: return header < 0x80 && !is_reference;
    default: return false;
  }
}

bool begins_hevc(std::byte first, std::byte second) {
  const int header = std::to_integer<int>(first) << 8 | std::to_integer<int>(second);
  const int type = header >> 9, layer = header >> 3 & 0x3F, sublayer = header & 7;
  const bool is_known = type <= 9 || (type >= 16 && type <= 21) || (type >= 32 && type <= 40);
  return is_known && layer == 0 && sublayer > 0;
}

// Frames are NAL units with their lengths in front, in four bytes.
template <class Begins>
Result<bool> is_chain(const base::ByteSource& source, const base::ByteRange& media, Begins begins) {
  uint64_t at = 0;
  for (int i = 0; i < kChain; ++i) {
    std::array<std::byte, 6> bytes = {};
    ASSIGN_OR_RETURN(const size_t read, source.read_at(media.offset + at, bytes));
    FieldReader header(View(bytes).first(read));
    const uint32_t length = header.u32();
    header.skip(2);
    if (!header.ok() || length < 2 || !begins(bytes[4], bytes[5])) return false;
    at += 4 + uint64_t{length};
    if (at > media.size) return false;
  }
  return true;
}

// "3.4 GB".
std::string size_text(uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {" bytes", " kB", " MB", " GB"};
  size_t unit = 0;
  uint64_t tenths = bytes * 10;
  for (; tenths >= 10'000 && unit + 1 < kUnits.size(); ++unit) tenths /= 1000;
  std::string text = std::to_string(tenths / 10);
  if (unit > 0 && tenths < 1000) text += "." + std::to_string(tenths % 10);
  return text + std::string(kUnits[unit]);
}

}  // namespace

Result<std::string> cut_off_text(const base::ByteSource& source, const base::ByteRange& media) {
  const auto all_of = [&](const std::string& what) {
    return "has no index: the recording was cut off before it was finished. " +
           size_text(media.size) + " of " + what +
           " are there, but not where each frame of them lies. Many cameras write the index when "
           "they are switched on with such a file on their card; programs that rebuild one do so "
           "by a whole recording of the same camera and settings";
  };
  ASSIGN_OR_RETURN(const bool is_h264, is_chain(source, media, begins_h264));
  if (is_h264) return all_of("H.264 and what goes with it");
  ASSIGN_OR_RETURN(const bool is_hevc, is_chain(source, media, begins_hevc));
  if (is_hevc) return all_of("HEVC and what goes with it");
  std::array<std::byte, 4096> bytes = {};
  ASSIGN_OR_RETURN(const size_t read, source.read_at(media.offset, bytes));
  const bool is_empty = std::all_of(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(read),
                                    [](std::byte b) { return b == std::byte{0}; });
  if (!is_empty) return all_of("picture and sound");
  return std::string(
      "has no index, and its media begins with zeros: room was made for a recording, and nothing "
      "was written there");
}

}  // namespace rushes::mp4
