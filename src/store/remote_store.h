#pragma once

// Objects by key, wherever they are: in a bucket, behind a web server, in a folder, in memory. One
// interface, one suite of tests (store_conformance_test.cc) for all of them.
//
// A key is 1 to 1024 bytes of UTF-8 without NUL and names exactly one object: "a//b", "a/../b",
// "A%2F" and "a b" are keys like any other, and nothing is tidied up. An object appears whole or
// not at all.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace rushes::store {

struct ObjectInfo {
  std::string key;
  uint64_t size = 0;
  // Changes with the object's content. Only the store that gave it knows what it means; empty where
  // the backend cannot tell (some web servers).
  std::string version;
};

// An object of a version, for reading.
struct OpenObject {
  ObjectInfo info;
  std::shared_ptr<const base::ByteSource> source;
};

struct WriteOptions {
  bool only_if_absent = false;  // an object that is there stays: Written::existed
  std::string content_type = "application/octet-stream";
  std::string cache_control = {};  // for who fetches it over the web; empty: nothing is said
};

struct Written {
  ObjectInfo object;     // what is under the key now
  bool existed = false;  // only_if_absent: somebody else's is; nothing was written
};

struct StoreLimits {
  bool can_write = true;
  bool can_copy = true;           // Upload::copy_part
  uint64_t max_put = 5ull << 30;  // bytes of put()
  uint64_t min_part = 1;          // bytes of every part but the last
  uint64_t max_part = 5ull << 30;
  int max_parts = 10'000;
};

// A piece of an object on its way. They are joined by number, which go from 1 up without a gap.
struct Part {
  int number = 0;
  uint64_t size = 0;
  std::string hash;  // SHA-256 of its bytes, in hex; if the server copied them, copied_hash()
  std::string tag;   // the backend's name for it
};
// Tells these bytes of an object from all others, and from those that were sent.
std::string copied_hash(const ObjectInfo& source, uint64_t offset, uint64_t size);

// An object that is written in parts. Nothing shows under its key before commit(). Destroyed before
// that, what has been stored stays: resume() goes on with it, abort() removes it. Thread-safe:
// parts may be put from several threads.
class Upload {
 public:
  virtual ~Upload() = default;
  // One that is there already is replaced. One that failed has to be put again before commit().
  virtual base::Status put_part(int number, std::span<const std::byte> data) = 0;
  // Bytes of an object of this store that never come here. kUnavailable if it has another version
  // by now, kUnsupported where limits().can_copy is false.
  virtual base::Status copy_part(int number, const ObjectInfo& source, uint64_t offset,
                                 uint64_t size) = 0;
  virtual std::vector<Part> parts() const = 0;  // by number
  // For RemoteStore::resume, also in another process. JSON; no secrets.
  virtual std::string state() const = 0;
  // Nothing else may be called after it has succeeded. One that failed may be tried again: an
  // answer that was lost does not make a second object of it.
  virtual base::Result<Written> commit() = 0;
  virtual base::Status abort() = 0;
};

struct ListRequest {
  std::string prefix;  // keys that begin so
  std::string next;    // of the page before; empty: the first one
  // Only keys without a "/" behind the prefix: those of a folder, not of the folders in it.
  bool flat = false;
};

// Whether a key is one that is asked for, whatever its page.
bool is_listed(std::string_view key, const ListRequest& request);

struct Listing {
  std::vector<ObjectInfo> objects;  // by key, bytewise
  std::string next;                 // for the next page; empty: this was the last
};

// Thread-safe. All calls block, try again what may pass (backoff with jitter), and end with
// kCancelled once their store's flag is set. kNotFound: no such object. kPermission: credentials,
// rights, or an address that must not be reached. kUnavailable: it may work later.
class RemoteStore {
 public:
  virtual ~RemoteStore() = default;

  virtual std::string name() const = 0;  // for messages: "s3://bucket/prefix"
  virtual StoreLimits limits() const = 0;

  virtual base::Result<ObjectInfo> stat(const std::string& key) = 0;
  // Reads that very version: kUnavailable, and never other bytes, once the object is another. Each
  // read_at is a request of its own: see cached_source.h. It may outlive the store.
  virtual base::Result<std::unique_ptr<base::ByteSource>> open(const ObjectInfo& object) = 0;
  // One page. Order and pages hold while nothing is written.
  virtual base::Result<Listing> list(const ListRequest& request) = 0;

  // What cannot be written answers kUnsupported to all that follows.
  virtual base::Result<Written> put(const std::string& key, std::span<const std::byte> data,
                                    const WriteOptions& options) = 0;
  virtual base::Result<std::unique_ptr<Upload>> start(const std::string& key,
                                                      const WriteOptions& options) = 0;
  // With the parts that are still there; with all of them if it has been committed, and nobody has
  // written there since: then commit() has nothing more to do. kNotFound if the upload is gone.
  virtual base::Result<std::unique_ptr<Upload>> resume(const std::string& state) = 0;
  // No error if there is none.
  virtual base::Status remove(const std::string& key) = 0;
};

// All pages of list(); more than `limit` objects are kInvalidArgument.
base::Result<std::vector<ObjectInfo>> list_all(RemoteStore& store, const std::string& prefix,
                                               size_t limit = 1'000'000);
// Likewise, those of a folder alone: "a/" has "a/b", and not "a/b/c".
base::Result<std::vector<ObjectInfo>> list_folder(RemoteStore& store, const std::string& folder,
                                                  size_t limit = 100'000);
// stat, open and read_all in one.
base::Result<std::vector<std::byte>> get(RemoteStore& store, const std::string& key,
                                         uint64_t limit);

// The version that S3 and Google give what was put at once and is not encrypted with a key of the
// bucket's own: its MD5 as an entity tag.
std::string usual_version(std::span<const std::byte> data);

// kInvalidArgument, saying why, if it is not a key.
base::Status check_key(std::string_view key);
// An object that has changed since it was looked at.
base::Error changed(const std::string& key);

}  // namespace rushes::store
