#include "buckets.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <exception>
#include <span>

#include "base/error_catalog.h"
#include "base/threads.h"
#include "base/uri.h"
#include "schema/media_type.h"
#include "signals.h"

namespace rushes::app {
namespace {

using base::Result;
using base::Status;

constexpr int kRemovedAtOnce = 8;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

Status guarded(const std::function<Status()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return base::internal(std::string("exception: ") + error.what());
  }
}

}  // namespace

std::string far_identity(uint64_t size, const std::string& version) {
  return "remote:" + std::to_string(size) + ":" + version;
}

bool is_bucket_uri(const std::string& text) {
  return base::is_uri(text) && !text.starts_with("http");
}

Result<store::StoreContext*> Buckets::context() {
  const std::lock_guard lock(mutex_);
  if (context_) return context_.get();
  store::StoreContext::Options options;
  options.private_web = true;  // who names a file may read it
  if (!transfer_.is_null()) {
    options.send_bytes_per_second = transfer_.value("send_bytes_per_second", uint64_t{0});
    options.send_limit_file = transfer_.value("send_limit_file", "");
  }
  options.cancelled = &cancelled_;
  options.retry.on_retry = [this](const std::string& why, std::chrono::milliseconds wait) {
    constexpr size_t kMostNotices = 30;
    const std::lock_guard also(notices_mutex_);
    if (notices_.size() == kMostNotices) return;
    notices_.push_back(fmt::format("{}; asking again in {} ms", why, wait.count()));
  };
  ASSIGN_OR_RETURN(context_, store::StoreContext::open(std::move(options)));
  return context_.get();
}

// Which region a bucket is in is found out once.
Result<store::RemoteStore*> Buckets::store_of(const std::string& name) {
  ASSIGN_OR_RETURN(store::StoreContext * context, this->context());
  const std::lock_guard lock(mutex_);
  std::unique_ptr<store::RemoteStore>& store = stores_[name];
  if (!store) {
    auto opened = context->store(name);
    if (!opened.ok()) return std::move(opened).error();
    store = std::move(opened).value();
  }
  return store.get();
}

bool Buckets::is_stopped() {
  pollfd wish = {.fd = cancel_fd(), .events = POLLIN, .revents = 0};
  if (poll(&wish, 1, 0) > 0) stop();
  return cancelled_;
}

void Buckets::tell() {
  std::vector<std::string> notices;
  {
    const std::lock_guard lock(notices_mutex_);
    notices.swap(notices_);
  }
  for (const std::string& text : notices) warn_(base::kStoreRetried, text);
}

Status Buckets::run(int threads, const std::function<Status()>& work) {
  Status status = base::run_threads(
      threads, [&] { return guarded(work); },
      [this] {
        static_cast<void>(is_stopped());
        tell();
      });
  tell();
  return status;
}

Result<std::vector<FarFile>> Buckets::list(const std::string& folder) {
  const store::StoreAndKey place = store::split_uri(folder);
  std::vector<FarFile> files;
  Status done = run(1, [&]() -> Status {
    ASSIGN_OR_RETURN(store::RemoteStore * store, store_of(place.store));
    ASSIGN_OR_RETURN(const auto objects, store::list_folder(*store, place.key));
    for (const store::ObjectInfo& object : objects) {
      // Some tools make an object of the folder itself.
      if (object.key == place.key) continue;
      files.push_back({place.store + "/" + object.key, object.size, object.version});
    }
    return {};
  });
  RETURN_IF_ERROR(std::move(done));
  return files;
}

Result<FarFile> Buckets::stat(const std::string& uri) {
  FarFile file{.uri = uri, .size = 0, .version = {}};
  Status done = run(1, [&]() -> Status {
    ASSIGN_OR_RETURN(store::StoreContext * context, this->context());
    ASSIGN_OR_RETURN(const store::OpenObject object, context->object(uri));
    file.size = object.info.size;
    file.version = object.info.version;
    return {};
  });
  RETURN_IF_ERROR(std::move(done));
  return file;
}

Result<std::string> Buckets::read(const std::string& uri, uint64_t limit) {
  const store::StoreAndKey place = store::split_uri(uri);
  std::string text;
  Status done = run(1, [&]() -> Status {
    ASSIGN_OR_RETURN(store::RemoteStore * store, store_of(place.store));
    ASSIGN_OR_RETURN(const auto bytes, store::get(*store, place.key, limit));
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  RETURN_IF_ERROR(std::move(done));
  return text;
}

Status Buckets::put(const std::string& uri, const std::string& text) {
  const store::StoreAndKey place = store::split_uri(uri);
  ASSIGN_OR_RETURN(store::RemoteStore * store, store_of(place.store));
  const store::WriteOptions options{.content_type = schema::media_type_of(uri),
                                    .cache_control = "no-cache"};
  auto written = store->put(place.key, bytes_of(text), options);
  if (!written.ok()) return std::move(written).error().in("output \"" + uri + "\"");
  return {};
}

Status Buckets::write(const std::string& uri, const std::string& text) {
  return run(1, [&] { return put(uri, text); });
}

// An upload that is begun and taken back needs the right to write, and leaves nothing.
Status Buckets::check_writable(const std::string& uri) {
  const store::StoreAndKey place = store::split_uri(uri);
  return run(1, [&]() -> Status {
    ASSIGN_OR_RETURN(store::RemoteStore * store, store_of(place.store));
    ASSIGN_OR_RETURN(const auto upload, store->start(place.key, {}));
    return upload->abort();
  });
}

Status Buckets::remove(const std::vector<std::string>& uris) {
  if (uris.empty()) return {};
  std::atomic<size_t> next{0};
  return run(static_cast<int>(std::min<size_t>(uris.size(), kRemovedAtOnce)), [&]() -> Status {
    for (size_t n; (n = next++) < uris.size();) {
      const store::StoreAndKey place = store::split_uri(uris[n]);
      ASSIGN_OR_RETURN(store::RemoteStore * store, store_of(place.store));
      RETURN_IF_ERROR(store->remove(place.key));
    }
    return {};
  });
}

}  // namespace rushes::app
