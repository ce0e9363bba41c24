#pragma once

// Packets that an encoder of ours made, back to pictures: to see what has become of them.

#include <memory>
#include <optional>

#include "base/result.h"
#include "frame/frame.h"
#include "media/packet.h"

namespace rushes::media {

class PacketDecoder {
 public:
  // A track of pictures, 4:2:0 of 8 bits. By one thread.
  static base::Result<std::unique_ptr<PacketDecoder>> open(const TrackFormat& format);
  ~PacketDecoder();
  PacketDecoder(const PacketDecoder&) = delete;
  PacketDecoder& operator=(const PacketDecoder&) = delete;

  // In decoding order. What cannot be decoded is kInternal: we made it.
  base::Status send(const Packet& packet);
  // No more packets; what is left comes from receive().
  base::Status finish();
  // The next frame shown; empty when more packets are needed, and at the end.
  base::Result<std::optional<frame::Frame>> receive();

 private:
  struct Impl;
  explicit PacketDecoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
