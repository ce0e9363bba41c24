#pragma once

// An object written from front to end, its size known only when it ends. Parts are sent by several
// threads while the next one is filled.
//
// Memory: `threads` + 1 parts. So that 10 000 of them are enough for anything, every thousandth
// part and those after it are twice as long as those before.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/remote_store.h"

namespace rushes::store {

struct ObjectWriterOptions {
  WriteOptions write;
  uint64_t part_bytes = 8 << 20;  // at least; the store may ask for more
  int threads = 4;
  // Called whenever a part has been stored, by one thread at a time: for whoever keeps
  // Upload::state() now and then, to go on after a crash. It must not block for long.
  std::function<void(const Upload& upload)> on_part;
};

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
  ~ObjectWriter();

  // The first error of any part is the result of all that follows.
  base::Status write(std::span<const std::byte> data);
  base::Result<Written> finish();
  // Removes what has been stored. Nothing may be called after it.
  base::Status abort();

  uint64_t reused() const { return reused_; }  // bytes that were not sent again
  static uint64_t part_size(uint64_t part_bytes, int number, const StoreLimits& limits);

 private:
  ObjectWriter(RemoteStore& store, std::string key, ObjectWriterOptions options);
  base::Status send_filled();
  bool is_there(std::span<const std::byte> data) const;
  void send_parts();
  void stop();

  struct Job {
    int number = 0;
    std::vector<std::byte> data;
  };

  RemoteStore& store_;
  const std::string key_;
  const ObjectWriterOptions options_;
  const StoreLimits limits_;
  std::unique_ptr<Upload> upload_;
  std::map<int, Part> there_;  // of a resumed upload
  std::vector<std::byte> filling_;
  int number_ = 1;  // of the part that is being filled
  uint64_t reused_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> waiting_;
  int busy_ = 0;  // parts that wait or are on their way
  bool over_ = false;
  std::optional<base::Error> error_;
  std::mutex state_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace rushes::store
