#include "engine/remote_inputs.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <span>

#include "base/error_catalog.h"
#include "base/hash.h"
#include "base/uri.h"
#include "engine/child_event.h"
#include "engine/remote_protocol.h"
#include "store/read_ahead.h"

namespace rushes::engine {

using base::Result;
using base::Status;

namespace {

constexpr std::string_view kIdentity = "remote:";
constexpr size_t kOpenedAtOnce = 8;

// Of "remote:SIZE:VERSION".
std::optional<store::ObjectInfo> seen_in(const std::string& identity) {
  if (!identity.starts_with(kIdentity)) return std::nullopt;
  const size_t colon = identity.find(':', kIdentity.size());
  if (colon == std::string::npos) return std::nullopt;
  store::ObjectInfo info;
  const char* const end = identity.data() + colon;
  const auto parsed = std::from_chars(identity.data() + kIdentity.size(), end, info.size);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  info.version = identity.substr(colon + 1);
  return info;
}

}  // namespace

std::string RemoteInput::identity() const {
  return std::string(kIdentity) + std::to_string(object.info.size) + ":" + object.info.version;
}

std::string RemoteInput::hash() const {
  return base::hash_of("remote 1 " + std::to_string(shown.size()) + " " + shown + " " + identity());
}

class RemoteInputs::Counted final : public base::ByteSource {
 public:
  Counted(std::shared_ptr<const base::ByteSource> source, RemoteInputs& owner)
      : source_(std::move(source)), owner_(owner) {}
  uint64_t size() const override { return source_->size(); }
  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    auto read = source_->read_at(offset, out);
    ++owner_.requests_;
    if (read.ok()) owner_.bytes_ += *read;
    return read;
  }

 private:
  std::shared_ptr<const base::ByteSource> source_;
  RemoteInputs& owner_;
};

