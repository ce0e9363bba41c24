#pragma once

// A text that must never be shown: it cannot be streamed, printed by a test or compared in one. Who
// sends or signs with it says so by calling reveal().

#include <iosfwd>
#include <string>
#include <utility>

namespace rushes::net {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::string text_;
};

// For GoogleTest, which would show the bytes of the object.
void PrintTo(const Secret& secret, std::ostream* out);

}  // namespace rushes::net
