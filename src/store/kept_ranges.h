#pragma once

// Bytes of one object far away that were fetched and will be wanted again, by other tasks or later
// ones, in a file on this machine. Any number of processes read it and add to it at once.
//
// After 8 bytes, "RSHRNG1\n", the file holds records. Numbers are little-endian:
//   32 XXH3-128 of what follows in the record, as hexadecimal digits
//    8 count of its ranges     8 bytes of all of them
//   16 for each: offset and size in the object
//      their bytes, in the same order
// A file that is torn at its end is begun anew by who opens it next; a record that is not what its
// hash says is as good as none.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::store {

class KeptRanges {
 public:
  // Of an object of `size` bytes. `path`: of a file in a folder that is there; what it holds must
  // be of the same object, whatever its name says. It grows to about `size` at most.
  static base::Result<std::unique_ptr<KeptRanges>> open(const std::string& path, uint64_t size);

  // Of `ranges`, in their order, what is not there. Looks at what others have added.
  std::vector<base::ByteRange> missing(std::span<const base::ByteRange> ranges);
  // As many bytes as are there from `offset` on, at least one; 0: there are none, of others either.
  size_t read_some(uint64_t offset, std::span<std::byte> out);
  // Of `data`, which lies at `offset`, those of `ranges` that lie in it whole and are not there.
  // They come in the order of their offsets; one that begins within another is left out.
  // That it cannot be written is no loss but of time.
  void keep(uint64_t offset, std::span<const std::byte> data,
            std::span<const base::ByteRange> ranges);

 private:
  struct Place {
    uint64_t size = 0;
    uint64_t at = 0;      // in the file
    uint64_t record = 0;  // where that begins
  };
  explicit KeptRanges(base::UniqueFd fd, uint64_t size) : fd_(std::move(fd)), size_(size) {}
  bool look_at_all();
  bool lock_file() const;
  void look();
  bool look_at_record(uint64_t file_size);
  void add(const base::ByteRange& range, Place place);
  std::map<uint64_t, Place>::const_iterator find(uint64_t offset) const;
  bool is_sound(uint64_t record);
  void append(std::span<const std::byte> record);

  const base::UniqueFd fd_;
  const uint64_t size_;
  std::mutex mutex_;
  std::map<uint64_t, Place> places_;        // by offset in the object; none overlap
  std::map<uint64_t, bool> sound_records_;  // those that were read and checked
  uint64_t seen_ = 0;                       // of the file
};

}  // namespace rushes::store
