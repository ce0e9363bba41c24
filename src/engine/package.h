#pragma once

// What the broker sends to the child: a JSON document and descriptors, over a SOCK_SEQPACKET
// socket. The document travels as a memfd, so it may be large and no send has to wait; descriptors
// come in as many datagrams as they need. Nothing travels the other way.

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::engine {

struct Package {
  nlohmann::json json;
  std::vector<base::UniqueFd> fds;  // close-on-exec
};

// Never waits: kUnavailable when the other side does not read.
base::Status send_package(int socket, const nlohmann::json& json, std::span<const int> fds);

// Waits. kUnavailable when the other side has gone.
base::Result<Package> receive_package(int socket);

}  // namespace rushes::engine
