#pragma once

// The child's end of a file that lies in a store: it has no descriptor of the bytes, and asks the
// broker for them, or gives them to it.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "engine/remote_protocol.h"

namespace rushes::engine {

// Thread-safe; one question at a time.
class RemoteChannel : public std::enable_shared_from_this<RemoteChannel> {
 public:
  // `copied`: of an output, names of inputs that lie in the same bucket.
  RemoteChannel(base::UniqueFd socket, uint64_t size, std::vector<std::string> copied = {})
      : socket_(std::move(socket)), size_(size), copied_(std::move(copied)) {}

  // A reader of its own: what one announces is not in the way of another. kResource if there are
  // too many.
  base::Result<std::unique_ptr<base::ByteSource>> open();
  // Of an output.
  std::unique_ptr<base::ByteSink> open_sink();
  std::optional<uint32_t> number_of_copied(std::string_view input) const;
  // Of that input, behind what was written.
  base::Status copy(uint32_t number, uint64_t offset, uint64_t size);

 private:
  base::Status write(uint64_t offset, std::span<const std::byte> data);
  class Source;
  base::Result<size_t> read(RemoteCall call, uint32_t stream, uint64_t offset,
                            std::span<std::byte> out);
  void announce(RemoteCall call, uint32_t stream, std::span<const base::ByteRange> ranges);
  void close(uint32_t stream);

  base::UniqueFd socket_;
  const uint64_t size_;
  const std::vector<std::string> copied_;
  std::mutex mutex_;
  std::set<uint32_t> streams_;
};

}  // namespace rushes::engine
