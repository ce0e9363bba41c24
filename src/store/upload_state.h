#pragma once

// What an upload knows of itself, as the backends share it.

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/remote_store.h"

namespace rushes::store {

struct UploadState {
  std::string store;  // RemoteStore::name(): a state goes back to where it came from
  std::string key;
  std::string id;     // the backend's name for the upload
  std::string nonce;  // of this write alone: tells its object from any other
  WriteOptions options;
  std::vector<Part> parts;
};

std::string to_text(const UploadState& state);
// kInvalidArgument if it is not such a text, or one of another store.
base::Result<UploadState> parse_upload_state(std::string_view text, const std::string& store);

std::string new_nonce();  // 32 hex digits

// The parts of an upload. Thread-safe.
class PartList {
 public:
  void set(std::vector<Part> parts);
  void add(Part part);
  std::vector<Part> all() const;  // by number
  // kInvalidArgument if one is missing, or one but the last is smaller than allowed.
  base::Result<std::vector<Part>> complete(const StoreLimits& limits) const;

 private:
  mutable std::mutex mutex_;
  std::map<int, Part> parts_;
};

// What all backends' uploads keep.
class StatefulUpload : public Upload {
 public:
  std::vector<Part> parts() const final { return parts_.all(); }
  std::string state() const final;

 protected:
  explicit StatefulUpload(UploadState state);
  const UploadState& started() const { return state_; }  // without its parts
  PartList& part_list() { return parts_; }
  const PartList& part_list() const { return parts_; }

 private:
  UploadState state_;
  PartList parts_;
};

// A part's number and size are what the limits allow; it may be the last one.
base::Status check_part(int number, uint64_t size, const StoreLimits& limits);
uint64_t total_size(const std::vector<Part>& parts);

}  // namespace rushes::store
