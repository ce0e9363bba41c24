#pragma once

// Memory of large buffers, kept for the next buffer of the same size. A render makes and drops a
// frame of megabytes every few milliseconds: from the system each would cost a page fault every
// 4 KiB (4 % of a render's CPU time), from the heap it leaves holes (60 MB of them in an ad).
// For this layer's own files.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace rushes::frame {

// Buffers start at 64-byte boundaries. May be used from any thread.
class Recycler {
 public:
  // Keeps the last `kept` buffers of at least `smallest` bytes that were given back.
  Recycler(size_t kept, size_t smallest) : kept_(kept), smallest_(smallest) {}
  ~Recycler();
  Recycler(const Recycler&) = delete;
  Recycler& operator=(const Recycler&) = delete;

  uint8_t* take(size_t size);
  void give_back(uint8_t* bytes, size_t size) noexcept;
  size_t held() const;  // buffers that wait to be taken

 private:
  struct Block {
    uint8_t* bytes;
    size_t size;
  };
  const size_t kept_, smallest_;
  mutable std::mutex mutex_;
  std::vector<Block> blocks_;  // the oldest first
};

// Not initialised; given back to one recycler of the whole process.
std::shared_ptr<uint8_t[]> recycled_bytes(size_t size);

}  // namespace rushes::frame
