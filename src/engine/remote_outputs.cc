#include "engine/remote_outputs.h"

#include <sys/socket.h>

#include <exception>
#include <utility>
#include <vector>

#include "base/error_catalog.h"
#include "base/uri.h"
#include "engine/remote_protocol.h"
#include "schema/media_type.h"

namespace rushes::engine {

using base::Result;
using base::Status;

namespace {

// What a muxer may leave for its index, and is kept in memory.
constexpr uint64_t kMaxHead = uint64_t{1} << 30;

base::Error taken() {
  base::Error error =
      base::invalid_argument("there is another object of that name, which would be replaced");
  error.number = base::kObjectTaken;
  return error;
}

}  // namespace

Result<std::unique_ptr<RemoteOutput>> RemoteOutput::open(const NamedPath& wanted,
                                                         const Options& options,
                                                         RemoteStores& stores) {
  std::unique_ptr<RemoteOutput> output(new RemoteOutput(stores));
  output->name_ = wanted.name;
  output->uri_ = wanted.path;
  output->once_ = wanted.once;
  output->replace_ = wanted.replace;
  output->is_joined_ = wanted.joined;
  if (auto status = output->start(options); !status.ok()) {
    return std::move(status).error().in("output \"" + base::shown_uri(wanted.path) + "\"");
  }
  return output;
}

Status RemoteOutput::start(const Options& options) {
  ASSIGN_OR_RETURN(store::StoreContext * context, stores_.context());
  store::StoreAndKey place = store::split_uri(uri_);
  key_ = std::move(place.key);
  RETURN_IF_ERROR(store::check_key(key_));
  ASSIGN_OR_RETURN(store_, context->store(place.store));
  if (!store_->limits().can_write) {
    return base::unsupported("files of web servers can only be read; s3:// and gs:// are written");
  }
  if (!options.folder.empty()) {
    RETURN_IF_ERROR(open_journal(options.content, options.folder, *context));
  }
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
  if (!is_joined_) {
    sink_ = std::make_unique<store::ObjectSink>(std::move(sender));
    return {};
  }
  joined_ = std::make_unique<store::JoinedObject>(std::move(sender));
  if (store_->limits().can_copy) choose_copied(place.store, options.inputs);
  return {};
}

// Those of the same bucket, which the same server has.
void RemoteOutput::choose_copied(const std::string& store, const std::vector<RemoteInput>& inputs) {
  for (const RemoteInput& input : inputs) {
    if (store::split_uri(input.shown).store == store) copied_.push_back({input.name, input.object});
  }
}

std::vector<std::string> RemoteOutput::copied_inputs() const {
  std::vector<std::string> names;
  names.reserve(copied_.size());
  for (const Copied& copied : copied_) names.push_back(copied.input);
  return names;
}

const store::PartSender* RemoteOutput::sender() const {
  if (joined_) return &joined_->sender();
  return sink_ ? &sink_->sender() : nullptr;
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
    const auto other = context.store(store::split_uri(uri).store);
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
  options.write.content_type = schema::media_type_of(uri_);
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
    while (receive_all(socket, &request, sizeof(request)) && take(request, bytes)) {
    }
  } catch (const std::exception&) {
    // Out of memory: the child is told by the end of its channel.
  }
  shutdown(socket, SHUT_RDWR);
}

// False: it is over. `bytes` is room that is kept.
bool RemoteOutput::take(const RemoteRequest& request, std::vector<std::byte>& bytes) {
  const int socket = socket_.get();
  Status status;
  if (request.call == RemoteCall::kWrite) {
    // One that is joined has no gaps.
    const uint64_t most = joined_ ? joined_->size() : sink_->size() + kMaxHead;
    if (request.size > kMaxRemoteRead || request.offset > most) return false;
    if (joined_ && request.offset != most) return false;
    bytes.resize(static_cast<size_t>(request.size));
    if (!receive_all(socket, bytes.data(), bytes.size())) return false;
    const RemoteStores::Waiting waiting(stores_);
    status = joined_ ? joined_->write(bytes) : sink_->write_at(request.offset, bytes);
  } else if (request.call == RemoteCall::kCopy) {
    if (request.stream >= copied_.size()) return false;
    const store::OpenObject& from = copied_[request.stream].object;
    const RemoteStores::Waiting waiting(stores_);
    status = joined_->copy(from.info, *from.source, request.offset, request.size);
  } else {
    return false;
  }
  const RemoteAnswer answer;
  return status.ok() ? send_all(socket, &answer, sizeof(answer))
                     : send_error(socket, status.error());
}

Result<store::Written> RemoteOutput::commit(const std::function<Status()>& wait) {
  if (there_) return store::Written{.object = *there_, .existed = true};
  stop();
  Result<store::Written> written = base::Error{base::Code::kCancelled, "cancelled"};
  RETURN_IF_ERROR(stores_.run(
      1, [&] { written = joined_ ? joined_->finish() : sink_->finish(); }, wait));
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
  const Status aborted = joined_ ? joined_->abort() : sink_->abort();
  if (aborted.ok() && journal_) journal_->forget();
}

}  // namespace rushes::engine
