#pragma once

// An object written from front to end, its size known only when it ends. Parts are sent by several
// threads while the next one is filled.
//
// Memory: `threads` + 1 parts.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/part_sender.h"

namespace rushes::store {

class ObjectWriter {
 public:
  // Starts nothing yet: what fits into one part is put at once, in the end.
  static base::Result<std::unique_ptr<ObjectWriter>> open(RemoteStore& store,
                                                          const std::string& key,
                                                          const ObjectWriterOptions& options);
  // Goes on with an upload: the same bytes are written again from the start, with the same
  // part_bytes; parts that are there already are compared and not sent again.
  static base::Result<std::unique_ptr<ObjectWriter>> resume(RemoteStore& store,
                                                            const std::string& state,
                                                            const ObjectWriterOptions& options);
  // Without finish(), waits for the parts on their way and leaves the upload as it is.
  ~ObjectWriter() = default;

  // The first error of any part is the result of all that follows.
  base::Status write(std::span<const std::byte> data);
  base::Result<Written> finish();
  // Removes what has been stored. Nothing may be called after it.
  base::Status abort();

  uint64_t reused() const { return sender_->reused(); }  // bytes that were not sent again

 private:
  explicit ObjectWriter(std::unique_ptr<PartSender> sender) : sender_(std::move(sender)) {}
  base::Status send_filled();

  std::unique_ptr<PartSender> sender_;
  std::vector<std::byte> filling_;
  int number_ = 1;  // of the part that is being filled
};

}  // namespace rushes::store
