#include "media/hevc_syntax.h"

#include <algorithm>
#include <array>
#include <set>

#include "media/bits.h"

namespace rushes::media::hevc {
namespace {

using base::Result;

constexpr size_t kHeaderBytes = 2;
constexpr size_t kRecordHeadBytes = 22;
constexpr int kProfileBits = 96;  // profile_tier_level() without sub-layers
// Codes of nine bits: 15 to 30.
constexpr uint8_t kLowestPps = 15, kHighestPps = 30, kHighestSps = 15;

base::Error unexpected(const char* what) {
  return base::internal(std::string("the encoder's ") + what + " are not as expected");
}

// The rest of a payload from `begin` on.
NalBytes finish(BitWriter& out, NalView payload, size_t begin) {
  out.copy(payload, begin, stop_bit(payload));
  out.trailing();
  return escape(out.out());
}

// Writes the unit's header and returns where the payload goes on.
size_t copy_header(BitWriter& out, NalView payload) {
  out.copy(payload, 0, kHeaderBytes * 8);
  return kHeaderBytes * 8;
}

// Position behind the profile of a sequence parameter set; 0 where there are layers.
size_t skip_profile(BitReader& in) {
  in.u(static_cast<int>(kHeaderBytes) * 8);
  in.u(4);
  if (in.u(3) != 0) return 0;
  in.u(1);
  for (int i = 0; i < kProfileBits; i += 16) in.u(16);
  return in.position();
}

uint32_t id_of(uint8_t type, NalView nal) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  if (type == kSps) {
    if (skip_profile(in) == 0) return UINT32_MAX;
    return in.ue();
  }
  in.u(static_cast<int>(kHeaderBytes) * 8);
  return type == kVps ? in.u(4) : in.ue();
}

std::string hexadecimal(uint32_t value) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789ABCDEF"[value % 16]);
    value /= 16;
  } while (value > 0);
  return text;
}

}  // namespace

NalBytes as_broken_link(NalView slice) {
  NalBytes out(slice.begin(), slice.end());
  const uint8_t type = type_of(slice);
  if (type == kCra || type == kBlaWithLeading) {
    out[0] = static_cast<uint8_t>((out[0] & 0x81U) | unsigned{kBla} << 1);
  }
  return out;
}

Result<NalBytes> renumber_vps(NalView nal, const Numbers& numbers) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  BitWriter out;
  const size_t at = copy_header(out, payload);
  out.u(numbers.vps, 4);
  return finish(out, payload, at + 4);
}

Result<NalBytes> renumber_sps(NalView nal, const Numbers& numbers) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  const size_t profile_end = skip_profile(in);
  if (profile_end == 0 || in.ue() != 0 || !in.ok()) return unexpected("sequence parameters");
  BitWriter out;
  const size_t at = copy_header(out, payload);
  out.u(numbers.vps, 4);
  out.copy(payload, at + 4, profile_end);
  out.ue(numbers.sps);
  return finish(out, payload, in.position());
}

Result<NalBytes> renumber_pps(NalView nal, const Numbers& numbers) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  BitWriter out;
  in.u(static_cast<int>(copy_header(out, payload)));
  if (in.ue() != 0 || in.ue() != 0 || !in.ok()) return unexpected("picture parameters");
  out.ue(numbers.pps);
  out.ue(numbers.sps);
  return finish(out, payload, in.position());
}

Result<NalBytes> renumber_slice(NalView nal, const Numbers& numbers) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  BitWriter out;
  in.u(static_cast<int>(copy_header(out, payload)));
  out.flag(in.flag());                            // the first of its picture
  if (is_access_point(nal)) out.flag(in.flag());  // whether pictures before it are still put out
  if (in.ue() != 0 || !in.ok()) return unexpected("slices");
  out.ue(numbers.pps);
  out.copy(payload, in.position(), payload.size() * 8);
  return escape(out.out());
}

const std::vector<NalBytes>* Record::find(uint8_t type) const {
  for (const Array& array : arrays) {
    if ((array.type & 0x3F) == type) return &array.nals;
  }
  return nullptr;
}

void Record::add(uint8_t type, NalBytes nal) {
  for (Array& array : arrays) {
    if ((array.type & 0x3F) == type) return array.nals.push_back(std::move(nal));
  }
  arrays.push_back({type, {std::move(nal)}});
}

