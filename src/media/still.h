#pragma once

// Pictures: JPEG, PNG and WebP, upright, in their own colours.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "frame/frame.h"
#include "media/probe.h"

namespace rushes::media {

struct StillOptions {
  // A picture larger than this may be reduced while it is decoded (JPEG: by 2, 4 or 8), but never
  // to less than this in either direction. Upright sizes. 0: never reduced.
  int max_width = 0;
  int max_height = 0;
  int64_t max_pixels = 200'000'000;  // of the stored picture; more is refused before allocation
};

struct Still {
  frame::Frame frame;
  // Upright size of the stored picture, before any reduction.
  int full_width = 0;
  int full_height = 0;
  std::vector<std::string> warnings;  // a little damage that was survived
};

// EXIF orientation is applied. Alpha is straight (not premultiplied). Colours:
//   JPEG           YUV full range BT.601, centre-sited; or grey; or RGB, if Adobe's marker says so
//   PNG            kRgb or kGray, 8 or 16 bits, full range; palettes expanded; with alpha if it has
//                  any; of an animated PNG the default image
//   WebP lossy     YUV 4:2:0 limited range BT.601, centre-sited
//   WebP lossless  kRgb
// ICC profiles are not applied (a warning says so where one is present and is not sRGB).
// Errors: kInvalidArgument empty, not a picture, or too large; kUnsupported CMYK JPEG, animated
// WebP; kCorrupt truncated or damaged, naming what is wrong.
base::Result<Still> read_still(const base::ByteSource& source, const StillOptions& options = {});

// The errors that read_still finds without decoding.
base::Status check_still(const base::ByteSource& source, const StillOptions& options = {});

}  // namespace rushes::media
