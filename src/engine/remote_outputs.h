#pragma once

// The broker's side of outputs that lie in a store: uploaded in parts while the child still writes,
// under their name when the task has succeeded. What was stored of an upload that did not come to
// its end is kept for the next task that writes the same there, and removed after a week.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/remote_stores.h"
#include "engine/task_document.h"
#include "engine/upload_journal.h"
#include "store/object_sink.h"

namespace rushes::engine {

class RemoteOutput {
 public:
  // `content` says what will be written, so that an upload of something else is not gone on with.
  // Finds out that it may be written. The stores must outlive it.
  // `folder`: of the journal; empty: an upload that fails is removed.
  static base::Result<std::unique_ptr<RemoteOutput>> open(const NamedPath& wanted,
                                                          const std::string& content,
                                                          const std::string& folder,
                                                          RemoteStores& stores);
  ~RemoteOutput();
  RemoteOutput(const RemoteOutput&) = delete;
  RemoteOutput& operator=(const RemoteOutput&) = delete;

  const std::string& name() const { return name_; }
  const std::string& uri() const { return uri_; }

  // The child's end of a channel to it: to be sent there, and closed here before serve().
  base::Result<base::UniqueFd> channel();
  void serve();

  // Once the child has ended. `wait`: see RemoteStores::run; it leaves the upload for the next
  // task.
  base::Result<store::Written> commit(const std::function<base::Status()>& wait);
  // The task has failed: what was stored is removed, unless trying again may do better.
  void fail(const base::Error& why);

  uint64_t size() const { return sink_->size(); }
  uint64_t sent() const { return sink_->sender().sent(); }
  uint64_t reused() const { return sink_->sender().reused(); }

 private:
  explicit RemoteOutput(RemoteStores& stores) : stores_(stores) {}
  base::Status start(const std::string& content, const std::string& folder);
  void open_journal(const std::string& content, const std::string& folder,
                    store::StoreContext& context);
  void remember(const std::string& state);
  base::Result<std::unique_ptr<store::PartSender>> sender();
  void serve_channel();
  void stop();

  RemoteStores& stores_;
  std::string name_, uri_, key_;
  std::unique_ptr<store::RemoteStore> store_;
  std::optional<UploadJournal> journal_;
  bool forgotten_ = false;  // that was told
  std::unique_ptr<store::ObjectSink> sink_;
  base::UniqueFd socket_;
  std::thread thread_;
};

}  // namespace rushes::engine
