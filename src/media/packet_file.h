#pragma once

// The packets that one task made, on their way to be joined.
//
// A packet file, version 2; all numbers little-endian:
//
//   header    8  magic "RSHPKT\r\n"
//             4  version (2)
//             4  codec (1 H.264, 2 AAC, 3 HEVC, 4 Opus, 5 AV1, 6 VP9, 7 ProRes, 8 PCM, 9 GIF)
//             8  time base numerator       8  denominator
//             4  width    4  height    4  sample rate    4  channels    4  priming    4  reorder
//             8  bit rate
//             4  bytes of extradata (at most 65536), then these
//   packets   4  mark "PKT "      4  flags (bit 0: key)
//             8  pts      8  dts      8  duration
//             4  bytes of data (at most 256 MiB), then these
//   notes     4  mark "NOTE"      4  bytes of text (at most 1 MiB), then these; may be missing
//   trailer   4  mark "END "      4  zero
//             8  packets          8  bytes of data in all of them
//             16 XXH3-128 of all bytes before this field, high half first
//
// Nothing follows the trailer. Readers trust nothing: every length is checked against the file, and
// the hash is checked before the last packet's successor (the end) is reported.

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "media/packet.h"

namespace rushes::media {

class PacketFileWriter {
 public:
  // The sink must outlive the writer.
  static base::Result<std::unique_ptr<PacketFileWriter>> open(base::ByteSink& sink,
                                                              const TrackFormat& format);
  ~PacketFileWriter();
  PacketFileWriter(const PacketFileWriter&) = delete;
  PacketFileWriter& operator=(const PacketFileWriter&) = delete;
  base::Status write(const Packet& packet);
  // What whoever joins the packets should know; after the last packet, at most once.
  base::Status note(const std::string& text);
  // Writes the trailer: the file is whole only after this.
  base::Status finish();
  uint64_t bytes() const;  // written so far
  int64_t packets() const;

 private:
  struct Impl;
  explicit PacketFileWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class PacketFileReader {
 public:
  // Checks header and trailer. The source must outlive the reader.
  static base::Result<std::unique_ptr<PacketFileReader>> open(const base::ByteSource& source);
  ~PacketFileReader();
  PacketFileReader(const PacketFileReader&) = delete;
  PacketFileReader& operator=(const PacketFileReader&) = delete;
  const TrackFormat& format() const;
  int64_t packets() const;      // in the whole file
  uint64_t data_bytes() const;  // of all packets
  // The next packet; empty at the end, which is reported only if counts and hash are right
  // (kCorrupt otherwise).
  base::Result<std::optional<Packet>> next();
  // Empty before the end has been read.
  const std::string& notes() const;

 private:
  struct Impl;
  explicit PacketFileReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
