#pragma once

// http and https URLs (RFC 3986), kept as they are sent: nothing is decoded or tidied up.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rushes::net {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case; IPv6 in brackets
  int port = 0;            // 0: the scheme's own
  std::string path = "/";  // percent-encoded
  std::string query;       // percent-encoded, without its '?'

  int effective_port() const { return port != 0 ? port : (scheme == "https" ? 443 : 80); }
  std::string host_header() const;  // with the port where it is not the scheme's own
  std::string text() const;
  // Without the query, where signatures stand: for messages.
  std::string shown() const;
  // Appends a parameter; both are encoded here.
  void add_query(std::string_view name, std::string_view value);
};

inline constexpr size_t kMaxUrlBytes = 16 << 10;

// kInvalidArgument, which does not repeat the URL, if it is not one, or holds a user or a password.
base::Result<Url> parse_url(std::string_view text);
// What a Location header means in an answer from `base`.
base::Result<Url> resolve(const Url& base, std::string_view location);
bool same_origin(const Url& a, const Url& b);

// All but A-Z a-z 0-9 - . _ ~ becomes %XX; so does '/' unless it is kept.
enum class Slash { kEncode, kKeep };
std::string percent_encode(std::string_view text, Slash slash);
// Nothing if a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace rushes::net
