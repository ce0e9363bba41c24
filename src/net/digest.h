#pragma once

// Digests, and how they are written.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rushes::net {

std::string sha256_hex(std::span<const std::byte> data);
std::string sha256_hex(std::string_view data);
std::string md5(std::span<const std::byte> data);  // 16 bytes; only for Content-MD5
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes
std::string hex(std::string_view bytes);                               // lower case
std::string base64(std::string_view bytes);
std::string base64_url(std::string_view bytes);  // RFC 4648, section 5, without padding

}  // namespace rushes::net
