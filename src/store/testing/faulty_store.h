#pragma once

// A store whose calls fail when a test says so.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "store/remote_store.h"

namespace rushes::store {

class FaultyStore final : public RemoteStore {
 public:
  // Asked before each call, as "put KEY", "part 57", "commit", ..., from any thread: an error is
  // the result of the call.
  using Fault = std::function<base::Status(const std::string& call)>;
  FaultyStore(RemoteStore& inner, Fault fault) : inner_(inner), fault_(std::move(fault)) {}

  std::string name() const override { return inner_.name(); }
  StoreLimits limits() const override { return inner_.limits(); }
  base::Result<ObjectInfo> stat(const std::string& key) override {
    RETURN_IF_ERROR(fault_("stat " + key));
    return inner_.stat(key);
  }
  base::Result<std::unique_ptr<base::ByteSource>> open(const ObjectInfo& object) override {
    RETURN_IF_ERROR(fault_("open " + object.key));
    return inner_.open(object);
  }
  base::Result<Listing> list(const ListRequest& request) override {
    RETURN_IF_ERROR(fault_("list " + request.prefix));
    return inner_.list(request);
  }
  base::Result<Written> put(const std::string& key, std::span<const std::byte> data,
                            const WriteOptions& options) override {
    RETURN_IF_ERROR(fault_("put " + key));
    return inner_.put(key, data, options);
  }
  base::Result<std::unique_ptr<Upload>> start(const std::string& key,
                                              const WriteOptions& options) override {
    RETURN_IF_ERROR(fault_("start " + key));
    return wrapped(inner_.start(key, options));
  }
  base::Result<std::unique_ptr<Upload>> resume(const std::string& state) override {
    RETURN_IF_ERROR(fault_("resume"));
    return wrapped(inner_.resume(state));
  }
  base::Status remove(const std::string& key) override {
    RETURN_IF_ERROR(fault_("remove " + key));
    return inner_.remove(key);
  }

 private:
  class FaultyUpload final : public Upload {
   public:
    FaultyUpload(std::unique_ptr<Upload> inner, Fault fault)
        : inner_(std::move(inner)), fault_(std::move(fault)) {}
    base::Status put_part(int number, std::span<const std::byte> data) override {
      RETURN_IF_ERROR(fault_("part " + std::to_string(number)));
      return inner_->put_part(number, data);
    }
    base::Status copy_part(int number, const ObjectInfo& source, uint64_t offset,
                           uint64_t size) override {
      RETURN_IF_ERROR(fault_("copy " + std::to_string(number)));
      return inner_->copy_part(number, source, offset, size);
    }
    std::vector<Part> parts() const override { return inner_->parts(); }
    std::string state() const override { return inner_->state(); }
    base::Result<Written> commit() override {
      RETURN_IF_ERROR(fault_("commit"));
      return inner_->commit();
    }
    base::Status abort() override {
      RETURN_IF_ERROR(fault_("abort"));
      return inner_->abort();
    }

   private:
    std::unique_ptr<Upload> inner_;
    Fault fault_;
  };

  base::Result<std::unique_ptr<Upload>> wrapped(base::Result<std::unique_ptr<Upload>> upload) {
    if (!upload.ok()) return upload;
    return std::unique_ptr<Upload>(new FaultyUpload(*std::move(upload), fault_));
  }

  RemoteStore& inner_;
  Fault fault_;
};

}  // namespace rushes::store
