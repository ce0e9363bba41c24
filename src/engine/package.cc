#include "engine/package.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace rushes::engine {
namespace {

constexpr size_t kFdsPerDatagram = 200;  // the kernel takes up to 253

struct Header {
  uint64_t body_bytes = 0;
  uint64_t fds_left = 0;  // including those of this datagram, without the body's
  uint64_t body = 0;      // 1 in the first datagram, whose first descriptor is the body
};

union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * (kFdsPerDatagram + 1))];
};

base::Status send_datagram(int socket, const Header& header, std::span<const int> fds) {
  ControlBuffer control = {};
  iovec piece = {const_cast<Header*>(&header), sizeof(header)};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* cmsg = CMSG_FIRSTHDR(&message);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(cmsg), fds.data(), fds.size_bytes());
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0)
    return {base::Error{base::Code::kUnavailable,
                        std::string("sending to the jailed process: ") + std::strerror(errno)}};
  return {};
}

base::Result<Header> receive_datagram(int socket, std::vector<base::UniqueFd>& fds) {
  ControlBuffer control = {};
  Header header;
  iovec piece = {&header, sizeof(header)};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t received = 0;
  do {
    received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return base::from_errno(errno, "receiving from the broker");
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&message); cmsg; cmsg = CMSG_NXTHDR(&message, cmsg)) {
    if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
  if (received == 0) return base::Error{base::Code::kUnavailable, "the broker has gone"};
  if (received != sizeof(header)) return base::internal("a broken message from the broker");
  // More descriptors than RLIMIT_NOFILE allows are dropped by the kernel.
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return base::resource("too many files for one process");
  }
  return header;
}

base::Result<nlohmann::json> read_body(int fd, uint64_t bytes) {
  std::string text(bytes, '\0');
  const auto source = base::fd_source(fd, bytes);
  ASSIGN_OR_RETURN(size_t read, source->read_at(0, std::as_writable_bytes(std::span(text))));
  auto json = nlohmann::json::parse(text.data(), text.data() + read, nullptr, false);
  if (json.is_discarded()) return base::internal("a broken document from the broker");
  return json;
}

}  // namespace

base::Status send_package(int socket, const nlohmann::json& json, std::span<const int> fds) {
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  base::UniqueFd body(memfd_create("rushes-task", MFD_CLOEXEC));
  if (!body) return base::from_errno(errno, "memfd_create");
  const auto sink = base::fd_sink(body.get());
  RETURN_IF_ERROR(sink->write_at(0, std::as_bytes(std::span(text))));

  std::vector<int> first = {body.get()};
  const size_t with_body = std::min(fds.size(), kFdsPerDatagram);
  first.insert(first.end(), fds.begin(), fds.begin() + static_cast<ptrdiff_t>(with_body));
  RETURN_IF_ERROR(send_datagram(socket, {text.size(), fds.size(), 1}, first));
  for (size_t at = with_body; at < fds.size(); at += kFdsPerDatagram) {
    const auto some = fds.subspan(at, std::min(kFdsPerDatagram, fds.size() - at));
    RETURN_IF_ERROR(send_datagram(socket, {0, fds.size() - at, 0}, some));
  }
  return {};
}

base::Result<Package> receive_package(int socket) {
  Package package;
  ASSIGN_OR_RETURN(Header first, receive_datagram(socket, package.fds));
  if (first.body != 1 || package.fds.empty()) {
    return base::internal("a message from the broker without its document");
  }
  ASSIGN_OR_RETURN(package.json, read_body(package.fds.front().get(), first.body_bytes));
  package.fds.erase(package.fds.begin());
  while (package.fds.size() < first.fds_left) {
    const size_t before = package.fds.size();
    ASSIGN_OR_RETURN(Header next, receive_datagram(socket, package.fds));
    if (next.fds_left != first.fds_left - before || package.fds.size() == before) {
      return base::internal("messages from the broker out of order");
    }
  }
  return package;
}

}  // namespace rushes::engine
