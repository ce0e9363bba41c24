#pragma once

// XXH3-128: names contents (inputs, fonts, outputs). It is not proof against someone who wants two
// contents with one name.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace rushes::base {

class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(ContentHash&&) noexcept;
  ContentHash& operator=(ContentHash&&) noexcept;

  void update(std::span<const std::byte> data);
  std::string hex() const;  // 32 digits, of all that was given so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_of(std::string_view data);
// The whole of a source, read in pieces.
Result<std::string> hash_of(const ByteSource& source);

// Names the content of a source of any length: up to kHashChunk bytes it is hash_of; a longer one
// is the hash of the hashes of its chunks, one after the other in hex, which several threads work
// out. `on_progress` is called on this thread, some 20 times a second, and its error stops
// it.
inline constexpr uint64_t kHashChunk = uint64_t{64} << 20;
using HashProgress = std::function<Status(uint64_t done, uint64_t total)>;
Result<std::string> content_hash(const ByteSource& source, const HashProgress& on_progress = {});

}  // namespace rushes::base
