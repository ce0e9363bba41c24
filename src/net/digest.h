#pragma once

// SHA-256, and what signatures make of it.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rushes::net {

std::string sha256_hex(std::span<const std::byte> data);
std::string sha256_hex(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes
std::string hex(std::string_view bytes);                               // lower case

}  // namespace rushes::net
