#include "media/h264_syntax.h"

#include <algorithm>
#include <array>

#include "media/bits.h"

namespace rushes::media::h264 {
namespace {

using base::Result;

constexpr uint32_t kMostSets = 256;
constexpr uint32_t kMostRefs = 32;
constexpr int kMostMarkings = 66;

base::Error broken(const char* what) {
  return base::corrupt(std::string("its ") + what + " cannot be read");
}
base::Error unsupported(const char* what) { return base::unsupported(std::string(what)); }

bool is_high(uint32_t profile) {
  constexpr std::array<uint32_t, 12> kHigh = {100, 110, 122, 244, 44,  83,
                                              86,  118, 128, 138, 139, 134};
  return std::find(kHigh.begin(), kHigh.end(), profile) != kHigh.end();
}

void skip_scaling_list(BitReader& in, int size) {
  int32_t last = 8, next = 8;
  for (int i = 0; i < size; ++i) {
    if (next != 0) next = (last + in.se() + 256) % 256;
    if (next != 0) last = next;
  }
}

void skip_scaling_lists(BitReader& in, int count) {
  for (int i = 0; i < count; ++i) {
    if (in.flag()) skip_scaling_list(in, i < 6 ? 16 : 64);
  }
}

// One in which all sixteens follow from its first value.
void write_flat_list(BitWriter& out, int size) {
  out.flag(true);
  out.se(8);
  for (int i = 1; i < size; ++i) out.se(0);
}

void skip_weights(BitReader& in, const Sps& sps, const Slice& slice, const uint32_t (&refs)[2]) {
  in.ue();
  if (sps.chroma_format != 0) in.ue();
  for (int list = 0; list < (slice.type == kB ? 2 : 1); ++list) {
    for (uint32_t i = 0; i < refs[list] && in.ok(); ++i) {
      if (in.flag()) {
        in.se();
        in.se();
      }
      if (sps.chroma_format != 0 && in.flag()) {
        for (int k = 0; k < 4; ++k) in.se();
      }
    }
  }
}

// Whether there are any.
bool skip_list_changes(BitReader& in) {
  if (!in.flag()) return false;
  for (uint32_t i = 0; i < 2 * kMostRefs + 1 && in.ok(); ++i) {
    const uint32_t operation = in.ue();
    if (operation == 3) return true;
    in.ue();
  }
  return true;
}

void read_marking(BitReader& in, Slice& slice) {
  if (slice.idr) {
    in.u(2);
    return;
  }
  slice.adaptive_marking = in.flag();
  if (!slice.adaptive_marking) return;
  for (int i = 0; i < kMostMarkings && in.ok(); ++i) {
    Marking m{.operation = in.ue()};
    if (m.operation == 0) return;
    if (m.operation != 5) m.a = in.ue();
    if (m.operation == 3) m.b = in.ue();
    slice.markings.push_back(m);
  }
}

void write_marking(BitWriter& out, const Slice& slice) {
  if (slice.idr) {
    out.u(0, 2);
    return;
  }
  out.flag(slice.adaptive_marking);
  if (!slice.adaptive_marking) return;
  for (const Marking& m : slice.markings) {
    out.ue(m.operation);
    if (m.operation != 5) out.ue(m.a);
    if (m.operation == 3) out.ue(m.b);
  }
  out.ue(0);
}

}  // namespace

Result<Sps> parse_sps(NalView nal) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  Sps s;
  in.u(8);
  s.profile = in.u(8);
  in.u(16);  // constraints, level
  s.id = in.ue();
  if (is_high(s.profile)) {
    s.chroma_format = in.ue();
    if (s.chroma_format == 3 && in.flag()) return unsupported("its planes are coded apart");
    s.depth = 8 + in.ue();
    if (s.depth != 8 + in.ue()) return unsupported("its depths differ");
    if (in.flag()) return unsupported("it is coded without loss");
    s.has_scaling = in.flag();
    if (s.has_scaling) skip_scaling_lists(in, s.chroma_format == 3 ? 12 : 8);
  }
  const uint32_t frame_num_bits = in.ue() + 4;
  s.poc_type = in.ue();
  uint32_t poc_bits = 4;
  if (s.poc_type == 0) {
    poc_bits = in.ue() + 4;
  } else if (s.poc_type == 1) {
    return unsupported("it counts its pictures in cycles");
  }
  s.ref_frames = in.ue();
  s.gaps_bit = in.position();
  s.gaps_allowed = in.flag();
  const uint32_t columns = in.ue() + 1, rows = in.ue() + 1;
  if (!in.flag()) return unsupported("it is interlaced");
  in.flag();  // direct_8x8_inference
  uint32_t crop[4] = {};
  if (in.flag()) {
    for (uint32_t& c : crop) c = in.ue();
  }
  if (!in.ok() || s.id > 31 || s.chroma_format > 3 || s.depth > 14 || frame_num_bits > 16 ||
      poc_bits > 16 || s.poc_type > 2 || s.ref_frames > 16 || columns > 1024 || rows > 1024 ||
      *std::max_element(crop, crop + 4) > 16384) {
    return broken("sequence parameters");
  }
  s.frame_num_bits = static_cast<int>(frame_num_bits);
  s.poc_bits = s.poc_type == 0 ? static_cast<int>(poc_bits) : 0;
  s.width = columns * 16;
  s.height = rows * 16;
  const uint32_t unit_x = s.chroma_format == 1 || s.chroma_format == 2 ? 2 : 1;
  const uint32_t unit_y = s.chroma_format == 1 ? 2 : 1;
  s.crop_left = crop[0] * unit_x;
  s.crop_right = crop[1] * unit_x;
  s.crop_top = crop[2] * unit_y;
  s.crop_bottom = crop[3] * unit_y;
  if (s.crop_left + s.crop_right >= s.width || s.crop_top + s.crop_bottom >= s.height) {
    return broken("sequence parameters");
  }
  return s;
}

