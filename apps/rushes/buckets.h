#pragma once

// What this program itself asks of stores: what is there, and small objects that it reads, writes
// and removes, as playlists and reports. Recordings and videos are the engine's business.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/open_store.h"

namespace rushes::app {

struct FarFile {
  std::string uri;
  uint64_t size = 0;
  std::string version;
};

// As the engine says it of its inputs: tasks insist on it.
std::string far_identity(uint64_t size, const std::string& version);

// "s3://bucket/folder/", and "gs://...": what can be written to.
bool is_bucket_uri(const std::string& text);

// Nothing is opened before it is needed. But for put(), calls are made by one thread; they end with
// kCancelled once the user wants to stop, and tell what was tried again.
class Buckets {
 public:
  using Warn = std::function<void(int number, const std::string& text)>;
  // `transfer`: as of tasks, see docs/formats/task.md; or null.
  explicit Buckets(Warn warn, nlohmann::json transfer = {})
      : warn_(std::move(warn)), transfer_(std::move(transfer)) {}
  ~Buckets() { stop(); }
  Buckets(const Buckets&) = delete;
  Buckets& operator=(const Buckets&) = delete;

  // The files of a folder, by name; not of folders in it. The URI ends in "/".
  base::Result<std::vector<FarFile>> list(const std::string& folder);
  // Also of web servers.
  base::Result<FarFile> stat(const std::string& uri);
  base::Result<std::string> read(const std::string& uri, uint64_t limit);
  base::Status write(const std::string& uri, const std::string& text);
  // That an object could be written there; none is.
  base::Status check_writable(const std::string& uri);
  // Several at a time. None need be there.
  base::Status remove(const std::vector<std::string>& uris);

  // From any thread, once check_writable() has been called; blocks. What has to be told is, by the
  // next of the other calls or by tell(). Nobody may keep the text for others: it may be replaced.
  base::Status put(const std::string& uri, const std::string& text);
  void tell();
  // Ends what is under way, soon.
  void stop() { cancelled_ = true; }
  // Looks whether the user wants to; then it stops.
  bool is_stopped();

 private:
  base::Result<store::StoreContext*> context();
  base::Result<store::RemoteStore*> store_of(const std::string& name);
  base::Status run(int threads, const std::function<base::Status()>& work);

  const Warn warn_;
  const nlohmann::json transfer_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::unique_ptr<store::StoreContext> context_;
  std::map<std::string, std::unique_ptr<store::RemoteStore>> stores_;
  std::mutex notices_mutex_;
  std::vector<std::string> notices_;
};

}  // namespace rushes::app
