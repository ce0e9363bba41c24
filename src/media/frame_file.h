#pragma once

// One picture, as it is kept between tasks.
//
// A frame file, version 1; all numbers little-endian:
//
//   header    8  magic "RSHFRM\r\n"
//             4  version (1)
//             4  layout (0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4, 4 RGB)      4  depth (8 to 16)
//             4  flags (bit 0: alpha, bit 1: premultiplied)
//             4  matrix (0 BT.601, 1 BT.709, 2 BT.2020, 3 unknown)
//             4  range (0 limited, 1 full, 2 unknown)
//             4  chroma site (0 left, 1 centre, 2 top left)
//             4  transfer (0 SDR, 1 PQ, 2 HLG)
//             4  width    4  height (1 to 65535)
//             4  bytes of notes (at most 64 KiB), then these
//   planes    one after the other, in the order of frame::Frame; rows without padding; samples of
//             1 byte, or of 2 where depth > 8
//
// Nothing follows. It has no hash: the store has one. Readers trust nothing, and get by with a file
// that changes while they read: numbers and lengths are checked once they have been read, against
// the size that the file is said to have, and samples for having no more bits than the depth.

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "frame/frame.h"

namespace rushes::media {

inline constexpr size_t kMaxFrameNotes = size_t{64} << 10;

// `notes`: what whoever uses the picture should know.
base::Status write_frame_file(base::ByteSink& sink, const frame::Frame& picture,
                              const std::string& notes);

class FrameFileReader {
 public:
  // Reads the header, and allocates nothing for the picture. The source must outlive the reader.
  static base::Result<FrameFileReader> open(const base::ByteSource& source);
  const frame::Format& format() const { return format_; }
  int width() const { return width_; }
  int height() const { return height_; }
  const std::string& notes() const { return notes_; }
  base::Result<frame::Frame> read() const;

 private:
  explicit FrameFileReader(const base::ByteSource& source) : source_(&source) {}
  const base::ByteSource* source_;
  frame::Format format_;
  int width_ = 0;
  int height_ = 0;
  std::string notes_;
  uint64_t planes_at_ = 0;
};

}  // namespace rushes::media
