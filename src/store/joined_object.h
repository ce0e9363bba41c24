#pragma once

// An object from front to end, of bytes that are given and of ranges of other objects of the same
// store. Long ranges are copied by the server: of these nothing comes here but what the part before
// needs to be long enough.
//
// Memory: as ObjectWriter.

#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "store/part_sender.h"

namespace rushes::store {

class JoinedObject {
 public:
  // Of a store that can copy. A resumed upload goes on if the same is written and copied again.
  explicit JoinedObject(std::unique_ptr<PartSender> sender) : sender_(std::move(sender)) {}

  // The first error of any part is the result of all that follows.
  base::Status write(std::span<const std::byte> data);
  // Bytes of an object, which `bytes` reads, too. kUnavailable if it has another version by now.
  base::Status copy(const ObjectInfo& object, const base::ByteSource& bytes, uint64_t offset,
                    uint64_t size);
  base::Result<Written> finish();
  base::Status abort() { return sender_->abort(); }

  uint64_t size() const { return size_; }
  uint64_t copied() const { return copied_; }  // bytes that never came here
  const PartSender& sender() const { return *sender_; }

 private:
  base::Status fetch(const base::ByteSource& bytes, uint64_t offset, uint64_t size);
  base::Status send_filled();

  std::unique_ptr<PartSender> sender_;
  std::vector<std::byte> filling_;
  int number_ = 1;  // of the part that is being filled
  uint64_t size_ = 0, copied_ = 0;
};

}  // namespace rushes::store
