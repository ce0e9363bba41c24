#pragma once

// XXH3-128: names contents (inputs, fonts, outputs). It is not proof against someone who wants two
// contents with one name.

#include <cstddef>
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

}  // namespace rushes::base
