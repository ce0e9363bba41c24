#pragma once

// A source that is far away, for one reader that goes through it more or less in order: what it
// says it will read (ByteSource::will_read) is fetched before, by several requests at once, and
// nothing else is. Where it says nothing, reads that follow one another fetch ever more at a time.

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "store/kept_ranges.h"

namespace rushes::store {

struct ReadAheadOptions {
  uint64_t window_bytes = 32 << 20;  // fetched and not yet read, at most
  uint64_t request_bytes = 2 << 20;  // of what was announced, at most, as pace.h says
  int requests = 8;                  // at once, at most
  uint64_t block_bytes = 128 << 10;  // of the first requests; of what was not announced: read at
                                     // once, at a multiple of it
  size_t blocks = 32;                // of these, kept
  // Bytes that nobody asked for, between two ranges, are fetched along if they are no more: a
  // request of its own costs more.
  uint64_t along_bytes = 64 << 10;
  // Where blocks, and what is wanted later (ByteSource::wanted_later), are kept and looked for; or
  // null.
  std::shared_ptr<KeptRanges> kept;
};

// What was announced is kept until the reader is two requests of the largest size past it. The
// source must be thread-safe, as all are; errors of a request are the result of the read that wants
// its bytes, and the next read asks again. Destroyed, it waits for the requests on their way.
std::unique_ptr<base::ByteSource> read_ahead(std::shared_ptr<const base::ByteSource> source,
                                             const ReadAheadOptions& options = {});

}  // namespace rushes::store
