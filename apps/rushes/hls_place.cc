#include "hls_place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "base/uri.h"
#include "compile.h"
#include "numbers.h"
#include "store/pending_file.h"
#include "waiting_files.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using base::Result;
using base::Status;

std::string in_quotes(const std::string& folder) { return "HLS folder \"" + folder + "\""; }

class LocalPlace final : public HlsPlace {
 public:
  explicit LocalPlace(std::string folder) : folder_(std::move(folder)) {}

  Status open() {
    std::error_code error;
    if (fs::exists(folder_, error) && !fs::is_directory(folder_, error)) {
      return unusable(base::invalid_argument(in_quotes(folder_) + " is not a folder"));
    }
    if (!fs::exists(folder_, error)) {
      fs::create_directory(folder_, error);
      if (error) return unusable(base::from_errno(error.value(), in_quotes(folder_)));
      made_ = true;
    }
    if (access(folder_.c_str(), W_OK | X_OK) != 0) {
      return unusable(base::from_errno(errno, in_quotes(folder_) + " cannot be written"));
    }
    lock_.reset(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock_) return unusable(base::from_errno(errno, in_quotes(folder_)));
    if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      return unusable(
          base::invalid_argument(in_quotes(folder_) + " is being written by another render"));
    }
    return {};
  }

  const std::string& name() const override { return folder_; }
  bool is_far() const override { return false; }

  Result<std::vector<std::string>> names() override {
    std::error_code error;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
      names.push_back(entry.path().filename());
    }
    if (error) return base::from_errno(error.value(), in_quotes(folder_));
    return names;
  }

  Result<std::string> read(const std::string& file) override {
    std::error_code error;
    if (!fs::is_regular_file(path_of(file), error)) {
      return base::invalid_argument("\"" + path_of(file) + "\" is not a file");
    }
    return read_text(path_of(file));
  }

  Status write(const std::string& file, const std::string& text) override {
    const std::string path = path_of(file);
    ASSIGN_OR_RETURN(store::PendingFile pending, store::PendingFile::create({.path = path}));
    Status written = base::fd_sink(pending.fd())->write_at(0, std::as_bytes(std::span(text)));
    if (!written.ok()) return std::move(written).error().in("output \"" + path + "\"");
    return pending.commit();
  }

  Status flush() override { return {}; }

  Status remove(const std::vector<std::string>& files) override {
    for (const std::string& file : files) {
      std::error_code error;
      fs::remove(path_of(file), error);
      if (error) return base::from_errno(error.value(), "\"" + path_of(file) + "\"");
    }
    return {};
  }

  void give_up() override {
    // Of one that holds something it is refused.
    if (made_) static_cast<void>(rmdir(folder_.c_str()));
  }

 private:
  std::string folder_;
  bool made_ = false;    // it was not there
  base::UniqueFd lock_;  // one render at a time
};

// Objects are put by a thread, so that nobody waits for a store after every piece; of a list that
// has been written again meanwhile only what it says last.
class BucketPlace final : public HlsPlace {
 public:
  BucketPlace(std::string uri, Buckets& buckets) : uri_(std::move(uri)), buckets_(buckets) {}

  ~BucketPlace() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }
  BucketPlace(const BucketPlace&) = delete;
  BucketPlace& operator=(const BucketPlace&) = delete;

  const std::string& name() const override { return uri_; }
  bool is_far() const override { return true; }

  Result<std::vector<std::string>> names() override {
    ASSIGN_OR_RETURN(const std::vector<FarFile> files, buckets_.list(uri_ + "/"));
    std::vector<std::string> names;
    names.reserve(files.size());
    for (const FarFile& file : files) names.push_back(file.uri.substr(uri_.size() + 1));
    return names;
  }

  Result<std::string> read(const std::string& file) override {
    return buckets_.read(path_of(file), kMostText);
  }

  Status write(const std::string& file, const std::string& text) override {
    buckets_.tell();
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { put_all(); });
    if (!status_.ok()) return status_;
    waiting_.add(file, text);
    changed_.notify_all();
    return {};
  }

  Status flush() override {
    std::unique_lock lock(mutex_);
    hurry_ = true;
    changed_.notify_all();
    constexpr std::chrono::milliseconds kTick{20};
    while (!changed_.wait_for(lock, kTick, [&] { return waiting_.empty() && !busy_; })) {
      lock.unlock();
      buckets_.tell();
      const bool stopped = buckets_.is_stopped();
      lock.lock();
      if (stopped) return base::Error{base::Code::kCancelled, "cancelled"};
    }
    return status_;
  }

  Status remove(const std::vector<std::string>& files) override {
    std::vector<std::string> uris;
    uris.reserve(files.size());
    for (const std::string& file : files) uris.push_back(path_of(file));
    return buckets_.remove(uris);
  }

  void give_up() override {}

 private:
  static constexpr uint64_t kMostText = 64 << 20;

  // All that waits is put before what is written meanwhile, so that nothing waits forever. Google
  // takes one object once a second.
  void put_all() {
    constexpr std::chrono::seconds kPause{1};
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
      if (over_) return;
      const std::vector<WaitingFiles::File> files = waiting_.take();
      busy_ = true;
      lock.unlock();
      Status status;
      for (const WaitingFiles::File& file : files) {
        if (status.ok()) status = put(file);
      }
      lock.lock();
      busy_ = false;
      if (status_.ok()) status_ = std::move(status);
      changed_.notify_all();
      changed_.wait_for(lock, kPause, [this] { return over_ || hurry_; });
    }
  }

  Status put(const WaitingFiles::File& file) {
    try {
      return buckets_.put(path_of(file.name), file.text);
    } catch (const std::exception& error) {
      return base::internal(std::string("exception: ") + error.what());
    }
  }

  const std::string uri_;
  Buckets& buckets_;
  std::mutex mutex_;
  std::condition_variable changed_;
  WaitingFiles waiting_;
  bool busy_ = false, over_ = false;
  bool hurry_ = false;  // somebody waits for all of it
  Status status_;       // the first error is that of all that follows
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<HlsPlace>> hls_place(const std::string& named, Buckets& buckets) {
  return base::is_uri(named) ? bucket_place(named, buckets) : local_place(named);
}

Result<std::unique_ptr<HlsPlace>> local_place(const std::string& folder) {
  std::error_code error;
  std::string path = fs::absolute(folder, error).lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  auto place = std::make_unique<LocalPlace>(std::move(path));
  RETURN_IF_ERROR(place->open());
  return std::unique_ptr<HlsPlace>(std::move(place));
}

Result<std::unique_ptr<HlsPlace>> bucket_place(const std::string& uri, Buckets& buckets) {
  std::string folder = uri;
  if (folder.ends_with('/')) folder.pop_back();
  if (!is_bucket_uri(folder)) {
    return unusable(base::unsupported("HLS folder \"" + base::shown_uri(uri) +
                                      "\": s3:// and gs:// are written, web servers only read"));
  }
  if (store::split_uri(folder).key.empty()) {
    return unusable(
        base::invalid_argument(in_quotes(uri) + " is a whole bucket; name a folder in it"));
  }
  Status writable = buckets.check_writable(folder + "/master.m3u8");
  if (!writable.ok()) return unusable(std::move(writable).error().in(in_quotes(folder)));
  return std::unique_ptr<HlsPlace>(std::make_unique<BucketPlace>(std::move(folder), buckets));
}

}  // namespace rushes::app
