#pragma once

// A movie as the bytes of a file: its index in front, then its samples in the order in which they
// lay (or by time), so that they are read and written in one go. All of it is known before the
// first byte is written.

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "mp4/movie.h"

namespace rushes::mp4 {

// Bytes of a source, one after the other.
struct Piece {
  uint16_t source = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct Layout {
  Bytes head;  // to the beginning of the samples, and those of the movie's own
  std::vector<Piece> pieces;
  uint64_t size = 0;  // of the file
};

struct LayoutOptions {
  int64_t seconds_later = 0;  // than the recording: what its dates of making are moved by
  // Second by second, and only within each as samples lay: where the tracks come from several
  // files, and players are to find together what goes together.
  bool by_time = false;
};

// The file that a layout tells of, without writing it. All must outlive it.
std::unique_ptr<base::ByteSource> laid_out(const Layout& layout,
                                           const std::vector<const base::ByteSource*>& sources);

// Tracks without samples are left out, with what refers to them.
Layout lay_out(const Movie& movie, const LayoutOptions& options = {});

}  // namespace rushes::mp4