Result<Record> parse_record(NalView bytes) {
  const base::Error broken = base::corrupt("its configuration cannot be read");
  if (bytes.size() <= kRecordHeadBytes || bytes[0] != 1) return broken;
  Record r;
  r.head.assign(bytes.begin(), bytes.begin() + kRecordHeadBytes);
  const size_t arrays = bytes[kRecordHeadBytes];
  size_t at = kRecordHeadBytes + 1;
  for (size_t i = 0; i < arrays; ++i) {
    if (at + 3 > bytes.size()) return broken;
    Record::Array array{.type = bytes[at], .nals = {}};
    const size_t count = size_t{bytes[at + 1]} << 8 | bytes[at + 2];
    at += 3;
    for (size_t k = 0; k < count; ++k) {
      if (at + 2 > bytes.size()) return broken;
      const size_t length = size_t{bytes[at]} << 8 | bytes[at + 1];
      at += 2;
      if (length <= kHeaderBytes || length > bytes.size() - at) return broken;
      const NalView nal = bytes.subspan(at, length);
      array.nals.emplace_back(nal.begin(), nal.end());
      at += length;
    }
    r.arrays.push_back(std::move(array));
  }
  return r;
}

NalBytes write_record(const Record& r) {
  const auto u16 = [](NalBytes& out, size_t v) {
    out.push_back(static_cast<uint8_t>(v >> 8));
    out.push_back(static_cast<uint8_t>(v));
  };
  NalBytes out = r.head;
  out.push_back(static_cast<uint8_t>(r.arrays.size()));
  for (const Record::Array& array : r.arrays) {
    out.push_back(array.type);
    u16(out, array.nals.size());
    for (const NalBytes& nal : array.nals) {
      u16(out, nal.size());
      out.insert(out.end(), nal.begin(), nal.end());
    }
  }
  return out;
}

Result<Numbers> free_numbers(const Record& record) {
  const auto used = [&](uint8_t type) {
    std::set<uint32_t> ids;
    if (const auto* nals = record.find(type)) {
      for (const NalBytes& nal : *nals) ids.insert(id_of(type, nal));
    }
    return ids;
  };
  const auto pick = [](const std::set<uint32_t>& taken, uint8_t highest, uint8_t lowest) {
    int id = highest;
    while (id >= lowest && taken.contains(static_cast<uint32_t>(id))) --id;
    return id;
  };
  const int vps = pick(used(kVps), kHighestSps, 1), sps = pick(used(kSps), kHighestSps, 1),
            pps = pick(used(kPps), kHighestPps, kLowestPps);
  if (vps < 1 || sps < 1 || pps < kLowestPps) {
    return base::unsupported("all numbers of its parameter sets are taken");
  }
  return Numbers{static_cast<uint8_t>(vps), static_cast<uint8_t>(sps), static_cast<uint8_t>(pps)};
}

Result<int> reordered_frames(NalView vps) {
  const NalBytes payload = unescape(vps);
  BitReader in(payload);
  in.u(static_cast<int>(kHeaderBytes) * 8);
  in.u(12);  // numbers
  if (in.u(3) != 0) return unexpected("layers");
  in.u(17);
  for (int i = 0; i < kProfileBits; i += 16) in.u(16);
  in.u(1);
  in.ue();  // pictures that are held
  const uint32_t frames = in.ue();
  constexpr uint32_t kMost = 16;
  if (!in.ok() || frames > kMost) return unexpected("video parameters");
  return static_cast<int>(frames);
}

Result<std::string> profile_name(NalView sps) {
  const NalBytes payload = unescape(sps);
  BitReader in(payload);
  in.u(static_cast<int>(kHeaderBytes) * 8 + 8);
  const uint32_t space = in.u(2);
  const bool high_tier = in.flag();
  const uint32_t profile = in.u(5);
  uint32_t compatible = 0;  // the first flag last
  for (int i = 0; i < 32; ++i) compatible |= in.u(1) << i;
  std::array<uint32_t, 6> constraints = {};
  for (uint32_t& byte : constraints) byte = in.u(8);
  const uint32_t level = in.u(8);
  if (!in.ok()) return unexpected("sequence parameters");
  std::string name = space > 0 ? std::string(1, static_cast<char>('A' + space - 1)) : "";
  name += std::to_string(profile) + "." + hexadecimal(compatible) + (high_tier ? ".H" : ".L") +
          std::to_string(level);
  size_t told = constraints.size();  // zeros at the end are left out
  while (told > 0 && constraints[told - 1] == 0) --told;
  for (size_t i = 0; i < told; ++i) name += "." + hexadecimal(constraints[i]);
  return name;
}

}  // namespace rushes::media::hevc