NalBytes allow_gaps(NalView nal, const Sps& sps) {
  NalBytes payload = unescape(nal);
  payload[sps.gaps_bit / 8] =
      static_cast<uint8_t>(payload[sps.gaps_bit / 8] | 0x80U >> sps.gaps_bit % 8);
  return escape(payload);
}

Result<Pps> parse_pps(NalView nal, uint32_t chroma_format) {
  const NalBytes payload = unescape(nal);
  BitReader in(payload);
  Pps p;
  in.u(8);
  p.id = in.ue();
  p.sps_id = in.ue();
  p.cabac = in.flag();
  p.has_poc_delta = in.flag();
  if (in.ue() != 0) return unsupported("its slices are in groups");
  for (uint32_t& count : p.ref_count) count = in.ue() + 1;
  p.weighted = in.flag();
  p.weighted_b = in.u(2);
  p.qp = 26 + in.se();
  p.qs = 26 + in.se();
  p.chroma_qp_offset = in.se();
  p.second_chroma_qp_offset = p.chroma_qp_offset;
  p.has_deblocking = in.flag();
  p.constrained_intra = in.flag();
  p.has_redundant = in.flag();
  if (!in.ok() || p.id >= kMostSets || p.sps_id > 31 || p.ref_count[0] > kMostRefs ||
      p.ref_count[1] > kMostRefs || p.weighted_b > 2) {
    return broken("picture parameters");
  }
  p.has_extension = in.position() < stop_bit(payload);
  if (p.has_extension) {
    p.transform_8x8 = in.flag();
    if (in.flag()) skip_scaling_lists(in, 6 + (p.transform_8x8 ? chroma_format == 3 ? 6 : 2 : 0));
    p.second_chroma_qp_offset = in.se();
  }
  return p;
}

