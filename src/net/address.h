#pragma once

// Whether an address is one of the public internet. What is not (this machine, private networks,
// link-local addresses with the credentials that clouds keep there) must not be reached by naming
// it in a document. Source: the IANA registries of special-purpose addresses (RFC 6890).

#include <sys/socket.h>

#include <string>

namespace rushes::net {

// IPv4 and IPv6; an IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is. Any
// other family is not public.
bool is_public(const sockaddr* address);
std::string address_text(const sockaddr* address);

}  // namespace rushes::net
