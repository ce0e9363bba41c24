#include "store/object_writer.h"

#include <algorithm>
#include <utility>

#include "net/digest.h"

namespace rushes::store {

using base::Result;
using base::Status;

ObjectWriter::ObjectWriter(RemoteStore& store, std::string key, ObjectWriterOptions options)
    : store_(store), key_(std::move(key)), options_(std::move(options)), limits_(store.limits()) {}

Result<std::unique_ptr<ObjectWriter>> ObjectWriter::open(RemoteStore& store, const std::string& key,
                                                         const ObjectWriterOptions& options) {
  RETURN_IF_ERROR(check_key(key));
  return std::unique_ptr<ObjectWriter>(new ObjectWriter(store, key, options));
}

Result<std::unique_ptr<ObjectWriter>> ObjectWriter::resume(RemoteStore& store,
                                                           const std::string& state,
                                                           const ObjectWriterOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload, store.resume(state));
  std::unique_ptr<ObjectWriter> writer(new ObjectWriter(store, {}, options));
  for (Part& part : upload->parts()) {
    const int number = part.number;
    writer->there_[number] = std::move(part);
  }
  writer->upload_ = std::move(upload);
  return writer;
}

ObjectWriter::~ObjectWriter() { stop(); }

uint64_t ObjectWriter::part_size(uint64_t part_bytes, int number, const StoreLimits& limits) {
  constexpr int kBeforeDoubling = 1000;
  const uint64_t first = std::max({part_bytes, limits.min_part, uint64_t{1}});
  return std::min(first << ((number - 1) / kBeforeDoubling), limits.max_part);
}

Status ObjectWriter::write(std::span<const std::byte> data) {
  while (!data.empty()) {
    const uint64_t size = part_size(options_.part_bytes, number_, limits_);
    const size_t n = static_cast<size_t>(std::min<uint64_t>(data.size(), size - filling_.size()));
    filling_.insert(filling_.end(), data.begin(), data.begin() + static_cast<ptrdiff_t>(n));
    data = data.subspan(n);
    // A full part goes when more follows: the last one may be all there is.
    if (filling_.size() == size && !data.empty()) RETURN_IF_ERROR(send_filled());
  }
  return {};
}

bool ObjectWriter::is_there(std::span<const std::byte> data) const {
  const auto found = there_.find(number_);
  return found != there_.end() && found->second.size == data.size() &&
         !found->second.hash.empty() && found->second.hash == net::sha256_hex(data);
}

Status ObjectWriter::send_filled() {
  if (number_ > limits_.max_parts) return base::invalid_argument("the object is too long");
  if (!upload_) {
    ASSIGN_OR_RETURN(upload_, store_.start(key_, options_.write));
  }
  Job job{.number = number_, .data = std::exchange(filling_, {})};
  const bool known = is_there(job.data);
  ++number_;
  if (known) {
    reused_ += job.data.size();
    return {};
  }
  while (static_cast<int>(threads_.size()) < std::max(options_.threads, 1)) {
    threads_.emplace_back([this] { send_parts(); });
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || busy_ < std::max(options_.threads, 1); });
  if (error_) return *error_;
  waiting_.push_back(std::move(job));
  ++busy_;
  changed_.notify_all();
  return {};
}

// The threads.
void ObjectWriter::send_parts() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Job job = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    const bool wanted = !error_;
    lock.unlock();
    Status status = wanted ? upload_->put_part(job.number, job.data) : Status();
    if (wanted && status.ok() && options_.on_part) {
      const std::lock_guard one_at_a_time(state_mutex_);
      options_.on_part(*upload_);
    }
    lock.lock();
    if (!status.ok() && !error_) error_ = std::move(status).error();
    --busy_;
    changed_.notify_all();
  }
}

void ObjectWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Result<Written> ObjectWriter::finish() {
  if (!upload_ && filling_.size() <= limits_.max_put) {
    return store_.put(key_, filling_, options_.write);
  }
  if (!filling_.empty() || number_ == 1) RETURN_IF_ERROR(send_filled());
  stop();
  if (error_) return *error_;
  return upload_->commit();
}

Status ObjectWriter::abort() {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = base::Error{base::Code::kCancelled, "aborted"};
  }
  stop();
  filling_.clear();
  return upload_ ? upload_->abort() : Status();
}

}  // namespace rushes::store
