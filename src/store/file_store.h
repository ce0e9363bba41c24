#pragma once

// Objects by key in a folder: a cache that several processes use at once, and that may be damaged,
// write-protected or deleted under them.
//
//   FOLDER/CACHEDIR.TAG           keeps it out of backups
//   FOLDER/objects/9f/86d081...   an object: its bytes, then a trailer of 48 bytes:
//       8  magic "RSHOBJ1\n"      16  its key      8  length, little-endian
//       16 XXH3-128 of the bytes (keys and hashes: high half first)
//   FOLDER/ranges/9f86d081...     bytes of a file in a store far away: store/kept_ranges.h; counted
//                                 and removed as objects are
//   FOLDER/pins/PID-RANDOM        keys that a running process needs, one a line; locked till it
//   ends FOLDER/lock                   held exclusively while objects are removed, shared while
//   pins are
//                                 made
//
// An object appears whole or not at all. Keys name what objects are made of, so whoever writes one
// again writes the same bytes (or replaces what is only remembered). It is checked against its hash
// whenever it is read; a damaged one is thrown away. Its modification time is that of its last use.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "store/pending_file.h"

namespace rushes::store {

// 32 lower-case hex digits.
bool is_key(const std::string& text);

struct Object {
  base::UniqueFd fd;  // read only
  uint64_t size = 0;  // of its bytes; the trailer follows them
};

// What reading a key came to. Neither an object nor damaged: there is none.
struct Found {
  std::optional<Object> object;
  bool damaged = false;  // it was thrown away
};

// An object on its way. Destroyed before commit, it leaves nothing.
class PendingObject {
 public:
  int fd() const { return file_.fd(); }  // to be written from 0 on
  base::Result<uint64_t> size() const { return file_.size(); }
  bool disk_is_full() const { return file_.disk_is_full(); }
  // Hashes what was written, adds the trailer, syncs, names it. The folder may have been deleted
  // meanwhile: it is made again. Nothing may write to fd() any more.
  base::Status commit();

 private:
  friend class FileStore;
  PendingObject(PendingFile file, std::string key) : file_(std::move(file)), key_(std::move(key)) {}
  base::Status add_trailer();

  PendingFile file_;
  std::string key_;
};

// While it lives, and its process does, the keys are not evicted.
class Pin {
 public:
  Pin(Pin&& other) noexcept = default;
  Pin& operator=(Pin&& other) noexcept;
  ~Pin();

 private:
  friend class FileStore;
  Pin() = default;
  void release();
  std::string path_;
  base::UniqueFd fd_;
};

struct StoreStatus {
  uint64_t objects = 0;
  uint64_t bytes = 0;  // with trailers
  uint64_t pinned = 0;
};

struct Removed {
  uint64_t objects = 0;
  uint64_t bytes = 0;
};

struct Verified {
  StoreStatus kept;
  Removed damaged;
  uint64_t leftovers = 0;  // temporary files of processes that are gone
};

// Thread-safe; so is any number of processes.
class FileStore {
 public:
  // Makes the folder if it is missing. Objects can be read also where nothing can be written.
  static base::Result<FileStore> open(const std::string& folder);

  const std::string& folder() const { return folder_; }

  // What this store has not and the other has whole is copied when contains() is asked for it: of a
  // store that can only be read.
  void fall_back_on(FileStore other);

  // kPermission or kResource, saying why, if nothing can be written there.
  base::Status check_writable() const;

  // Marks the object as used. It has not been checked.
  bool contains(const std::string& key) const;
  // Checked against its hash, and marked as used.
  base::Result<Found> read(const std::string& key) const;
  // What lies in its place and is no file is removed.
  base::Result<PendingObject> create(const std::string& key) const;
  base::Status remove(const std::string& key) const;

  // Call it before looking what is there.
  base::Result<Pin> pin(const std::vector<std::string>& keys) const;

  base::Result<StoreStatus> status() const;
  // Removes what was used least recently until `bytes` are left, but nothing that is pinned.
  base::Result<Removed> prune(uint64_t bytes) const;
  // Reads everything; removes what is damaged and what dead processes left.
  base::Result<Verified> verify() const;

 private:
  explicit FileStore(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const std::string& key) const;
  enum class Use : uint8_t { kCount, kIgnore };
  base::Result<Found> read(const std::string& key, Use use) const;
  base::Status take(const Object& object, const std::string& key) const;

  std::string folder_;
  std::shared_ptr<const FileStore> other_;
};

}  // namespace rushes::store
