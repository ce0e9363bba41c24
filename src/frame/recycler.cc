#include "frame/recycler.h"

#include <algorithm>
#include <iterator>
#include <new>

namespace rushes::frame {
namespace {

constexpr auto kAlign = std::align_val_t{64};
constexpr size_t kSmallest = 1 << 20;

// A sanitizer that watches addresses must see every buffer die.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kKept = 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr size_t kKept = 0;
#else
constexpr size_t kKept = 4;
#endif
#else
constexpr size_t kKept = 4;
#endif

void release(uint8_t* bytes) noexcept { ::operator delete[](bytes, kAlign); }

}  // namespace

Recycler::~Recycler() {
  for (const Block& block : blocks_) release(block.bytes);
}

uint8_t* Recycler::take(size_t size) {
  if (size >= smallest_) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(),
                                    [size](const Block& b) { return b.size == size; });
    if (found != blocks_.rend()) {
      uint8_t* bytes = found->bytes;
      blocks_.erase(std::next(found).base());
      return bytes;
    }
    blocks_.reserve(kept_);  // so that give_back() needs no memory
  }
  return static_cast<uint8_t*>(::operator new[](size, kAlign));
}

void Recycler::give_back(uint8_t* bytes, size_t size) noexcept {
  if (size >= smallest_ && kept_ > 0) {
    const std::lock_guard lock(mutex_);
    uint8_t* oldest = nullptr;
    if (blocks_.size() == kept_) {
      oldest = blocks_.front().bytes;
      blocks_.erase(blocks_.begin());
    }
    blocks_.push_back({bytes, size});
    bytes = oldest;
  }
  if (bytes != nullptr) release(bytes);
}

size_t Recycler::held() const {
  const std::lock_guard lock(mutex_);
  return blocks_.size();
}

std::shared_ptr<uint8_t[]> recycled_bytes(size_t size) {
  // Never destroyed: frames may outlive everything.
  static Recycler& recycler = *new Recycler(kKept, kSmallest);
  return {recycler.take(size), [size](uint8_t* bytes) { recycler.give_back(bytes, size); }};
}

}  // namespace rushes::frame
