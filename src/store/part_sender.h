#pragma once

// The parts of one upload, sent by several threads while the next one is made. What a resumed
// upload holds already is compared and not sent again.

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
  // At least; the store may ask for more. The smaller, the less is left to send when the last byte
  // is made; Amazon takes no less.
  uint64_t part_bytes = 5 << 20;
  int threads = 4;
  // Called whenever a part has been stored, by one thread at a time: for whoever keeps
  // Upload::state() now and then, to go on after a crash. It must not block for long.
  std::function<void(const Upload& upload)> on_part;
};

// The size of part `number`. So that 10 000 of them are enough for anything, after every so many
// they are twice as long.
inline constexpr int kPartsAlike = 1000;
uint64_t part_size(uint64_t part_bytes, int number, const StoreLimits& limits);

class PartSender {
 public:
  // Starts the upload with its first part.
  PartSender(RemoteStore& store, std::string key, ObjectWriterOptions options);
  static base::Result<std::unique_ptr<PartSender>> resume(RemoteStore& store,
                                                          const std::string& state,
                                                          ObjectWriterOptions options);
  // Waits for the parts on their way and leaves the upload as it is.
  ~PartSender();
  PartSender(const PartSender&) = delete;
  PartSender& operator=(const PartSender&) = delete;

  // Starts the upload now, to find out that it may be written.
  base::Status start();
  bool started() const { return upload_ != nullptr; }
  std::string state() const { return upload_->state(); }  // of one that was started
  // Waits while as many parts are on their way as there are threads. The first error of any part is
  // the result of all that follows.
  base::Status send(int number, std::vector<std::byte> data);
  // Likewise, a part of an object of this store, which the server copies.
  struct Range {
    ObjectInfo object;
    uint64_t offset = 0, size = 0;
  };
  base::Status copy(int number, Range range);
  // Once all parts have been sent.
  base::Result<Written> finish();
  // Removes what has been stored. Nothing may be called after it.
  base::Status abort();

  uint64_t part_size_of(int number) const;
  uint64_t sent() const;                       // bytes, and those that were there
  uint64_t reused() const { return reused_; }  // bytes that were not sent again
  RemoteStore& store() { return store_; }
  const std::string& key() const { return key_; }
  const ObjectWriterOptions& options() const { return options_; }
  const StoreLimits& limits() const { return limits_; }

 private:
  struct Job {
    int number = 0;
    std::vector<std::byte> data;
    std::optional<Range> range;  // in place of `data`
    uint64_t size() const { return range ? range->size : data.size(); }
  };
  base::Status add(Job job);
  bool is_there(const Job& job) const;
  base::Status put(const Job& job);
  void send_parts();
  void stop();

  RemoteStore& store_;
  const std::string key_;
  const ObjectWriterOptions options_;
  const StoreLimits limits_;
  std::unique_ptr<Upload> upload_;
  std::map<int, Part> there_;  // of a resumed upload
  uint64_t reused_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> waiting_;
  uint64_t sent_ = 0;
  int busy_ = 0;  // parts that wait or are on their way
  bool over_ = false;
  std::optional<base::Error> error_;
  std::mutex state_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace rushes::store