RemoteInputs::~RemoteInputs() {
  stores_.cancel();
  for (const auto& channel : channels_) shutdown(channel->socket.get(), SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

// Anybody may ask a web server; what is read with the user's credentials the user has named.
Status RemoteInputs::check_root(const std::string& uri) const {
  if (uri.starts_with("http")) return {};
  for (const std::string& root : roots_) {
    const bool begins = uri.starts_with(root);
    if (begins && (uri.size() == root.size() || root.ends_with('/') || uri[root.size()] == '/')) {
      return {};
    }
  }
  return base::permission("it lies outside the folders that may be read; --root adds one");
}

Result<RemoteInput> RemoteInputs::open(const NamedPath& wanted,
                                       store::StoreContext& context) const {
  RemoteInput input{.name = wanted.name, .shown = base::shown_uri(wanted.path), .object = {}};
  RETURN_IF_ERROR(check_root(wanted.path));
  std::optional<store::ObjectInfo> seen;
  if (!wanted.identity.empty()) {
    seen = seen_in(wanted.identity);
    if (!seen) return base::invalid_argument("its identity is none of an object in a store");
  }
  ASSIGN_OR_RETURN(input.object, context.object(wanted.path, seen));
  if (input.object.info.version.empty()) {
    return base::unsupported(
        "the server says neither by ETag nor by Last-Modified which version it is, so that a "
        "change in the middle could not be noticed; copy it first");
  }
  if (input.object.info.size == 0) return base::invalid_argument("the file is empty");
  return input;
}

Result<std::vector<Result<RemoteInput>>> RemoteInputs::open_all(
    const std::vector<const NamedPath*>& wanted, const std::function<Status()>& wait) {
  std::vector<Result<RemoteInput>> opened;
  if (wanted.empty()) return opened;
  if (wanted.size() > kMaxRemoteInputs) {
    return base::resource("more than " + std::to_string(kMaxRemoteInputs) + " files in stores");
  }
  ASSIGN_OR_RETURN(store::StoreContext * context, stores_.context());
  opened.assign(wanted.size(), base::Error{base::Code::kCancelled, "cancelled"});
  std::atomic<size_t> next{0};
  const auto open_some = [&] {
    for (size_t n; (n = next++) < wanted.size();) {
      if (!stores_.is_cancelled()) opened[n] = open(*wanted[n], *context);
    }
  };
  RETURN_IF_ERROR(
      stores_.run(static_cast<int>(std::min(kOpenedAtOnce, wanted.size())), open_some, wait));
  return opened;
}

Result<base::UniqueFd> RemoteInputs::channel_to(const RemoteInput& input) {
  ASSIGN_OR_RETURN(RemoteSockets sockets, make_remote_sockets());
  auto channel = std::make_unique<Channel>();
  channel->socket = std::move(sockets.broker);
  channel->source = std::make_shared<Counted>(input.object.source, *this);
  channel->kept = kept_of(input);
  channels_.push_back(std::move(channel));
  return std::move(sockets.child);
}

// Without a place to keep anything, it is read again.
std::shared_ptr<store::KeptRanges> RemoteInputs::kept_of(const RemoteInput& input) const {
  if (folder_.empty()) return nullptr;
  const std::string folder = folder_ + "/ranges";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  auto kept = store::KeptRanges::open(folder + "/" + input.hash(), input.object.info.size);
  if (!kept.ok()) {
    stores_.tell(base::kCacheUnusable,
                 "what is read of " + input.shown + " is not kept: " + kept.error().message);
    return nullptr;
  }
  return std::move(kept).value();
}

void RemoteInputs::serve() {
  for (const auto& channel : channels_) {
    threads_.emplace_back([this, &channel = *channel] { serve_channel(channel); });
  }
}

namespace {

// Streams of one channel: what its child asks, which may be anything.
class Conversation {
 public:
  Conversation(int socket, std::shared_ptr<const base::ByteSource> source,
               std::shared_ptr<store::KeptRanges> kept)
      : socket_(socket), source_(std::move(source)), kept_(std::move(kept)) {}

  // False: it is over.
  bool take(const RemoteRequest& request, RemoteStores& stores) {
    switch (request.call) {
      case RemoteCall::kRead:
      case RemoteCall::kReadSome: return read(request, stores);
      case RemoteCall::kWillRead:
      case RemoteCall::kWantedLater: return announce(request);
      case RemoteCall::kClose: streams_.erase(request.stream); return true;
      case RemoteCall::kWrite:
      case RemoteCall::kCopy: return false;
    }
    return false;
  }

 private:
  base::ByteSource* stream(uint32_t number) {
    if (number >= kMaxRemoteStreams) return nullptr;
    auto& stream = streams_[number];
    if (!stream) stream = store::read_ahead(source_, {.kept = kept_});
    return stream.get();
  }

  bool read(const RemoteRequest& request, RemoteStores& stores) {
    const base::ByteSource* from = stream(request.stream);
    if (from == nullptr || request.size > kMaxRemoteRead) return false;
    bytes_.resize(static_cast<size_t>(request.size));
    base::Result<size_t> read = size_t{0};
    {
      const RemoteStores::Waiting waiting(stores);
      read = request.call == RemoteCall::kRead ? from->read_at(request.offset, bytes_)
                                               : from->read_some(request.offset, bytes_);
    }
    if (!read.ok()) return send_error(socket_, read.error());
    const RemoteAnswer answer{0, static_cast<uint32_t>(*read)};
    return send_all(socket_, &answer, sizeof(answer)) && send_all(socket_, bytes_.data(), *read);
  }

  bool announce(const RemoteRequest& request) {
    const base::ByteSource* to = stream(request.stream);
    if (to == nullptr || request.size > kMaxRemoteRanges) return false;
    std::vector<RemoteRange> list(static_cast<size_t>(request.size));
    if (!receive_all(socket_, list.data(), list.size() * sizeof(RemoteRange))) return false;
    std::vector<base::ByteRange> ranges;
    ranges.reserve(list.size());
    uint64_t left = source_->size();  // all of it once, at most: memory stays bounded
    for (const RemoteRange& r : list) {
      const uint64_t size = std::min(r.size, left);
      if (size == 0) continue;
      ranges.push_back({r.offset, size});
      left -= size;
    }
    if (request.call == RemoteCall::kWillRead) {
      to->will_read(ranges);
    } else {
      to->wanted_later(ranges);
    }
    return true;
  }

  const int socket_;
  std::shared_ptr<const base::ByteSource> source_;
  std::shared_ptr<store::KeptRanges> kept_;
  std::map<uint32_t, std::unique_ptr<base::ByteSource>> streams_;
  std::vector<std::byte> bytes_;
};

}  // namespace

void RemoteInputs::serve_channel(const Channel& channel) {
  try {
    Conversation conversation(channel.socket.get(), channel.source, channel.kept);
    RemoteRequest request;
    while (receive_all(channel.socket.get(), &request, sizeof(request)) &&
           conversation.take(request, stores_)) {
    }
  } catch (const std::exception&) {
    // Out of memory: the child is told by the end of its channel.
  }
  shutdown(channel.socket.get(), SHUT_RDWR);
}

}  // namespace rushes::engine