NalBytes write_pps(const Pps& p, bool flat_scaling) {
  BitWriter out;
  out.u(3U << 5 | kPps, 8);
  out.ue(p.id);
  out.ue(p.sps_id);
  out.flag(p.cabac);
  out.flag(p.has_poc_delta);
  out.ue(0);
  for (const uint32_t count : p.ref_count) out.ue(count - 1);
  out.flag(p.weighted);
  out.u(p.weighted_b, 2);
  out.se(p.qp - 26);
  out.se(p.qs - 26);
  out.se(p.chroma_qp_offset);
  out.flag(p.has_deblocking);
  out.flag(p.constrained_intra);
  out.flag(p.has_redundant);
  if (p.has_extension || flat_scaling) {
    out.flag(p.transform_8x8);
    out.flag(flat_scaling);
    if (flat_scaling) {
      for (int i = 0; i < (p.transform_8x8 ? 8 : 6); ++i) write_flat_list(out, i < 6 ? 16 : 64);
    }
    out.se(p.second_chroma_qp_offset);
  }
  out.trailing();
  return escape(out.out());
}

uint32_t pps_id_of_slice(NalView nal) {
  // Three codes of at most 63 bits.
  const NalBytes start = unescape(nal.first(std::min<size_t>(nal.size(), 40)));
  BitReader in(start);
  in.u(8);
  in.ue();
  in.ue();
  return in.ue();
}

Result<Slice> parse_slice(NalView nal, const Sps& sps, const Pps& pps) {
  // More than a header takes, with all its tables.
  const NalBytes payload = unescape(nal.first(std::min<size_t>(nal.size(), 4096)));
  BitReader in(payload);
  in.u(8);
  Slice s;
  s.idr = h264::type_of(nal) == kIdr;
  s.ref_idc = ref_idc_of(nal);
  s.first_block = in.ue();
  s.type = static_cast<uint8_t>(in.ue() % 5);
  if (s.type > kI) return unsupported("it has switching slices");
  s.pps_id = in.ue();
  s.frame_num = in.u(sps.frame_num_bits);
  if (s.idr) s.idr_id = in.ue();
  if (sps.poc_type == 0) {
    s.poc = in.u(sps.poc_bits);
    if (pps.has_poc_delta && in.se() != 0) return unsupported("its fields are of two times");
  }
  if (pps.has_redundant) in.ue();
  uint32_t refs[2] = {pps.ref_count[0], pps.ref_count[1]};
  if (s.type == kB) in.flag();
  if (s.type != kI) {
    if (in.flag()) {
      refs[0] = in.ue() + 1;
      if (s.type == kB) refs[1] = in.ue() + 1;
    }
    if (refs[0] > kMostRefs || refs[1] > kMostRefs) return broken("slices");
    s.reorders = skip_list_changes(in);
    if (s.type == kB) s.reorders = skip_list_changes(in) || s.reorders;
    const bool weighted = s.type == kP ? pps.weighted : pps.weighted_b == 1;
    if (weighted) skip_weights(in, sps, s, refs);
    s.ref_count = refs[0];
  }
  if (s.ref_idc != 0) read_marking(in, s);
  if (pps.cabac && s.type != kI) s.cabac_init = in.ue();
  s.qp_delta = in.se();
  if (pps.has_deblocking) {
    s.deblocking = in.ue();
    if (s.deblocking != 1) {
      s.alpha = in.se();
      s.beta = in.se();
    }
  }
  s.header_bits = in.position();
  if (!in.ok()) return broken("slices");
  return s;
}

