#include "engine/remote_protocol.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/child_event.h"

namespace rushes::engine {

base::Result<RemoteSockets> make_remote_sockets() {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return base::from_errno(errno, "socketpair");
  }
  return RemoteSockets{base::UniqueFd(sockets[0]), base::UniqueFd(sockets[1])};
}

bool send_all(int socket, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    iovec piece = {const_cast<char*>(at), size};
    msghdr message = {};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool receive_all(int socket, void* data, size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    iovec piece = {at, size};
    msghdr message = {};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const ssize_t n = recvmsg(socket, &message, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool send_error(int socket, const base::Error& error) {
  std::string text =
      error_to_json(error).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kMaxRemoteError) text = error_to_json({error.code, "failed"}).dump();
  const RemoteAnswer answer{1, static_cast<uint32_t>(text.size())};
  return send_all(socket, &answer, sizeof(answer)) && send_all(socket, text.data(), text.size());
}

base::Error receive_error(int socket, const RemoteAnswer& answer) {
  std::string text(std::min<size_t>(answer.size, kMaxRemoteError), '\0');
  if (!receive_all(socket, text.data(), text.size())) {
    return {base::Code::kUnavailable, "the broker has gone"};
  }
  return error_from_json(nlohmann::json::parse(text, nullptr, false));
}

}  // namespace rushes::engine
