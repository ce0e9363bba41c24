#pragma once

// What the child asks of an input that lies in a store, and writes to an output there, over a
// stream socket of that file's own. One side writes a request and reads its answer before the next
// one, if it has one. Both are of one build on one machine. Internal to this layer.

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::engine {

enum class RemoteCall : uint32_t {
  kRead,         // answered; `size` bytes, at most kMaxRemoteRead
  kReadSome,     // answered; what is at hand
  kWillRead,     // `size` times RemoteRange follow, at most kMaxRemoteRanges
  kWantedLater,  // likewise
  kClose,        // the stream is not used any more
  kWrite,        // answered; `size` bytes follow, at most kMaxRemoteRead
  kCopy,  // answered; `size` bytes of the input that has number `stream` of those it may name
};

struct RemoteRequest {
  RemoteCall call = RemoteCall::kRead;
  uint32_t stream = 0;  // a reader of its own, see store/read_ahead.h; at most kMaxRemoteStreams
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct RemoteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// `size` bytes follow: what was read, or an error as JSON. Of what was written none.
struct RemoteAnswer {
  uint32_t failed = 0;
  uint32_t size = 0;
};

inline constexpr size_t kMaxRemoteRead = 1 << 20;
inline constexpr size_t kMaxRemoteRanges = 1 << 18;
inline constexpr size_t kMaxRemoteStreams = 64;  // at once
inline constexpr size_t kMaxRemoteError = 1 << 16;

// As the answer to a request.
bool send_error(int socket, const base::Error& error);
base::Error receive_error(int socket, const RemoteAnswer& answer);

// Both ends of a channel.
struct RemoteSockets {
  base::UniqueFd broker, child;
};
base::Result<RemoteSockets> make_remote_sockets();

// All of it. False: the other side has gone.
bool send_all(int socket, const void* data, size_t size);
bool receive_all(int socket, void* data, size_t size);

}  // namespace rushes::engine
