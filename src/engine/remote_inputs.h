#pragma once

// The broker's side of inputs that lie in a store: opened by their URI, pinned to a version, and
// read for the child by a thread for each, which fetches ahead what the child announces.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/remote_stores.h"
#include "engine/task_document.h"
#include "store/kept_ranges.h"

namespace rushes::engine {

inline constexpr size_t kMaxRemoteInputs = 1024;

struct RemoteInput {
  std::string name;
  std::string shown;  // its URI, without secrets
  store::OpenObject object;
  // Size and version: another one is another content.
  std::string identity() const;
  // In place of a hash of the content, which nobody reads: of where it lies, its size and its
  // version.
  std::string hash() const;
};

// Thread-safe, but for open_all().
class RemoteInputs {
 public:
  // `roots`: "s3://bucket/folder"; what is read with credentials has to be one of these, or lie in
  // one. `folder`: of the task's store, for what is worth keeping of what was read (see
  // store/kept_ranges.h); or empty.
  RemoteInputs(RemoteStores& stores, std::vector<std::string> roots, std::string folder)
      : stores_(stores), roots_(std::move(roots)), folder_(std::move(folder)) {}
  ~RemoteInputs();  // ends what is under way
  RemoteInputs(const RemoteInputs&) = delete;
  RemoteInputs& operator=(const RemoteInputs&) = delete;

  // Of each the input, or why it cannot be had. `wait`: see RemoteStores::run.
  base::Result<std::vector<base::Result<RemoteInput>>> open_all(
      const std::vector<const NamedPath*>& wanted, const std::function<base::Status()>& wait);

  // The child's end of a channel to it: to be sent there, and closed here before serve().
  base::Result<base::UniqueFd> channel_to(const RemoteInput& input);
  // Once the child has its ends.
  void serve();

  struct Transfer {
    uint64_t bytes = 0;
    int64_t requests = 0;
  };
  Transfer transfer() const { return {bytes_.load(), requests_.load()}; }

 private:
  struct Channel {
    base::UniqueFd socket;
    std::shared_ptr<const base::ByteSource> source;
    std::shared_ptr<store::KeptRanges> kept;
  };
  class Counted;
  base::Result<RemoteInput> open(const NamedPath& wanted, store::StoreContext& context) const;
  base::Status check_root(const std::string& uri) const;
  std::shared_ptr<store::KeptRanges> kept_of(const RemoteInput& input) const;
  void serve_channel(const Channel& channel);

  RemoteStores& stores_;
  const std::vector<std::string> roots_;
  const std::string folder_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::thread> threads_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<int64_t> requests_{0};
};

}  // namespace rushes::engine
