#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace rushes::media {

struct JpegOptions {
  int width = 0, height = 0;
  int quality = 4;  // from 1, the best, to 31: the step of quantization, as libav counts
};

// Packed 8-bit RGB rows without padding, from the top, as a JPEG (JFIF) with chroma of half the
// size.
base::Status write_jpeg(base::ByteSink& sink, std::span<const std::byte> pixels,
                        const JpegOptions& options);

}  // namespace rushes::media