Result<NalBytes> rewrite_slice(NalView nal, const Slice& h, const Sps& sps, const Pps& pps) {
  if (h.type == kB || h.reorders || (h.type == kP && h.ref_count != 1) || pps.weighted) {
    return base::internal("an encoded slice is of another kind than was asked for");
  }
  const NalBytes payload = unescape(nal);
  BitWriter out;
  out.u(uint32_t{h.ref_idc} << 5 | (h.idr ? kIdr : kSlice), 8);
  out.ue(h.first_block);
  out.ue(h.type);
  out.ue(pps.id);
  out.u(h.frame_num, sps.frame_num_bits);
  if (h.idr) out.ue(h.idr_id);
  if (sps.poc_type == 0) out.u(h.poc, sps.poc_bits);
  if (h.type == kP) {
    // One reference frame, the last one: by default, if not by the parameter set's.
    const bool other = pps.ref_count[0] != 1;
    out.flag(other);
    if (other) out.ue(0);
    out.flag(false);
  }
  if (h.ref_idc != 0) write_marking(out, h);
  if (pps.cabac && h.type != kI) out.ue(h.cabac_init);
  out.se(h.qp_delta);
  if (pps.has_deblocking) {
    out.ue(h.deblocking);
    if (h.deblocking != 1) {
      out.se(h.alpha);
      out.se(h.beta);
    }
  }
  if (pps.cabac) {
    out.align(true);
    out.bytes(NalView(payload).subspan((h.header_bits + 7) / 8));
  } else {
    out.copy(payload, h.header_bits, stop_bit(payload));
    out.trailing();
  }
  return escape(out.out());
}

int recovery_point(NalView sei) {
  const NalBytes payload = unescape(sei);
  size_t at = 1;
  const auto value = [&] {
    size_t v = 0;
    while (at < payload.size() && payload[at] == 0xFF) {
      v += payload[at++];
    }
    return at < payload.size() ? v + payload[at++] : v;
  };
  while (at + 2 < payload.size()) {
    const size_t type = value(), size = value();
    if (size > payload.size() - at) return -1;
    if (type == 6) {
      BitReader in(NalView(payload).subspan(at, size));
      const uint32_t frames = in.ue();
      return in.ok() && frames < 65536 ? static_cast<int>(frames) : -1;
    }
    at += size;
  }
  return -1;
}

Result<Record> parse_record(NalView bytes) {
  if (bytes.size() < 7 || bytes[0] != 1) return broken("configuration");
  Record r;
  r.head.assign(bytes.begin(), bytes.begin() + 4);
  r.length_bytes = (bytes[4] & 3U) + 1;
  size_t at = 5;
  const auto read_sets = [&](std::vector<NalBytes>& sets, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (at + 2 > bytes.size()) return false;
      const size_t length = size_t{bytes[at]} << 8 | bytes[at + 1];
      at += 2;
      if (length == 0 || length > bytes.size() - at) return false;
      const NalView set = bytes.subspan(at, length);
      sets.emplace_back(set.begin(), set.end());
      at += length;
    }
    return true;
  };
  if (!read_sets(r.sps, bytes[at++] & 0x1FU) || at >= bytes.size()) return broken("configuration");
  const size_t count = bytes[at++];
  if (!read_sets(r.pps, count)) return broken("configuration");
  r.rest.assign(bytes.begin() + static_cast<ptrdiff_t>(at), bytes.end());
  return r;
}

NalBytes write_record(const Record& r) {
  NalBytes out = r.head;
  out.push_back(static_cast<uint8_t>(0xFC | (r.length_bytes - 1)));
  const auto write_sets = [&](const std::vector<NalBytes>& sets) {
    for (const NalBytes& set : sets) {
      out.push_back(static_cast<uint8_t>(set.size() >> 8));
      out.push_back(static_cast<uint8_t>(set.size()));
      out.insert(out.end(), set.begin(), set.end());
    }
  };
  out.push_back(static_cast<uint8_t>(0xE0 | r.sps.size()));
  write_sets(r.sps);
  out.push_back(static_cast<uint8_t>(r.pps.size()));
  write_sets(r.pps);
  out.insert(out.end(), r.rest.begin(), r.rest.end());
  return out;
}

}  // namespace rushes::media::h264
