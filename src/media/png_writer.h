#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace rushes::media {

struct PngOptions {
  int width = 0, height = 0;
  bool alpha = false;  // RGBA (straight), else RGB
};

// Packed 8-bit rows without padding, from the top. The same pixels give the same bytes.
base::Status write_png(base::ByteSink& sink, std::span<const std::byte> pixels,
                       const PngOptions& options);

}  // namespace rushes::media
