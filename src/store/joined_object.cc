#include "store/joined_object.h"

#include <algorithm>
#include <utility>

namespace rushes::store {
namespace {

using base::Result;
using base::Status;

// Of one part that is copied: a server takes seconds for it, and several are under way.
constexpr uint64_t kCopied = uint64_t{256} << 20;
constexpr uint64_t kFetched = 1 << 20;

}  // namespace

Status JoinedObject::write(std::span<const std::byte> data) {
  while (!data.empty()) {
    const uint64_t whole = sender_->part_size_of(number_);
    // A full part goes when more follows: the last one may be all there is.
    if (filling_.size() >= whole) {
      RETURN_IF_ERROR(send_filled());
      continue;
    }
    const auto n = static_cast<size_t>(std::min<uint64_t>(data.size(), whole - filling_.size()));
    filling_.insert(filling_.end(), data.begin(), data.begin() + static_cast<ptrdiff_t>(n));
    data = data.subspan(n);
    size_ += n;
  }
  return {};
}

Status JoinedObject::fetch(const base::ByteSource& bytes, uint64_t offset, uint64_t size) {
  std::vector<std::byte> piece(static_cast<size_t>(std::min(size, kFetched)));
  while (size > 0) {
    const auto room = std::span(piece).first(static_cast<size_t>(std::min(size, kFetched)));
    ASSIGN_OR_RETURN(const size_t read, bytes.read_at(offset, room));
    if (read == 0) return base::invalid_argument("the range to copy ends behind the object");
    RETURN_IF_ERROR(write(room.first(read)));
    offset += read;
    size -= read;
  }
  return {};
}

Status JoinedObject::copy(const ObjectInfo& object, const base::ByteSource& bytes, uint64_t offset,
                          uint64_t size) {
  if (offset > object.size || size > object.size - offset) {
    return base::invalid_argument("the range to copy ends behind the object");
  }
  const uint64_t least = sender_->limits().min_part;
  const uint64_t lacks = filling_.empty() ? 0 : least - std::min<uint64_t>(least, filling_.size());
  // Parts grow with their number, so that there are never too many: so must what is worth one.
  if (size < lacks + std::max(least, sender_->part_size_of(number_))) {
    return fetch(bytes, offset, size);
  }
  RETURN_IF_ERROR(fetch(bytes, offset, lacks));
  offset += lacks;
  size -= lacks;
  if (!filling_.empty()) RETURN_IF_ERROR(send_filled());
  while (size > 0) {
    const uint64_t usual = std::min(std::max(kCopied, sender_->part_size_of(number_)),
                                    sender_->limits().max_part - least);
    const uint64_t n = size <= usual + least ? size : usual;
    RETURN_IF_ERROR(sender_->copy(number_++, {.object = object, .offset = offset, .size = n}));
    offset += n;
    size -= n;
    size_ += n;
    copied_ += n;
  }
  return {};
}

Status JoinedObject::send_filled() { return sender_->send(number_++, std::exchange(filling_, {})); }

Result<Written> JoinedObject::finish() {
  if (!filling_.empty() || number_ == 1) RETURN_IF_ERROR(send_filled());
  return sender_->finish();
}

}  // namespace rushes::store
