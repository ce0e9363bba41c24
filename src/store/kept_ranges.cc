#include "store/kept_ranges.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace rushes::store {

using base::ByteRange;

namespace {

constexpr std::string_view kMagic = "RSHRNG1\n";
constexpr size_t kHashBytes = 32;
constexpr size_t kHeadBytes = kHashBytes + 16;
constexpr uint64_t kMostInRecord = 1 << 16;  // ranges
constexpr uint64_t kMostRecordBytes = 64 << 20;
// What a file may have beside the whole object.
constexpr uint64_t kMostOver = 1 << 20;

void put(std::vector<std::byte>& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

uint64_t get(const std::byte* from) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= static_cast<uint64_t>(from[i]) << (8 * i);
  return value;
}

bool read_whole(int fd, uint64_t at, std::span<std::byte> out) {
  const auto file = base::fd_source(fd, at + out.size());
  const auto read = file->read_at(at, out);
  return read.ok() && *read == out.size();
}

bool is_file(int fd) {
  struct stat info = {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

uint64_t size_of(int fd) {
  struct stat info = {};
  return fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

std::string hash_of(std::span<const std::byte> bytes) {
  return base::hash_of(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::vector<std::byte> record_of(uint64_t offset, std::span<const std::byte> data,
                                 std::span<const ByteRange> ranges) {
  std::vector<std::byte> record(kHashBytes);
  uint64_t bytes = 0;
  for (const ByteRange& r : ranges) bytes += r.size;
  put(record, ranges.size());
  put(record, bytes);
  for (const ByteRange& r : ranges) {
    put(record, r.offset);
    put(record, r.size);
  }
  for (const ByteRange& r : ranges) {
    const auto part = data.subspan(static_cast<size_t>(r.offset - offset), r.size);
    record.insert(record.end(), part.begin(), part.end());
  }
  const std::string hash = hash_of(std::span(record).subspan(kHashBytes));
  std::memcpy(record.data(), hash.data(), kHashBytes);
  return record;
}

}  // namespace

base::Result<std::unique_ptr<KeptRanges>> KeptRanges::open(const std::string& path, uint64_t size) {
  for (int tries = 0; tries < 2; ++tries) {
    // Whatever lies there: opening a FIFO would wait for somebody at its other end.
    base::UniqueFd fd(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0666));
    if (!fd) return base::from_errno(errno, "\"" + path + "\"");
    if (is_file(fd.get())) {
      const timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
      static_cast<void>(futimens(fd.get(), times));  // it is in use
      std::unique_ptr<KeptRanges> kept(new KeptRanges(std::move(fd), size));
      if (kept->look_at_all()) return kept;
    }
    // Whoever has it open goes on with it.
    unlink(path.c_str());
  }
  return base::invalid_argument("\"" + path + "\" is not a file of kept bytes");
}

// While nobody writes. False: it is another file, or torn at its end.
bool KeptRanges::look_at_all() {
  if (!lock_file()) return false;
  const uint64_t file_size = size_of(fd_.get());
  bool whole = true;
  if (file_size > 0) {
    std::vector<std::byte> begin(kMagic.size());
    whole = read_whole(fd_.get(), 0, begin) &&
            std::memcmp(begin.data(), kMagic.data(), kMagic.size()) == 0;
    if (whole) look();
    whole = whole && seen_ == file_size;
  }
  flock(fd_.get(), LOCK_UN);
  return whole;
}

bool KeptRanges::lock_file() const {
  while (flock(fd_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

// With the mutex held, as all that follow but for the public ones.
void KeptRanges::look() {
  const uint64_t file_size = size_of(fd_.get());
  if (file_size < kMagic.size()) return;
  seen_ = std::max<uint64_t>(seen_, kMagic.size());
  while (look_at_record(file_size)) {
  }
}

bool KeptRanges::look_at_record(uint64_t file_size) {
  if (file_size < seen_ + kHeadBytes) return false;
  std::vector<std::byte> head(kHeadBytes);
  if (!read_whole(fd_.get(), seen_, head)) return false;
  const uint64_t count = get(&head[kHashBytes]), bytes = get(&head[kHashBytes + 8]);
  if (count == 0 || count > kMostInRecord || bytes > kMostRecordBytes) return false;
  const uint64_t size = kHeadBytes + count * 16 + bytes;
  if (file_size - seen_ < size) return false;
  std::vector<std::byte> table(static_cast<size_t>(count) * 16);
  if (!read_whole(fd_.get(), seen_ + kHeadBytes, table)) return false;
  uint64_t at = seen_ + kHeadBytes + table.size();
  const uint64_t end = at + bytes;
  for (size_t i = 0; i < count; ++i) {
    const ByteRange range{get(&table[i * 16]), get(&table[i * 16 + 8])};
    if (range.size == 0 || range.size > end - at || range.offset >= size_ ||
        range.size > size_ - range.offset) {
      break;  // its hash will say so too, and whatever it holds is not read
    }
    add(range, {range.size, at, seen_});
    at += range.size;
  }
  seen_ += size;
  return true;
}

// What of it is not there yet.
void KeptRanges::add(const ByteRange& range, Place place) {
  uint64_t offset = range.offset;
  const uint64_t end = range.offset + range.size;
  while (offset < end) {
    const auto there = find(offset);
    if (there != places_.end()) {
      offset = there->first + there->second.size;
      continue;
    }
    const auto next = places_.upper_bound(offset);
    const uint64_t stop = next == places_.end() ? end : std::min(end, next->first);
    places_[offset] = {stop - offset, place.at + (offset - range.offset), place.record};
    offset = stop;
  }
}

std::map<uint64_t, KeptRanges::Place>::const_iterator KeptRanges::find(uint64_t offset) const {
  auto at = places_.upper_bound(offset);
  if (at == places_.begin()) return places_.end();
  --at;
  return offset < at->first + at->second.size ? at : places_.end();
}

// Read once as a whole.
bool KeptRanges::is_sound(uint64_t record) {
  const auto known = sound_records_.find(record);
  if (known != sound_records_.end()) return known->second;
  bool sound = false;
  std::vector<std::byte> head(kHeadBytes);
  if (read_whole(fd_.get(), record, head)) {
    const uint64_t count = get(&head[kHashBytes]), bytes = get(&head[kHashBytes + 8]);
    if (count <= kMostInRecord && bytes <= kMostRecordBytes) {
      std::vector<std::byte> rest(static_cast<size_t>(16 + count * 16 + bytes));
      sound =
          read_whole(fd_.get(), record + kHashBytes, rest) &&
          hash_of(rest) == std::string_view(reinterpret_cast<const char*>(head.data()), kHashBytes);
    }
  }
  if (!sound) std::erase_if(places_, [&](const auto& p) { return p.second.record == record; });
  sound_records_[record] = sound;
  return sound;
}

std::vector<ByteRange> KeptRanges::missing(std::span<const ByteRange> ranges) {
  const std::lock_guard lock(mutex_);
  look();
  std::vector<ByteRange> out;
  for (const ByteRange& range : ranges) {
    if (range.offset >= size_) continue;
    uint64_t offset = range.offset;
    const uint64_t end = range.offset + std::min(range.size, size_ - range.offset);
    while (offset < end) {
      const auto there = find(offset);
      if (there != places_.end()) {
        const uint64_t stop = there->first + there->second.size;
        if (is_sound(there->second.record)) offset = stop;
        continue;  // or it is gone
      }
      const auto next = places_.upper_bound(offset);
      const uint64_t stop = next == places_.end() ? end : std::min(end, next->first);
      out.push_back({offset, stop - offset});
      offset = stop;
    }
  }
  return out;
}

size_t KeptRanges::read_some(uint64_t offset, std::span<std::byte> out) {
  const std::lock_guard lock(mutex_);
  auto there = find(offset);
  if (there == places_.end()) {
    look();
    there = find(offset);
  }
  if (there == places_.end() || out.empty()) return 0;
  if (!is_sound(there->second.record)) return 0;
  const uint64_t skip = offset - there->first;
  out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), there->second.size - skip)));
  return read_whole(fd_.get(), there->second.at + skip, out) ? out.size() : 0;
}

void KeptRanges::keep(uint64_t offset, std::span<const std::byte> data,
                      std::span<const ByteRange> ranges) {
  const std::lock_guard lock(mutex_);
  std::vector<ByteRange> wanted;
  for (const ByteRange& r : ranges) {
    const bool inside = r.offset >= offset && r.offset - offset <= data.size() && r.size > 0 &&
                        r.size <= data.size() - (r.offset - offset);
    // No byte is kept twice, whoever has asked for it how often.
    if (!inside || (!wanted.empty() && r.offset < wanted.back().offset + wanted.back().size)) {
      continue;
    }
    const auto there = find(r.offset);
    if (there != places_.end() && there->first + there->second.size >= r.offset + r.size) continue;
    wanted.push_back(r);
    if (wanted.size() == kMostInRecord) break;
  }
  if (wanted.empty()) return;
  const std::vector<std::byte> record = record_of(offset, data, wanted);
  if (record.size() <= kMostRecordBytes) append(record);
}

void KeptRanges::append(std::span<const std::byte> record) {
  if (!lock_file()) return;
  look();
  const uint64_t file_size = size_of(fd_.get());
  const auto sink = base::fd_sink(fd_.get());
  bool fits = file_size == seen_ && file_size + record.size() <= size_ + kMostOver;
  if (fits && file_size == 0) fits = sink->write_at(0, std::as_bytes(std::span(kMagic))).ok();
  if (fits) {
    const uint64_t at = std::max<uint64_t>(seen_, kMagic.size());
    // Half a record would be in the way of all that could follow.
    if (!sink->write_at(at, record).ok()) {
      fits = ftruncate(fd_.get(), static_cast<off_t>(file_size)) == 0;
    }
    look();
  }
  flock(fd_.get(), LOCK_UN);
}

}  // namespace rushes::store
