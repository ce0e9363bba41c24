#pragma once

// Parameter sets and slice headers of H.264 (ITU-T H.264 7.3.2 and 7.3.3), as far as it takes to
// write slices of one encoder into the stream of another. Progressive video only. Internal to this
// layer.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "media/nal_units.h"

namespace rushes::media::h264 {

enum NalType : uint8_t { kSlice = 1, kPartition = 2, kIdr = 5, kSei = 6, kSps = 7, kPps = 8 };
enum SliceType : uint8_t { kP = 0, kB = 1, kI = 2 };

inline uint8_t type_of(NalView nal) { return nal[0] & 0x1F; }
inline uint8_t ref_idc_of(NalView nal) { return nal[0] >> 5 & 3; }

struct Sps {
  uint32_t id = 0;
  uint32_t profile = 0;
  uint32_t chroma_format = 1;  // 1: 4:2:0, 2: 4:2:2, 3: 4:4:4
  uint32_t depth = 8;
  bool has_scaling = false;
  int frame_num_bits = 4;
  uint32_t poc_type = 0;
  int poc_bits = 0;  // of poc_type 0
  uint32_t ref_frames = 0;
  bool gaps_allowed = false;
  size_t gaps_bit = 0;             // where that stands, in the payload
  uint32_t width = 0, height = 0;  // coded: whole macroblocks
  uint32_t crop_left = 0, crop_right = 0, crop_top = 0, crop_bottom = 0;  // samples of luma

  uint32_t frame_num_mask() const { return (1U << frame_num_bits) - 1; }
  uint32_t poc_mask() const { return (1U << poc_bits) - 1; }
};

// kUnsupported: interlaced, planes apart, depths that differ, or nothing lost (transform bypass).
base::Result<Sps> parse_sps(NalView nal);

// The same parameter set, but that numbers of frames may be left out.
NalBytes allow_gaps(NalView nal, const Sps& sps);

struct Pps {
  uint32_t id = 0;
  uint32_t sps_id = 0;
  bool cabac = false;
  bool has_poc_delta = false;  // bottom_field_pic_order_in_frame_present_flag
  uint32_t ref_count[2] = {1, 1};
  bool weighted = false;
  uint32_t weighted_b = 0;
  int32_t qp = 26, qs = 26;
  int32_t chroma_qp_offset = 0, second_chroma_qp_offset = 0;
  bool has_deblocking = false;
  bool constrained_intra = false;
  bool has_redundant = false;
  bool has_extension = false;  // what follows
  bool transform_8x8 = false;
};

// The number of the set that it refers to is to be known before the rest is: chroma_format of it.
// Its scaling lists are passed over, so what write_pps() makes of one that has some is another.
base::Result<Pps> parse_pps(NalView nal, uint32_t chroma_format);
// With scaling lists that scale nothing, where those of the sequence would be taken otherwise.
NalBytes write_pps(const Pps& pps, bool flat_scaling);

// An operation on the frames that are kept for reference: memory_management_control_operation and
// what follows it.
struct Marking {
  uint32_t operation = 0;
  uint32_t a = 0, b = 0;
};

struct Slice {
  bool idr = false;
  uint8_t ref_idc = 0;
  uint32_t first_block = 0;
  uint8_t type = kI;
  uint32_t pps_id = 0;
  uint32_t frame_num = 0;
  uint32_t idr_id = 0;
  uint32_t poc = 0;  // pic_order_cnt_lsb
  bool adaptive_marking = false;
  std::vector<Marking> markings;
  bool reorders = false;  // its lists of reference frames are not the default ones
  uint32_t ref_count = 1;
  uint32_t cabac_init = 0;
  int32_t qp_delta = 0;
  uint32_t deblocking = 0;
  int32_t alpha = 0, beta = 0;
  size_t header_bits = 0;  // of the unescaped unit, its first byte included
};

uint32_t pps_id_of_slice(NalView nal);
base::Result<Slice> parse_slice(NalView nal, const Sps& sps, const Pps& pps);

// `nal` is a slice I or P of one reference frame at most; `header` says what becomes of it, under
// `sps` and `pps`.
base::Result<NalBytes> rewrite_slice(NalView nal, const Slice& header, const Sps& sps,
                                     const Pps& pps);

// recovery_frame_cnt of a recovery point message that is exact; -1 if there is none in this unit.
int recovery_point(NalView sei);

// What MP4 has in its box "avcC": ISO/IEC 14496-15 5.3.3.
struct Record {
  NalBytes head;  // the first four bytes
  size_t length_bytes = 4;
  std::vector<NalBytes> sps, pps;
  NalBytes rest;
};
base::Result<Record> parse_record(NalView bytes);
NalBytes write_record(const Record& record);

}  // namespace rushes::media::h264
