#include "engine/piece_uploads.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "base/uri.h"
#include "engine/guarded.h"
#include "schema/media_type.h"

namespace rushes::engine {

using base::Result;
using base::Status;

namespace {

// Of one task; a ladder has one for each of its tracks.
constexpr int kThreads = 2;
constexpr size_t kMostWaiting = 6;

Result<base::UniqueFd> temporary_file(const std::string& folder) {
  base::UniqueFd fd(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  std::string name = folder + "/.piece-XXXXXX";
  fd.reset(mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return base::from_errno(errno, "a temporary file in \"" + folder + "\"");
  unlink(name.c_str());
  return fd;
}

}  // namespace

PieceUploads::PieceUploads(const TaskDocument& task, const TaskFiles& files, RemoteStores& stores)
    : task_(task), files_(files), stores_(stores) {
  for (const NamedPath& output : task.outputs) {
    if (output.alone && base::is_uri(output.path)) wanted_[output.name] = &output;
  }
}

PieceUploads::~PieceUploads() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    if (!pieces_.empty()) stores_.cancel();
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

Result<int> PieceUploads::create(const std::string& output) {
  ASSIGN_OR_RETURN(base::UniqueFd fd, temporary_file(*task_.store));
  const int number = fd.get();
  open_.insert_or_assign(output, std::move(fd));
  return number;
}

Status PieceUploads::commit(const std::string& output, nlohmann::json about) {
  const auto at = open_.find(output);
  if (at == open_.end()) return base::internal("output \"" + output + "\" was never opened");
  RETURN_IF_ERROR(check_unchanged(files_));
  auto piece = std::make_unique<Piece>();
  piece->output = wanted_.at(output);
  piece->fd = std::move(at->second);
  piece->about = std::move(about);
  open_.erase(at);
  while (threads_.size() < kThreads) threads_.emplace_back([this] { put_pieces(); });
  const std::lock_guard lock(mutex_);
  pieces_.push_back(std::move(piece));
  changed_.notify_all();
  return {};
}

bool PieceUploads::is_full() const {
  const std::lock_guard lock(mutex_);
  return pieces_.size() >= kMostWaiting;
}

bool PieceUploads::is_idle() const {
  const std::lock_guard lock(mutex_);
  return pieces_.empty();
}

Result<std::vector<nlohmann::json>> PieceUploads::take_done() {
  const std::lock_guard lock(mutex_);
  std::vector<nlohmann::json> done;
  while (!pieces_.empty() && pieces_.front()->done) {
    done.push_back(std::move(pieces_.front()->about));
    pieces_.pop_front();
    --next_;
  }
  // Those before the one that failed are there.
  if (done.empty() && error_) return *error_;
  return done;
}

void PieceUploads::put_pieces() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || next_ < pieces_.size(); });
    if (over_ || error_) return;
    Piece& piece = *pieces_[next_++];
    lock.unlock();
    Status status = guarded([&] { return put(piece); });
    piece.fd.reset();
    lock.lock();
    if (status.ok()) {
      piece.done = true;
    } else if (!error_) {
      error_ = std::move(status).error().in("output \"" + piece.output->path + "\"");
    }
  }
}

Status PieceUploads::put(Piece& piece) {
  struct stat info = {};
  if (fstat(piece.fd.get(), &info) != 0) return base::from_errno(errno, "its temporary file");
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > kMaxPieceBytes) {
    return base::resource("it has more than " + std::to_string(kMaxPieceBytes >> 20) +
                          " MiB; take shorter pieces (--segment)");
  }
  // Read once: whoever wrote it may still have it open.
  ASSIGN_OR_RETURN(const auto data,
                   base::read_all(*base::fd_source(piece.fd.get(), size), kMaxPieceBytes));
  const store::StoreAndKey place = store::split_uri(piece.output->path);
  ASSIGN_OR_RETURN(store::RemoteStore * store, store_of(place.store));
  store::ObjectInfo object;
  bool is_there = false;
  if (piece.output->reuse) {
    auto found = store->stat(place.key);
    is_there =
        found.ok() && found->size == data.size() && found->version == store::usual_version(data);
    if (is_there) object = *std::move(found);
  }
  if (!is_there) {
    const store::WriteOptions options{.content_type = schema::media_type_of(place.key)};
    ASSIGN_OR_RETURN(store::Written written, store->put(place.key, data, options));
    object = std::move(written.object);
  }
  piece.about["output"] = piece.output->name;
  piece.about["bytes"] = data.size();
  piece.about["version"] = object.version;
  piece.about["reused"] = is_there;
  return {};
}

Result<store::RemoteStore*> PieceUploads::store_of(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<store::RemoteStore>& store = opened_[name];
  if (!store) {
    ASSIGN_OR_RETURN(store::StoreContext * context, stores_.context());
    auto opened = context->store(name);
    if (!opened.ok()) return std::move(opened).error();
    store = std::move(opened).value();
    if (!store->limits().can_write) {
      return base::unsupported(
          "files of web servers can only be read; s3:// and gs:// are written");
    }
  }
  return store.get();
}

}  // namespace rushes::engine
