#pragma once

// NAL units of HEVC (ITU-T H.265 7.3.1, 7.4.2.2) as far as it takes to put two streams, each with
// parameter sets of its own, into one. Internal to this layer.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "media/nal_units.h"

namespace rushes::media::hevc {

enum NalType : uint8_t {
  kRasl = 9,
  kBlaWithLeading = 16,
  kBlaWithDecodable = 17,
  kBla = 18,
  kIdrWithDecodable = 19,
  kIdr = 20,
  kCra = 21,
  kVps = 32,
  kSps = 33,
  kPps = 34,
  kPrefixSei = 39,
};

inline uint8_t type_of(NalView nal) { return nal[0] >> 1 & 0x3F; }
inline bool is_slice(NalView nal) { return type_of(nal) < 32; }
inline bool is_access_point(NalView nal) { return type_of(nal) >= 16 && type_of(nal) <= 23; }
// Shown before the access point that they follow.
inline bool is_leading(NalView nal) { return type_of(nal) >= 6 && type_of(nal) <= 9; }

// A slice of a picture with which a stream may go on that lacks what was before: what is shown
// before it must have been left out. Of IDR and BLA it is what it was.
NalBytes as_broken_link(NalView slice);

// Numbers for parameter sets beside others. Those of pictures take nine bits in a slice, eight more
// than 0 takes: what follows them moves by a whole byte.
struct Numbers {
  uint8_t vps = 15, sps = 15, pps = 15;
};

// Units of an encoder that numbers its sets 0, by these numbers.
base::Result<NalBytes> renumber_vps(NalView nal, const Numbers& numbers);
base::Result<NalBytes> renumber_sps(NalView nal, const Numbers& numbers);
base::Result<NalBytes> renumber_pps(NalView nal, const Numbers& numbers);
base::Result<NalBytes> renumber_slice(NalView nal, const Numbers& numbers);

// What MP4 has in its box "hvcC": ISO/IEC 14496-15 8.3.3.
struct Record {
  NalBytes head;  // the first 22 bytes
  struct Array {
    uint8_t type = 0;  // with the bit that tells that all are here
    std::vector<NalBytes> nals;
  };
  std::vector<Array> arrays;
  size_t length_bytes() const { return (head[21] & 3U) + 1; }
  const std::vector<NalBytes>* find(uint8_t type) const;
  void add(uint8_t type, NalBytes nal);
};
base::Result<Record> parse_record(NalView bytes);
NalBytes write_record(const Record& record);

// Numbers that none of these sets has.
base::Result<Numbers> free_numbers(const Record& record);

// By how many frames decoding runs ahead of showing, by the video parameter set of an encoder.
base::Result<int> reordered_frames(NalView vps);
// Profile, tier and level as RFC 6381 and ISO/IEC 14496-15 E.3 write them: "1.6.L93.90".
base::Result<std::string> profile_name(NalView sps);

}  // namespace rushes::media::hevc
