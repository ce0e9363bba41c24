#pragma once

// The broker's side of outputs that lie in a store: uploaded in parts while the child still writes,
// under their name when the task has succeeded. What was stored of an upload that did not come to
// its end is kept for the next task that writes the same there, and removed after a week. An output
// that is written once is remembered, and found to be there by the next such task.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/remote_inputs.h"
#include "engine/remote_protocol.h"
#include "engine/remote_stores.h"
#include "engine/task_document.h"
#include "engine/upload_journal.h"
#include "store/joined_object.h"
#include "store/object_sink.h"

namespace rushes::engine {

class RemoteOutput {
 public:
  struct Options {
    // Says what will be written, so that an upload of something else is not gone on with.
    std::string content;
    std::string folder;  // of the journal; empty: an upload that fails is removed
    const std::vector<RemoteInput>& inputs;  // of which one that is joined may take
  };
  // Finds out that it may be written. The stores must outlive it.
  static base::Result<std::unique_ptr<RemoteOutput>> open(const NamedPath& wanted,
                                                          const Options& options,
                                                          RemoteStores& stores);
  ~RemoteOutput();
  RemoteOutput(const RemoteOutput&) = delete;
  RemoteOutput& operator=(const RemoteOutput&) = delete;

  const std::string& name() const { return name_; }
  const std::string& uri() const { return uri_; }

  // Written by a task like this one before: nothing is to be done but commit().
  bool is_there() const { return there_.has_value(); }

  // Names of inputs whose bytes the server copies.
  std::vector<std::string> copied_inputs() const;

  // The child's end of a channel to it: to be sent there, and closed here before serve().
  base::Result<base::UniqueFd> channel();
  void serve();

  // Once the child has ended. `wait`: see RemoteStores::run; it leaves the upload for the next
  // task.
  base::Result<store::Written> commit(const std::function<base::Status()>& wait);
  // The task has failed: what was stored is removed, unless trying again may do better.
  void fail(const base::Error& why);

  uint64_t size() const { return joined_ ? joined_->size() : sink_ ? sink_->size() : 0; }
  uint64_t sent() const { return sender() != nullptr ? sender()->sent() : 0; }
  uint64_t reused() const { return sender() != nullptr ? sender()->reused() : 0; }
  uint64_t copied() const { return joined_ ? joined_->copied() : 0; }  // bytes, by the server

 private:
  explicit RemoteOutput(RemoteStores& stores) : stores_(stores) {}
  struct Copied {
    std::string input;
    store::OpenObject object;
  };
  base::Status start(const Options& options);
  void choose_copied(const std::string& store, const std::vector<RemoteInput>& inputs);
  const store::PartSender* sender() const;
  bool take(const RemoteRequest& request, std::vector<std::byte>& bytes);
  base::Status open_journal(const std::string& content, const std::string& folder,
                            store::StoreContext& context);
  base::Result<bool> look();
  base::Status remember_end(const store::Written& written);
  void remember(const std::string& state);
  base::Result<std::unique_ptr<store::PartSender>> resumed();
  store::ObjectWriterOptions writer_options();
  void serve_channel();
  void stop();

  RemoteStores& stores_;
  std::string name_, uri_, key_;
  bool once_ = false, replace_ = false, is_joined_ = false;
  std::optional<store::ObjectInfo> there_;
  std::unique_ptr<store::RemoteStore> store_;
  std::optional<UploadJournal> journal_;
  bool forgotten_ = false;  // that was told
  // One of the two.
  std::unique_ptr<store::ObjectSink> sink_;
  std::unique_ptr<store::JoinedObject> joined_;
  std::vector<Copied> copied_;
  base::UniqueFd socket_;
  std::thread thread_;
};

}  // namespace rushes::engine
