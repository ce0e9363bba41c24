#include "net/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/result.h"

namespace rushes::net {
namespace {

constexpr size_t kSha256Bytes = 32;

const unsigned char* bytes_of(const void* data) { return static_cast<const unsigned char*>(data); }

std::string digest_of(std::span<const std::byte> data, const EVP_MD* kind) {
  std::string digest(static_cast<size_t>(EVP_MD_get_size(kind)), '\0');
  RUSHES_CHECK(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                          nullptr, kind, nullptr) == 1);
  return digest;
}

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
  return hex(digest_of(data, EVP_sha256()));
}

std::string md5(std::span<const std::byte> data) { return digest_of(data, EVP_md5()); }

std::string sha256_hex(std::string_view data) { return sha256_hex(std::as_bytes(std::span(data))); }

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string digest(kSha256Bytes, '\0');
  RUSHES_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data.data()),
                    data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                    nullptr) != nullptr);
  return digest;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // with OpenSSL's NUL
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                bytes_of(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(n));
  return out;
}

std::string base64_url(std::string_view bytes) {
  std::string out = base64(bytes);
  out.resize(std::min(out.find('='), out.size()));
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

}  // namespace rushes::net
