#pragma once

// Blocks of a slow source, kept: what reads media asks for a few bytes at a time.

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace rushes::store {

struct CachedSourceOptions {
  uint64_t block_bytes = 4 << 20;  // read at once, at a multiple of it
  size_t blocks = 8;               // kept; those used least recently go
};

// Thread-safe: two threads that need the same block wait for one read.
std::unique_ptr<base::ByteSource> cached_source(std::unique_ptr<base::ByteSource> source,
                                                const CachedSourceOptions& options = {});

}  // namespace rushes::store
