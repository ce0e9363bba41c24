#include "engine/remote_outputs.h"

#include <sys/socket.h>

#include <exception>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error_catalog.h"
#include "engine/remote_protocol.h"
#include "schema/codecs.h"

namespace rushes::engine {

using base::Result;
using base::Status;

namespace {

// What a muxer may leave for its index, and is kept in memory.
constexpr uint64_t kMaxHead = uint64_t{1} << 30;

std::string type_of(const std::string& uri) {
  if (const auto* container = schema::container_of(uri)) return std::string(container->media_type);
  return uri.ends_with(".png") ? "image/png" : "application/octet-stream";
}

// "s3://bucket" and what stands behind it.
std::pair<std::string, std::string> split(const std::string& uri) {
  const size_t slash = uri.find('/', uri.find("://") + 3);
  if (slash == std::string::npos) return {uri, ""};
  return {uri.substr(0, slash), uri.substr(slash + 1)};
}

}  // namespace

Result<std::unique_ptr<RemoteOutput>> RemoteOutput::open(const NamedPath& wanted,
                                                         const std::string& content,
                                                         const std::string& folder,
                                                         RemoteStores& stores) {
  std::unique_ptr<RemoteOutput> output(new RemoteOutput(stores));
  output->name_ = wanted.name;
  output->uri_ = wanted.path;
  if (auto status = output->start(content, folder); !status.ok()) {
    return std::move(status).error().in("output \"" + wanted.path + "\"");
  }
  return output;
}

Status RemoteOutput::start(const std::string& content, const std::string& folder) {
  ASSIGN_OR_RETURN(store::StoreContext * context, stores_.context());
  std::string bucket;
  std::tie(bucket, key_) = split(uri_);
  RETURN_IF_ERROR(store::check_key(key_));
  ASSIGN_OR_RETURN(store_, context->store(bucket));
  if (!store_->limits().can_write) {
    return base::unsupported("files of web servers can only be read; s3:// and gs:// are written");
  }
  if (!folder.empty()) open_journal(content, folder, *context);
  ASSIGN_OR_RETURN(auto sender, this->sender());
  RETURN_IF_ERROR(sender->start());
  // From now on there is something in the store that has to be gone on with, or removed.
  if (journal_) remember(sender->state());
  sink_ = std::make_unique<store::ObjectSink>(std::move(sender));
  return {};
}

// What cannot be remembered is no reason not to upload.
void RemoteOutput::open_journal(const std::string& content, const std::string& folder,
                                store::StoreContext& context) {
  auto journal = UploadJournal::open(folder, uri_, content);
  if (!journal.ok()) {
    stores_.tell(base::kUploadForgotten, uri_ + ": " + journal.error().message);
    return;
  }
  journal_ = *std::move(journal);
  if (!journal_) return;  // another task uploads the same
  journal_->clean([&context](const std::string& uri, const std::string& state) {
    const auto other = context.store(split(uri).first);
    if (!other.ok()) return false;
    const auto upload = (*other)->resume(state);
    if (!upload.ok()) return upload.error().code == base::Code::kNotFound;
    return (*upload)->abort().ok();
  });
}

// By one thread at a time.
void RemoteOutput::remember(const std::string& state) {
  const Status kept = journal_->keep(state);
  if (kept.ok() || std::exchange(forgotten_, true)) return;
  stores_.tell(base::kUploadForgotten, uri_ + ": " + kept.error().message);
}

Result<std::unique_ptr<store::PartSender>> RemoteOutput::sender() {
  store::ObjectWriterOptions options;
  options.write.content_type = type_of(uri_);
  if (journal_) {
    options.on_part = [this](const store::Upload& upload) { remember(upload.state()); };
    if (const std::string state = journal_->state(); !state.empty()) {
      auto resumed = store::PartSender::resume(*store_, state, options);
      // One that is gone, or cannot be read, is begun anew.
      if (resumed.ok() || base::is_retryable(resumed.error().code)) return resumed;
    }
  }
  return std::make_unique<store::PartSender>(*store_, key_, options);
}

RemoteOutput::~RemoteOutput() { stop(); }

void RemoteOutput::stop() {
  if (socket_) shutdown(socket_.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
}

Result<base::UniqueFd> RemoteOutput::channel() {
  ASSIGN_OR_RETURN(RemoteSockets sockets, make_remote_sockets());
  socket_ = std::move(sockets.broker);
  return std::move(sockets.child);
}

void RemoteOutput::serve() {
  thread_ = std::thread([this] { serve_channel(); });
}

void RemoteOutput::serve_channel() {
  const int socket = socket_.get();
  try {
    std::vector<std::byte> bytes;
    RemoteRequest request;
    while (receive_all(socket, &request, sizeof(request))) {
      if (request.call != RemoteCall::kWrite || request.size > kMaxRemoteRead ||
          request.offset > sink_->size() + kMaxHead) {
        break;
      }
      bytes.resize(static_cast<size_t>(request.size));
      if (!receive_all(socket, bytes.data(), bytes.size())) break;
      Status status;
      {
        const RemoteStores::Waiting waiting(stores_);
        status = sink_->write_at(request.offset, bytes);
      }
      const RemoteAnswer answer;
      const bool told = status.ok() ? send_all(socket, &answer, sizeof(answer))
                                    : send_error(socket, status.error());
      if (!told) break;
    }
  } catch (const std::exception&) {
    // Out of memory: the child is told by the end of its channel.
  }
  shutdown(socket, SHUT_RDWR);
}

Result<store::Written> RemoteOutput::commit(const std::function<Status()>& wait) {
  stop();
  Result<store::Written> written = base::Error{base::Code::kCancelled, "cancelled"};
  RETURN_IF_ERROR(stores_.run(
      1, [&] { written = sink_->finish(); }, wait));
  if (!written.ok()) return std::move(written).error().in("output \"" + uri_ + "\"");
  if (journal_) journal_->forget();
  return written;
}

void RemoteOutput::fail(const base::Error& why) {
  stop();
  const bool may_go_on = why.code == base::Code::kCancelled || base::is_retryable(why.code) ||
                         why.code == base::Code::kResource;
  // Where the store does not answer now, the next task that writes there tries again.
  if (journal_ && may_go_on) return;
  if (sink_->abort().ok() && journal_) journal_->forget();
}

}  // namespace rushes::engine
