#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rushes::net {
namespace {

struct Range4 {
  uint32_t start;
  int bits;
};

constexpr uint32_t ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Range4 kSpecial4[] = {
    {ip(0, 0, 0, 0), 8},      {ip(10, 0, 0, 0), 8},     {ip(100, 64, 0, 0), 10},
    {ip(127, 0, 0, 0), 8},    {ip(169, 254, 0, 0), 16}, {ip(172, 16, 0, 0), 12},
    {ip(192, 0, 0, 0), 24},   {ip(192, 0, 2, 0), 24},   {ip(192, 88, 99, 0), 24},
    {ip(192, 168, 0, 0), 16}, {ip(198, 18, 0, 0), 15},  {ip(198, 51, 100, 0), 24},
    {ip(203, 0, 113, 0), 24}, {ip(224, 0, 0, 0), 4},    {ip(240, 0, 0, 0), 4},
};

bool is_public4(uint32_t address) {
  return std::none_of(std::begin(kSpecial4), std::end(kSpecial4), [address](const Range4& range) {
    return (address ^ range.start) >> (32 - range.bits) == 0;
  });
}

using Bytes16 = std::array<uint8_t, 16>;

uint32_t last_four(const Bytes16& a) { return ip(a[12], a[13], a[14], a[15]); }

bool starts_with(const Bytes16& address, const Bytes16& prefix, size_t bytes) {
  return std::equal(prefix.begin(), prefix.begin() + static_cast<ptrdiff_t>(bytes),
                    address.begin());
}

bool is_public6(const Bytes16& a) {
  constexpr Bytes16 kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr Bytes16 kNat64 = {0, 0x64, 0xff, 0x9b};
  if (starts_with(a, kMapped, 12) || starts_with(a, kNat64, 12)) return is_public4(last_four(a));
  const bool global = (a[0] & 0xe0) == 0x20;                        // 2000::/3
  const bool protocols = a[0] == 0x20 && a[1] == 0x01 && a[2] < 2;  // 2001::/23, Teredo in it
  const bool documentation = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8;
  const bool documentation2 = a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10;  // 3fff::/20
  const bool six_to_four = a[0] == 0x20 && a[1] == 0x02;                    // 2002::/16
  return global && !protocols && !documentation && !documentation2 && !six_to_four;
}

}  // namespace

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in = {};
    std::memcpy(&in, address, sizeof(in));
    return is_public4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in = {};
    std::memcpy(&in, address, sizeof(in));
    Bytes16 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    sockaddr_in in = {};
    std::memcpy(&in, address, sizeof(in));
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 in = {};
    std::memcpy(&in, address, sizeof(in));
    inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof(text));
  }
  return text;
}

}  // namespace rushes::net
