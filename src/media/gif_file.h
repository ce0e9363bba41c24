#pragma once

// The images of a GIF to a file that is shown for ever. Internal to this layer.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "media/packet.h"

namespace rushes::media {

// Where an image's packet tells how long it is shown, in hundredths of a second: two bytes, the
// lesser first. They are filled in here, where it is known when its frame is shown.
inline constexpr size_t kGifDelayAt = 4;

class GifFile {
 public:
  // The sink must outlive it.
  GifFile(base::ByteSink& sink, const TrackFormat& format) : sink_(sink), format_(format) {}
  base::Status begin();
  // Each frame begins at the hundredth that is nearest to its time, so delays add up.
  base::Status write(const Packet& packet);
  base::Status finish();

 private:
  base::Status put(std::span<const std::byte> bytes);

  base::ByteSink& sink_;
  const TrackFormat& format_;
  uint64_t position_ = 0;
};

}  // namespace rushes::media
