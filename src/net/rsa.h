#pragma once

// Signatures with a private RSA key, as JSON Web Tokens have them (RFC 7518: RS256).

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/secret.h"

namespace rushes::net {

// `key`: PEM. kInvalidArgument, without a word of it, if it is not a key.
base::Result<std::string> sign_rs256(const Secret& key, std::string_view text);

}  // namespace rushes::net
