#pragma once

// One track as fragmented MP4 (ISO/IEC 14496-12, as RFC 8216 wants it): a header of its own, and
// pieces that each stand in a file of their own. Times run on from piece to piece. An edit list in
// the header leaves out the priming of sound and the time by which decoding runs ahead of pictures,
// so that pts 0 is heard and seen at 0. The same packets give the same bytes.

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "media/packet.h"

namespace rushes::media {

// As RFC 6381 writes it: "avc1.64001f", "hvc1.1.6.L93.90", "mp4a.40.2".
base::Result<std::string> codec_name(const TrackFormat& format);

class FragmentMuxer {
 public:
  // The header is whole once the first packet has been written. The sink must live until then.
  static base::Result<std::unique_ptr<FragmentMuxer>> open(base::ByteSink& header,
                                                           const TrackFormat& format);
  ~FragmentMuxer();
  FragmentMuxer(const FragmentMuxer&) = delete;
  FragmentMuxer& operator=(const FragmentMuxer&) = delete;

  // Packets go to this sink from here on. It must live until end().
  base::Status begin(base::ByteSink& piece);
  // In decoding order, without a gap; the first of a video is a key packet at pts 0, the first of
  // sound begins with the priming.
  base::Status write(const Packet& packet);
  // The piece is whole.
  base::Status end();

 private:
  struct Impl;
  explicit FragmentMuxer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
