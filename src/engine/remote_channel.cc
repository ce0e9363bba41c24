#include "engine/remote_channel.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rushes::engine {

using base::Result;

namespace {
base::Error broker_has_gone() { return {base::Code::kUnavailable, "the broker has gone"}; }
}  // namespace

class RemoteChannel::Source final : public base::ByteSource {
 public:
  Source(std::shared_ptr<RemoteChannel> channel, uint32_t stream)
      : channel_(std::move(channel)), stream_(stream) {}
  ~Source() override { channel_->close(stream_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  uint64_t size() const override { return channel_->size_; }
  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    size_t done = 0;
    while (done < out.size()) {
      const auto piece = out.subspan(done, std::min(out.size() - done, kMaxRemoteRead));
      ASSIGN_OR_RETURN(const size_t n,
                       channel_->read(RemoteCall::kRead, stream_, offset + done, piece));
      done += n;
      if (n < piece.size()) break;
    }
    return done;
  }
  Result<size_t> read_some(uint64_t offset, std::span<std::byte> out) const override {
    return channel_->read(RemoteCall::kReadSome, stream_, offset,
                          out.first(std::min(out.size(), kMaxRemoteRead)));
  }
  void will_read(std::span<const base::ByteRange> ranges) const override {
    channel_->announce(RemoteCall::kWillRead, stream_, ranges);
  }
  void wanted_later(std::span<const base::ByteRange> ranges) const override {
    channel_->announce(RemoteCall::kWantedLater, stream_, ranges);
  }

 private:
  std::shared_ptr<RemoteChannel> channel_;
  const uint32_t stream_;
};

Result<std::unique_ptr<base::ByteSource>> RemoteChannel::open() {
  const std::lock_guard lock(mutex_);
  if (streams_.size() == kMaxRemoteStreams) {
    return base::resource("too many readers of one file in a store");
  }
  uint32_t stream = 0;
  while (streams_.contains(stream)) ++stream;
  streams_.insert(stream);
  return std::unique_ptr<base::ByteSource>(std::make_unique<Source>(shared_from_this(), stream));
}

Result<size_t> RemoteChannel::read(RemoteCall call, uint32_t stream, uint64_t offset,
                                   std::span<std::byte> out) {
  if (offset >= size_ || out.empty()) return size_t{0};
  const std::lock_guard lock(mutex_);
  const RemoteRequest request{call, stream, offset, std::min<uint64_t>(out.size(), size_ - offset)};
  RemoteAnswer answer;
  if (!send_all(socket_.get(), &request, sizeof(request)) ||
      !receive_all(socket_.get(), &answer, sizeof(answer))) {
    return broker_has_gone();
  }
  if (answer.failed != 0) return receive_error(socket_.get(), answer);
  if (answer.size > request.size) return base::internal("the broker answers with too much");
  if (!receive_all(socket_.get(), out.data(), answer.size)) return broker_has_gone();
  return size_t{answer.size};
}

void RemoteChannel::announce(RemoteCall call, uint32_t stream,
                             std::span<const base::ByteRange> ranges) {
  ranges = ranges.first(std::min(ranges.size(), kMaxRemoteRanges));
  std::vector<RemoteRange> list;
  list.reserve(ranges.size());
  for (const base::ByteRange& r : ranges) list.push_back({r.offset, r.size});
  const RemoteRequest request{call, stream, 0, list.size()};
  const std::lock_guard lock(mutex_);
  // If the broker has gone, the next read says so.
  static_cast<void>(send_all(socket_.get(), &request, sizeof(request)) &&
                    send_all(socket_.get(), list.data(), list.size() * sizeof(RemoteRange)));
}

void RemoteChannel::close(uint32_t stream) {
  const RemoteRequest request{RemoteCall::kClose, stream, 0, 0};
  const std::lock_guard lock(mutex_);
  static_cast<void>(send_all(socket_.get(), &request, sizeof(request)));
  streams_.erase(stream);
}

base::Status RemoteChannel::write(uint64_t offset, std::span<const std::byte> data) {
  const std::lock_guard lock(mutex_);
  while (!data.empty()) {
    const auto piece = data.first(std::min(data.size(), kMaxRemoteRead));
    const RemoteRequest request{RemoteCall::kWrite, 0, offset, piece.size()};
    RemoteAnswer answer;
    if (!send_all(socket_.get(), &request, sizeof(request)) ||
        !send_all(socket_.get(), piece.data(), piece.size()) ||
        !receive_all(socket_.get(), &answer, sizeof(answer))) {
      return broker_has_gone();
    }
    if (answer.failed != 0) return receive_error(socket_.get(), answer);
    offset += piece.size();
    data = data.subspan(piece.size());
  }
  return {};
}

std::optional<uint32_t> RemoteChannel::number_of_copied(std::string_view input) const {
  const auto found = std::find(copied_.begin(), copied_.end(), input);
  if (found == copied_.end()) return std::nullopt;
  return static_cast<uint32_t>(found - copied_.begin());
}

base::Status RemoteChannel::copy(uint32_t number, uint64_t offset, uint64_t size) {
  const RemoteRequest request{RemoteCall::kCopy, number, offset, size};
  RemoteAnswer answer;
  const std::lock_guard lock(mutex_);
  if (!send_all(socket_.get(), &request, sizeof(request)) ||
      !receive_all(socket_.get(), &answer, sizeof(answer))) {
    return broker_has_gone();
  }
  if (answer.failed != 0) return receive_error(socket_.get(), answer);
  return {};
}

std::unique_ptr<base::ByteSink> RemoteChannel::open_sink() {
  class Sink final : public base::ByteSink {
   public:
    explicit Sink(std::shared_ptr<RemoteChannel> channel) : channel_(std::move(channel)) {}
    base::Status write_at(uint64_t offset, std::span<const std::byte> data) override {
      return channel_->write(offset, data);
    }

   private:
    std::shared_ptr<RemoteChannel> channel_;
  };
  return std::make_unique<Sink>(shared_from_this());
}

}  // namespace rushes::engine
