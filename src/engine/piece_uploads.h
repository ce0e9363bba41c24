#pragma once

// The broker's side of outputs in stores that appear one by one: each is written into a file
// without a name, and put as one object by a few threads while the child makes the next ones. It is
// told of in the order in which they were finished, each once it is there.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/remote_stores.h"
#include "engine/task_document.h"
#include "engine/task_files.h"

namespace rushes::engine {

inline constexpr uint64_t kMaxPieceBytes = uint64_t{512} << 20;

// For one thread; it has threads of its own from the first commit() on.
class PieceUploads {
 public:
  // All are borrowed. Files are written beside the task's store.
  PieceUploads(const TaskDocument& task, const TaskFiles& files, RemoteStores& stores);
  ~PieceUploads();  // ends what is under way
  PieceUploads(const PieceUploads&) = delete;
  PieceUploads& operator=(const PieceUploads&) = delete;

  // Whether the task has such an output of that name.
  bool has(const std::string& output) const { return wanted_.contains(output); }
  // The empty file of an output, owned by this.
  base::Result<int> create(const std::string& output);
  // Does not wait. Not if an input has changed since it was opened. kResource: it is too large.
  base::Status commit(const std::string& output, nlohmann::json about);

  // So much is waiting that no more should be made meanwhile.
  bool is_full() const;
  bool is_idle() const;
  // What has been put since the last call, in the order of commit(): `about`, with the output's
  // name, "bytes" and "version", and "reused" where it was there already. Of a failure the error,
  // now and from then on.
  base::Result<std::vector<nlohmann::json>> take_done();

 private:
  struct Piece {
    const NamedPath* output = nullptr;
    base::UniqueFd fd;
    nlohmann::json about;
    bool done = false;
  };
  void put_pieces();
  base::Status put(Piece& piece);
  base::Result<store::RemoteStore*> store_of(const std::string& name);

  const TaskDocument& task_;
  const TaskFiles& files_;
  RemoteStores& stores_;
  std::map<std::string, const NamedPath*> wanted_;
  std::map<std::string, base::UniqueFd> open_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Piece>> pieces_;  // in the order of commit()
  size_t next_ = 0;                            // of these: the first that no thread has taken
  bool over_ = false;
  std::optional<base::Error> error_;
  std::map<std::string, std::unique_ptr<store::RemoteStore>> opened_;
  std::vector<std::thread> threads_;
};

}  // namespace rushes::engine
