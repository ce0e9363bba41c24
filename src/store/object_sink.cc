#include "store/object_sink.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rushes::store {

using base::Result;
using base::Status;

ObjectSink::Place ObjectSink::place_of(uint64_t offset) const {
  Place place;
  for (;;) {
    const uint64_t size = sender_->part_size_of(place.number);
    const auto alike = static_cast<uint64_t>(kPartsAlike - (place.number - 1) % kPartsAlike);
    const uint64_t skipped = std::min((offset - place.begin) / size, alike);
    place.number += static_cast<int>(skipped);
    place.begin += skipped * size;
    place.end = place.begin + size;
    if (skipped < alike) return place;
  }
}

Status ObjectSink::write_at(uint64_t offset, std::span<const std::byte> data) {
  if (data.empty()) return {};
  if (!gap_ && offset > end_ && next_ == kept_ + 1 && parts_.size() <= static_cast<size_t>(kept_)) {
    gap_ = true;
    kept_ = place_of(offset).number;
    next_ = kept_ + 1;
  }
  while (!data.empty()) {
    const Place place = place_of(offset);
    if (place.number > kept_ && place.number < next_) {
      return base::internal("bytes at " + std::to_string(offset) + " were sent already");
    }
    const auto from = static_cast<size_t>(offset - place.begin);
    const auto n = static_cast<size_t>(std::min<uint64_t>(data.size(), place.end - offset));
    std::vector<std::byte>& part = parts_[place.number];
    if (part.capacity() == 0) part.reserve(static_cast<size_t>(place.end - place.begin));
    if (part.size() < from + n) part.resize(from + n);
    std::memcpy(part.data() + from, data.data(), n);
    data = data.subspan(n);
    offset += n;
    end_ = std::max(end_, offset);
    RETURN_IF_ERROR(send_whole());
  }
  return {};
}

// Parts behind those that are kept, once something lies behind them.
Status ObjectSink::send_whole() {
  while (next_ > kept_ && end_ > 0) {
    const uint64_t last = place_of(end_ - 1).number;
    if (static_cast<uint64_t>(next_) >= last) return {};
    RETURN_IF_ERROR(send(next_, sender_->part_size_of(next_)));
    ++next_;
  }
  return {};
}

Status ObjectSink::send(int number, uint64_t size) {
  std::vector<std::byte> part = std::move(parts_[number]);
  parts_.erase(number);
  part.resize(static_cast<size_t>(size));
  return sender_->send(number, std::move(part));
}

Result<Written> ObjectSink::finish() {
  const Place last = place_of(std::max<uint64_t>(end_, 1) - 1);
  for (int number = 1; number <= last.number; ++number) {
    if (number > kept_ && number < next_) continue;
    const bool ends = number == last.number;
    RETURN_IF_ERROR(send(number, ends ? end_ - last.begin : sender_->part_size_of(number)));
  }
  return sender_->finish();
}

}  // namespace rushes::store
