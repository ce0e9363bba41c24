#pragma once

// Where bytes come from and go to. Media code reads and writes through these alone: it never opens
// a file, so it can run where open() is refused.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

namespace rushes::base {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// Random-access, read-only, of known length. Thread-safe: read_at has no state.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills `out` from `offset`; returns how many bytes were read, fewer only at the end.
  virtual Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const = 0;
  // At least one byte unless at the end, and no more than is at hand: for readers that ask for more
  // than they need.
  virtual Result<size_t> read_some(uint64_t offset, std::span<std::byte> out) const {
    return read_at(offset, out);
  }
  // These are what will be read next, in this order, and nothing else; what was said before holds
  // no more. For sources that are far away: others do nothing with it.
  virtual void will_read(std::span<const ByteRange> /*ranges*/) const {}
  // These another reader, or another task, will want sooner or later: whoever has them at hand by
  // chance may keep them. What was said before holds no more.
  virtual void wanted_later(std::span<const ByteRange> /*ranges*/) const {}
};

// Random-access, write-only. One writer at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write_at(uint64_t offset, std::span<const std::byte> data) = 0;
};

// Both take a descriptor that they do not own and that must outlive them (pread and pwrite).
std::unique_ptr<ByteSource> fd_source(int fd, uint64_t size);
std::unique_ptr<ByteSink> fd_sink(int fd);

// Owns its bytes.
std::unique_ptr<ByteSource> memory_source(std::vector<std::byte> data);

// Grows as it is written; take `data` when done.
class MemorySink final : public ByteSink {
 public:
  Status write_at(uint64_t offset, std::span<const std::byte> data) override;
  std::vector<std::byte> data;
};

// The whole of a source that must not be longer than `limit` (kInvalidArgument if it is).
Result<std::vector<std::byte>> read_all(const ByteSource& source, uint64_t limit);

}  // namespace rushes::base
