#include "net/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/result.h"

namespace rushes::net {
namespace {

constexpr size_t kSha256Bytes = 32;

const unsigned char* bytes_of(const void* data) { return static_cast<const unsigned char*>(data); }

}  // namespace

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

std::string sha256_hex(std::span<const std::byte> data) {
  std::string digest(kSha256Bytes, '\0');
  RUSHES_CHECK(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                          nullptr, EVP_sha256(), nullptr) == 1);
  return hex(digest);
}

std::string sha256_hex(std::string_view data) { return sha256_hex(std::as_bytes(std::span(data))); }

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string digest(kSha256Bytes, '\0');
  RUSHES_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data.data()),
                    data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                    nullptr) != nullptr);
  return digest;
}

}  // namespace rushes::net
