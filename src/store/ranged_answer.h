#pragma once

// What servers answer when they are asked for a range of bytes (RFC 9110, section 14), checked
// before a byte of it is used.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace rushes::store {

struct ContentRange {
  uint64_t first = 0, last = 0;
  std::optional<uint64_t> size;  // of the whole
};
std::optional<ContentRange> parse_content_range(std::string_view text);
std::optional<uint64_t> parse_size(std::string_view text);  // digits alone

std::string range_header(uint64_t first, uint64_t size);

// Takes the answer to one such request. Connect on_head and on_data to the request.
class RangedAnswer {
 public:
  // `whole`: of the object. `version`: the entity tag that the answer must carry, if not empty.
  RangedAnswer(uint64_t offset, std::span<std::byte> out, uint64_t whole, std::string version)
      : offset_(offset), out_(out), whole_(whole), version_(std::move(version)) {}

  void ask(net::Request& request);
  // kUnavailable if bytes are missing.
  base::Status finish() const;
  // The server sends everything whatever it is asked for.
  bool ignored_range() const { return ignored_range_; }
  bool changed() const { return changed_; }

 private:
  base::Status on_head(int status, const net::Headers& headers);
  base::Status on_data(std::span<const std::byte> piece);

  uint64_t offset_;
  std::span<std::byte> out_;
  uint64_t whole_;
  std::string version_;
  size_t received_ = 0;
  bool ignored_range_ = false;
  bool changed_ = false;
};

}  // namespace rushes::store
