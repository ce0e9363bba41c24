#pragma once

// What a JPEG, PNG or WebP file says of itself, read from its bytes alone: before anything is
// allocated for its pixels. Internal to this layer.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "media/probe.h"
#include "media/sniff.h"

namespace rushes::media {

struct PictureHeader {
  Sniffed kind = Sniffed::kOther;
  int64_t width = 0, height = 0;  // as stored
  int depth = 8;
  int components = 3;          // JPEG: in the file; PNG: per pixel once a palette is expanded
  int luma_x = 1, luma_y = 1;  // JPEG: luma samples for each chroma sample, along each axis
  bool lossless = false;       // WebP
  bool alpha = false;
  bool animated = false;
  Orientation orientation;
  bool foreign_profile = false;  // an ICC profile that does not call itself sRGB
  // What is missing at the end; empty if the file is whole.
  std::string truncated;
  // The bytes that a decoder needs: nothing after the picture, and of a PNG no chunk that is not
  // pixels or palette (compressed text and profiles may be bombs).
  std::vector<std::span<const std::byte>> payload;
  // Bytes of the payload that do not stand in the file.
  std::shared_ptr<const std::vector<std::byte>> made;
};

// kCorrupt where no header can be made out.
base::Result<PictureHeader> parse_picture(Sniffed kind, std::span<const std::byte> file);

// kInvalidArgument: more than `max_pixels`. kCorrupt: no pixels, or more than these bytes can hold.
base::Status check_size(const PictureHeader& header, int64_t max_pixels);

}  // namespace rushes::media
