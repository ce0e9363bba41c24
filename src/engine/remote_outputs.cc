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

base::Error taken() {
  base::Error error =
      base::invalid_argument("there is another object of that name, which would be replaced");
  error.number = base::kObjectTaken;
  return error;
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
  output->once_ = wanted.once;
  output->replace_ = wanted.replace;
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
  if (!folder.empty()) RETURN_IF_ERROR(open_journal(content, folder, *context));
  bool is_taken = false;
  if (once_) {
    ASSIGN_OR_RETURN(is_taken, look());
    if (there_) return {};
  }
  ASSIGN_OR_RETURN(auto sender, resumed());
  // An upload that can be gone on with may be that very object, completed before a crash.
  if (is_taken && !sender) return taken();
  if (!sender) sender = std::make_unique<store::PartSender>(*store_, key_, writer_options());
  RETURN_IF_ERROR(sender->start());
  // From now on there is something in the store that has to be gone on with, or removed.
  if (journal_) remember(sender->state());
  sink_ = std::make_unique<store::ObjectSink>(std::move(sender));
  return {};
}

// What cannot be remembered is no reason not to upload, unless it is to be done once.
Status RemoteOutput::open_journal(const std::string& content, const std::string& folder,
                                  store::StoreContext& context) {
  auto journal = UploadJournal::open(folder, uri_, content);
  if (!journal.ok()) {
    if (once_) return std::move(journal).error();
    stores_.tell(base::kUploadForgotten, uri_ + ": " + journal.error().message);
    return {};
  }
  journal_ = *std::move(journal);
  if (!journal_ && once_)
    return base::Error{base::Code::kUnavailable, "another task uploads it at this moment"};
  if (!journal_) return {};
  journal_->clean([&context](const std::string& uri, const std::string& state) {
    const auto other = context.store(split(uri).first);
    if (!other.ok()) return false;
    const auto upload = (*other)->resume(state);
    if (!upload.ok()) return upload.error().code == base::Code::kNotFound;
    return (*upload)->abort().ok();
  });
  return {};
}

// Whether somebody else's object is in the way. Ours is `there_`.
Result<bool> RemoteOutput::look() {
  auto object = store_->stat(key_);
  if (!object.ok() && object.error().code == base::Code::kNotFound) return false;
  if (!object.ok()) return std::move(object).error();
  const auto known = journal_->finished();
  if (known && known->version == object->version && known->bytes == object->size) {
    there_ = *std::move(object);
    journal_->forget();  // what lies there of an upload
    return false;
  }
  return !replace_;
}

// By one thread at a time.
void RemoteOutput::remember(const std::string& state) {
  const Status kept = journal_->keep(state);
  if (kept.ok() || std::exchange(forgotten_, true)) return;
  stores_.tell(base::kUploadForgotten, uri_ + ": " + kept.error().message);
}

store::ObjectWriterOptions RemoteOutput::writer_options() {
  store::ObjectWriterOptions options;
  options.write.content_type = type_of(uri_);
  options.write.only_if_absent = once_ && !replace_;
  if (journal_) {
    options.on_part = [this](const store::Upload& upload) { remember(upload.state()); };
  }
  return options;
}

// Null if there is nothing to go on with: one that is gone, or cannot be read, is begun anew.
Result<std::unique_ptr<store::PartSender>> RemoteOutput::resumed() {
  const std::string state = journal_ ? journal_->state() : std::string();
  if (state.empty()) return std::unique_ptr<store::PartSender>();
  auto resumed = store::PartSender::resume(*store_, state, writer_options());
  if (resumed.ok() || base::is_retryable(resumed.error().code)) return resumed;
  return std::unique_ptr<store::PartSender>();
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
  if (there_) return store::Written{.object = *there_, .existed = true};
  stop();
  Result<store::Written> written = base::Error{base::Code::kCancelled, "cancelled"};
  RETURN_IF_ERROR(stores_.run(
      1, [&] { written = sink_->finish(); }, wait));
  if (!written.ok()) return std::move(written).error().in("output \"" + uri_ + "\"");
  if (written->existed) {
    journal_->forget();
    return taken().in("output \"" + uri_ + "\"");
  }
  RETURN_IF_ERROR(remember_end(*written));
  return written;
}

Status RemoteOutput::remember_end(const store::Written& written) {
  if (!journal_) return {};
  if (!once_) {
    journal_->forget();
    return {};
  }
  // Where this fails the state is kept: going on with it finds out that it is there.
  Status noted = journal_->finish({written.object.version, written.object.size});
  if (!noted.ok()) return std::move(noted).error().in("output \"" + uri_ + "\" is there, but");
  return {};
}

void RemoteOutput::fail(const base::Error& why) {
  if (there_) return;
  if (why.code == base::Code::kCancelled) stores_.cancel();
  stop();
  const bool may_go_on = why.code == base::Code::kCancelled || base::is_retryable(why.code) ||
                         why.code == base::Code::kResource;
  // Where the store does not answer now, the next task that writes there tries again.
  if (journal_ && may_go_on) return;
  if (sink_->abort().ok() && journal_) journal_->forget();
}

}  // namespace rushes::engine
