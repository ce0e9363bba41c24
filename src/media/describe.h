#pragma once

// The one rule by which pixels get their colour description.

#include <cstdint>
#include <optional>

#include "frame/frame.h"

namespace rushes::media {

// What a stream says about its colours; empty where it says nothing.
struct ColorTags {
  std::optional<frame::Matrix> matrix;
  std::optional<frame::Range> range;
  std::optional<frame::ChromaSite> site;
  frame::Transfer transfer = frame::Transfer::kSdr;
  bool jpeg_pixels = false;  // one of libav's "yuvj" formats: full range by name
  int height = 0;            // as stored
};

// Fills in what the tags leave open:
//   matrix       as tagged, else BT.601 below 720 lines and BT.709 from 720 lines on
//   range        full if "yuvj", else as tagged, else limited
//   chroma site  as tagged, else left (centre for "yuvj")
//   transfer     as tagged (PQ and HLG are told apart; all else is SDR)
// RGB is full range always and has no matrix: kBt709 is written. Grey goes by the rules of YUV.
// `shape` gives layout, depth and alpha; its other fields are ignored.
frame::Format describe(frame::Format shape, const ColorTags& tags);

}  // namespace rushes::media
