#pragma once

// Grow-only scratch storage, 64-byte aligned: allocates when a larger size is first asked for and
// never again. Contents are not kept when it grows and never initialised.

#include <cstddef>
#include <memory>
#include <new>

namespace rushes::kernels {

class AlignedBuffer {
 public:
  template <class T>
  T* ensure(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes > size_) {
      bytes_.reset(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64})));
      size_ = bytes;
    }
    return reinterpret_cast<T*>(bytes_.get());
  }

 private:
  struct Delete {
    void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Delete> bytes_;
  size_t size_ = 0;
};

}  // namespace rushes::kernels
