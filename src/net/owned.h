#pragma once

// Owners for what C libraries hand out. For this layer's own files.

#include <memory>

namespace rushes::net {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

}  // namespace rushes::net
