#include "store/memory_store.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "net/digest.h"
#include "store/upload_state.h"

namespace rushes::store {
namespace {

using base::Result;
using base::Status;
using Bytes = std::shared_ptr<const std::vector<std::byte>>;

constexpr size_t kPage = 1000;

struct Object {
  Bytes data;
  std::string version;
};

struct Parts {
  std::map<int, Bytes> data;
};

// Shared by the store, its sources and its uploads.
struct State {
  std::mutex mutex;
  std::map<std::string, Object> objects;  // compares bytewise
  std::map<std::string, Parts> uploads;
  uint64_t versions = 0;

  // With the mutex held.
  Written write(const std::string& key, Bytes data, const WriteOptions& options) {
    const auto there = objects.find(key);
    if (options.only_if_absent && there != objects.end()) {
      return {.object = {key, there->second.data->size(), there->second.version}, .existed = true};
    }
    const std::string version = std::to_string(++versions);
    objects[key] = {data, version};
    return {.object = {key, data->size(), version}};
  }
};

class Source final : public base::ByteSource {
 public:
  Source(std::shared_ptr<State> state, ObjectInfo object)
      : state_(std::move(state)), object_(std::move(object)) {}
  uint64_t size() const override { return object_.size; }
  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->objects.find(object_.key);
    if (found == state_->objects.end() || found->second.version != object_.version) {
      return changed(object_.key);
    }
    if (offset >= object_.size) return size_t{0};
    const size_t n = static_cast<size_t>(std::min<uint64_t>(out.size(), object_.size - offset));
    if (n > 0) std::memcpy(out.data(), found->second.data->data() + offset, n);
    return n;
  }

 private:
  std::shared_ptr<State> state_;
  ObjectInfo object_;
};

Bytes bytes_of(std::span<const std::byte> data) {
  return std::make_shared<const std::vector<std::byte>>(data.begin(), data.end());
}

class MemoryUpload final : public StatefulUpload {
 public:
  MemoryUpload(std::shared_ptr<State> store, UploadState state, const StoreLimits& limits)
      : StatefulUpload(std::move(state)), store_(std::move(store)), limits_(limits) {}

  Status put_part(int number, std::span<const std::byte> data) override {
    RETURN_IF_ERROR(check_part(number, data.size(), limits_));
    return keep(number, bytes_of(data), net::sha256_hex(data));
  }

  Status copy_part(int number, const ObjectInfo& source, uint64_t offset, uint64_t size) override {
    RETURN_IF_ERROR(check_part(number, size, limits_));
    std::vector<std::byte> data(static_cast<size_t>(std::min(size, source.size)));
    ASSIGN_OR_RETURN(const size_t read, Source(store_, source).read_at(offset, data));
    if (read != size) return base::invalid_argument("the range to copy ends behind the object");
    return keep(number, bytes_of(data), copied_hash(source, offset, size));
  }

  Result<Written> commit() override {
    ASSIGN_OR_RETURN(const std::vector<Part> parts, part_list().complete(limits_));
    const std::lock_guard lock(store_->mutex);
    const auto upload = store_->uploads.find(started().id);
    if (upload == store_->uploads.end()) return base::not_found("the upload is gone");
    std::vector<std::byte> whole;
    for (const auto& [number, data] : upload->second.data) {
      whole.insert(whole.end(), data->begin(), data->end());
    }
    store_->uploads.erase(upload);
    return store_->write(started().key, bytes_of(whole), started().options);
  }

  Status abort() override {
    const std::lock_guard lock(store_->mutex);
    store_->uploads.erase(started().id);
    return {};
  }

 private:
  Status keep(int number, Bytes data, std::string hash) {
    const uint64_t size = data->size();
    {
      const std::lock_guard lock(store_->mutex);
      const auto upload = store_->uploads.find(started().id);
      if (upload == store_->uploads.end()) return base::not_found("the upload is gone");
      upload->second.data[number] = std::move(data);
    }
    part_list().add({.number = number, .size = size, .hash = std::move(hash), .tag = {}});
    return {};
  }

  std::shared_ptr<State> store_;
  StoreLimits limits_;
};

class MemoryStore final : public RemoteStore {
 public:
  std::string name() const override { return "memory:"; }
  StoreLimits limits() const override { return {}; }

  Result<ObjectInfo> stat(const std::string& key) override {
    RETURN_IF_ERROR(check_key(key));
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->objects.find(key);
    if (found == state_->objects.end()) return base::not_found("there is no \"" + key + "\"");
    return ObjectInfo{key, found->second.data->size(), found->second.version};
  }

  Result<std::unique_ptr<base::ByteSource>> open(const ObjectInfo& object) override {
    RETURN_IF_ERROR(check_key(object.key));
    return std::unique_ptr<base::ByteSource>(new Source(state_, object));
  }

  Result<Listing> list(const ListRequest& request) override {
    const std::lock_guard lock(state_->mutex);
    Listing page;
    for (auto at = state_->objects.lower_bound(std::max(request.prefix, request.next));
         at != state_->objects.end() && at->first.starts_with(request.prefix); ++at) {
      if (!is_listed(at->first, request)) continue;
      if (page.objects.size() == kPage) {
        page.next = at->first;
        break;
      }
      page.objects.push_back({at->first, at->second.data->size(), at->second.version});
    }
    return page;
  }

  Result<Written> put(const std::string& key, std::span<const std::byte> data,
                      const WriteOptions& options) override {
    RETURN_IF_ERROR(check_key(key));
    const std::lock_guard lock(state_->mutex);
    return state_->write(key, bytes_of(data), options);
  }

  Result<std::unique_ptr<Upload>> start(const std::string& key,
                                        const WriteOptions& options) override {
    RETURN_IF_ERROR(check_key(key));
    UploadState state{.store = name(), .key = key, .id = new_nonce(), .options = options};
    const std::lock_guard lock(state_->mutex);
    state_->uploads[state.id];
    return std::unique_ptr<Upload>(new MemoryUpload(state_, std::move(state), limits()));
  }

  Result<std::unique_ptr<Upload>> resume(const std::string& text) override {
    ASSIGN_OR_RETURN(UploadState state, parse_upload_state(text, name()));
    const std::lock_guard lock(state_->mutex);
    if (!state_->uploads.contains(state.id)) return base::not_found("the upload is gone");
    return std::unique_ptr<Upload>(new MemoryUpload(state_, std::move(state), limits()));
  }

  Status remove(const std::string& key) override {
    RETURN_IF_ERROR(check_key(key));
    const std::lock_guard lock(state_->mutex);
    state_->objects.erase(key);
    return {};
  }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::unique_ptr<RemoteStore> memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace rushes::store
