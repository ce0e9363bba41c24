#include "store/object_writer.h"

#include <algorithm>
#include <utility>

namespace rushes::store {

using base::Result;
using base::Status;

Result<std::unique_ptr<ObjectWriter>> ObjectWriter::open(RemoteStore& store, const std::string& key,
                                                         const ObjectWriterOptions& options) {
  RETURN_IF_ERROR(check_key(key));
  return std::unique_ptr<ObjectWriter>(
      new ObjectWriter(std::make_unique<PartSender>(store, key, options)));
}

Result<std::unique_ptr<ObjectWriter>> ObjectWriter::resume(RemoteStore& store,
                                                           const std::string& state,
                                                           const ObjectWriterOptions& options) {
  ASSIGN_OR_RETURN(auto sender, PartSender::resume(store, state, options));
  return std::unique_ptr<ObjectWriter>(new ObjectWriter(std::move(sender)));
}

Status ObjectWriter::write(std::span<const std::byte> data) {
  while (!data.empty()) {
    const uint64_t size = sender_->part_size_of(number_);
    const size_t n = static_cast<size_t>(std::min<uint64_t>(data.size(), size - filling_.size()));
    filling_.insert(filling_.end(), data.begin(), data.begin() + static_cast<ptrdiff_t>(n));
    data = data.subspan(n);
    // A full part goes when more follows: the last one may be all there is.
    if (filling_.size() == size && !data.empty()) RETURN_IF_ERROR(send_filled());
  }
  return {};
}

Status ObjectWriter::send_filled() { return sender_->send(number_++, std::exchange(filling_, {})); }

Result<Written> ObjectWriter::finish() {
  if (!sender_->started() && filling_.size() <= sender_->limits().max_put) {
    return sender_->store().put(sender_->key(), filling_, sender_->options().write);
  }
  if (!filling_.empty() || number_ == 1) RETURN_IF_ERROR(send_filled());
  return sender_->finish();
}

Status ObjectWriter::abort() {
  filling_.clear();
  return sender_->abort();
}

}  // namespace rushes::store
