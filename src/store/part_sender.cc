#include "store/part_sender.h"

#include <algorithm>
#include <utility>

#include "net/digest.h"

namespace rushes::store {

using base::Result;
using base::Status;

uint64_t part_size(uint64_t part_bytes, int number, const StoreLimits& limits) {
  const uint64_t first = std::max({part_bytes, limits.min_part, uint64_t{1}});
  return std::min(first << ((number - 1) / kPartsAlike), limits.max_part);
}

PartSender::PartSender(RemoteStore& store, std::string key, ObjectWriterOptions options)
    : store_(store), key_(std::move(key)), options_(std::move(options)), limits_(store.limits()) {}

Result<std::unique_ptr<PartSender>> PartSender::resume(RemoteStore& store, const std::string& state,
                                                       ObjectWriterOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload, store.resume(state));
  auto sender = std::make_unique<PartSender>(store, std::string(), std::move(options));
  for (Part& part : upload->parts()) {
    const int number = part.number;
    sender->there_[number] = std::move(part);
  }
  sender->upload_ = std::move(upload);
  return sender;
}

PartSender::~PartSender() { stop(); }

uint64_t PartSender::part_size_of(int number) const {
  return part_size(options_.part_bytes, number, limits_);
}

uint64_t PartSender::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

Status PartSender::start() {
  if (upload_) return {};
  ASSIGN_OR_RETURN(upload_, store_.start(key_, options_.write));
  return {};
}

bool PartSender::is_there(const Job& job) const {
  const auto found = there_.find(job.number);
  if (found == there_.end() || found->second.size != job.size()) return false;
  const Range* range = job.range ? &*job.range : nullptr;
  return found->second.hash == (range != nullptr
                                    ? copied_hash(range->object, range->offset, range->size)
                                    : net::sha256_hex(job.data));
}

Status PartSender::send(int number, std::vector<std::byte> data) {
  return add({.number = number, .data = std::move(data), .range = {}});
}

Status PartSender::copy(int number, Range range) {
  return add({.number = number, .data = {}, .range = std::move(range)});
}

Status PartSender::add(Job job) {
  if (job.number > limits_.max_parts) return base::invalid_argument("the object is too long");
  RETURN_IF_ERROR(start());
  if (is_there(job)) {
    const std::lock_guard lock(mutex_);
    reused_ += job.size();
    sent_ += job.size();
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

Status PartSender::put(const Job& job) {
  if (!job.range) return upload_->put_part(job.number, job.data);
  return upload_->copy_part(job.number, job.range->object, job.range->offset, job.range->size);
}

// The threads.
void PartSender::send_parts() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Job job = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    const bool wanted = !error_;
    lock.unlock();
    Status status = wanted ? put(job) : Status();
    if (wanted && status.ok() && options_.on_part) {
      const std::lock_guard one_at_a_time(state_mutex_);
      options_.on_part(*upload_);
    }
    lock.lock();
    if (status.ok()) sent_ += job.size();
    if (!status.ok() && !error_) error_ = std::move(status).error();
    --busy_;
    changed_.notify_all();
  }
}

void PartSender::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Result<Written> PartSender::finish() {
  stop();
  if (error_) return *error_;
  if (!upload_) return base::internal("an upload without a part");
  return upload_->commit();
}

Status PartSender::abort() {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = base::Error{base::Code::kCancelled, "aborted"};
  }
  stop();
  return upload_ ? upload_->abort() : Status();
}

}  // namespace rushes::store
