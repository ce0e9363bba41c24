#include "mp4/fragment.h"

#include <optional>

#include "mp4/box.h"

namespace rushes::mp4 {
namespace {

constexpr uint64_t kHeader = 8;
constexpr uint64_t kMaxMoofBytes = 16 << 20;

using Place = base::ByteRange;

base::Result<Bytes> bytes_at(const base::ByteSource& file, const Place& place) {
  Bytes out(place.size);
  ASSIGN_OR_RETURN(const size_t n, file.read_at(place.offset, out));
  if (n < out.size()) return base::corrupt("MP4: a fragment is cut off");
  return out;
}

// Boxes before it are passed over.
base::Result<Place> find_moof(const base::ByteSource& file) {
  for (uint64_t at = 0; at + kHeader <= file.size();) {
    ASSIGN_OR_RETURN(const Bytes header, bytes_at(file, {at, kHeader}));
    FieldReader reader(header);
    const uint64_t size = reader.u32();
    const Type type = reader.u32();
    if (size < kHeader || at + size > file.size()) break;
    if (type == type_of("moof")) {
      if (size > kMaxMoofBytes) return base::corrupt("MP4: a moof of impossible size");
      return Place{at, size};
    }
    at += size;
  }
  return base::corrupt("MP4: there is no fragment");
}

// The first sample of a run: where it begins, from the beginning of the moof, and its size, if the
// run says it.
struct FirstSample {
  uint32_t offset = 0;
  std::optional<uint32_t> size;
};

base::Result<FirstSample> first_of_run(View trun) {
  constexpr uint32_t kDataOffset = 0x1, kFirstFlags = 0x4, kDuration = 0x100, kSize = 0x200;
  FieldReader reader(trun);
  const uint32_t flags = reader.u32() & 0xffffffU;
  const uint32_t count = reader.u32();
  FirstSample out;
  if ((flags & kDataOffset) == 0) return base::unsupported("MP4: a run without an offset");
  out.offset = reader.u32();
  if ((flags & kFirstFlags) != 0) reader.skip(4);
  if ((flags & kDuration) != 0) reader.skip(4);
  if ((flags & kSize) != 0) out.size = reader.u32();
  if (!reader.ok() || count == 0) return base::corrupt("MP4: a run without samples");
  return out;
}

// Of all samples, unless the run says otherwise; 0: it does not say.
uint32_t usual_size(View tfhd) {
  constexpr uint32_t kBase = 0x1, kDescription = 0x2, kDuration = 0x8, kSize = 0x10;
  FieldReader reader(tfhd);
  const uint32_t flags = reader.u32() & 0xffffffU;
  reader.skip(4);  // the track
  if ((flags & kBase) != 0) reader.skip(8);
  if ((flags & kDescription) != 0) reader.skip(4);
  if ((flags & kDuration) != 0) reader.skip(4);
  return (flags & kSize) != 0 ? reader.u32() : 0;
}

}  // namespace

base::Result<uint64_t> end_of_first_sample(const base::ByteSource& file) {
  ASSIGN_OR_RETURN(const Place place, find_moof(file));
  ASSIGN_OR_RETURN(const Bytes moof,
                   bytes_at(file, {place.offset + kHeader, place.size - kHeader}));
  ASSIGN_OR_RETURN(const std::vector<Box> boxes, boxes_in(moof));
  const Box* traf = find(boxes, type_of("traf"));
  if (traf == nullptr) return base::corrupt("MP4: a fragment without a track");
  ASSIGN_OR_RETURN(const std::vector<Box> parts, boxes_in(traf->payload));
  const Box* tfhd = find(parts, type_of("tfhd"));
  const Box* trun = find(parts, type_of("trun"));
  if (tfhd == nullptr || trun == nullptr) return base::corrupt("MP4: a fragment without a run");
  ASSIGN_OR_RETURN(const FirstSample first, first_of_run(trun->payload));
  const uint64_t end = place.offset + first.offset + first.size.value_or(usual_size(tfhd->payload));
  if (first.offset < place.size + kHeader || end > file.size()) {
    return base::corrupt("MP4: a run outside its file");
  }
  return end;
}

}  // namespace rushes::mp4
