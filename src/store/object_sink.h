#pragma once

// An object that is written nearly from front to end, as muxers do: they leave room for an index,
// write what it points to, and fill it in at last. Parts that are whole are sent while the next one
// is filled; those of the beginning, up to the first byte behind the first gap, are kept and sent
// in the end. Elsewhere what was written stays.
//
// Memory: the parts that are kept, and `threads` + 1 more.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "store/part_sender.h"

namespace rushes::store {

class ObjectSink final : public base::ByteSink {
 public:
  explicit ObjectSink(std::unique_ptr<PartSender> sender) : sender_(std::move(sender)) {}

  // The first error of any part is the result of all that follows.
  base::Status write_at(uint64_t offset, std::span<const std::byte> data) override;
  // What nobody wrote is zero.
  base::Result<Written> finish();
  base::Status abort() { return sender_->abort(); }

  uint64_t size() const { return end_; }
  const PartSender& sender() const { return *sender_; }

 private:
  struct Place {
    int number = 1;
    uint64_t begin = 0, end = 0;
  };
  Place place_of(uint64_t offset) const;
  base::Status send_whole();
  base::Status send(int number, uint64_t size);

  std::unique_ptr<PartSender> sender_;
  std::map<int, std::vector<std::byte>> parts_;  // not sent yet
  int kept_ = 1;                                 // parts of the beginning
  int next_ = 2;                                 // the first one behind them that was not sent
  bool gap_ = false;
  uint64_t end_ = 0;
};

}  // namespace rushes::store
