#include "store/file_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <system_error>

#include "base/bytes.h"
#include "base/hash.h"

namespace rushes::store {
namespace {

namespace fs = std::filesystem;
using base::Result;
using base::Status;

constexpr char kMagic[] = {'R', 'S', 'H', 'O', 'B', 'J', '1', '\n'};
constexpr size_t kTrailerBytes = 48;
constexpr char kTag[] =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# What Rushes has rendered before. It may be deleted at any time.\n";

using Trailer = std::array<std::byte, kTrailerBytes>;

std::byte hex_byte(const char* digits) {
  unsigned value = 0;
  std::from_chars(digits, digits + 2, value, 16);
  return static_cast<std::byte>(value);
}

void put_hex(const std::string& hex, std::byte* out) {
  for (size_t i = 0; i < 16; ++i) out[i] = hex_byte(hex.data() + 2 * i);
}

Trailer trailer_of(const std::string& key, uint64_t size, const std::string& hash) {
  Trailer out;
  std::memcpy(out.data(), kMagic, sizeof(kMagic));
  put_hex(key, out.data() + 8);
  for (size_t i = 0; i < 8; ++i) out[24 + i] = static_cast<std::byte>(size >> (8 * i));
  put_hex(hash, out.data() + 32);
  return out;
}

// Whole, under its own key, and of the bytes that were written.
Result<bool> is_sound(int fd, uint64_t file_size, const std::string& key) {
  if (file_size < kTrailerBytes) return false;
  const uint64_t size = file_size - kTrailerBytes;
  const auto file = base::fd_source(fd, file_size);
  Trailer trailer;
  ASSIGN_OR_RETURN(const size_t read, file->read_at(size, trailer));
  if (read != kTrailerBytes) return false;
  ASSIGN_OR_RETURN(const std::string hash, base::hash_of(*base::fd_source(fd, size)));
  return trailer == trailer_of(key, size, hash);
}

Status make_folders(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return base::from_errno(error.value(), "cache folder \"" + path + "\"");
  return {};
}

// The folders that are missing on the way to one are made, and synced into those above them.
Status make_lasting_folders(const fs::path& path) {
  std::error_code error;
  std::vector<std::string> above;
  for (fs::path at = path; !fs::is_directory(at, error) && at != at.parent_path();) {
    at = at.parent_path();
    above.push_back(at);
  }
  RETURN_IF_ERROR(make_folders(path));
  for (const std::string& folder : above) RETURN_IF_ERROR(sync_folder(folder));
  return {};
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Exclusive for whoever removes, shared for whoever relies on what is there.
Result<base::UniqueFd> lock(const std::string& folder, int how) {
  const std::string path = folder + "/lock";
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd) return base::from_errno(errno, "cache \"" + folder + "\"");
  while (flock(fd.get(), how) != 0) {
    if (errno != EINTR) return base::from_errno(errno, "locking the cache \"" + folder + "\"");
  }
  return fd;
}

constexpr int kFolderTries = 20;

// Makes the folder too, as often as it takes.
Result<PendingFile> pending_in_folder(const std::string& path) {
  for (int i = 0;; ++i) {
    Status made = make_folders(folder_of(path));
    auto file = made.ok() ? PendingFile::create({.path = path})
                          : Result<PendingFile>(std::move(made).error());
    if (file.ok() || file.error().code != base::Code::kNotFound || i == kFolderTries) return file;
  }
}

Status copy(int from_fd, uint64_t size, int to_fd) {
  const auto from = base::fd_source(from_fd, size);
  const auto to = base::fd_sink(to_fd);
  std::vector<std::byte> piece(1 << 20);
  for (uint64_t at = 0; at < size;) {
    ASSIGN_OR_RETURN(const size_t read, from->read_at(at, piece));
    if (read == 0) return base::internal("a file became shorter");
    RETURN_IF_ERROR(to->write_at(at, std::span(piece).first(read)));
    at += read;
  }
  return {};
}

struct Entry {
  std::string key;  // empty: kept ranges of an object elsewhere
  std::string path;
  uint64_t bytes = 0;
  int64_t used_ns = 0;
};

std::optional<Entry> entry_at(const fs::path& path, std::string key) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0) return std::nullopt;
  return Entry{std::move(key), path, static_cast<uint64_t>(info.st_size),
               int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::vector<Entry> contents_of(const std::string& folder) {
  std::vector<Entry> objects;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder + "/ranges", error)) {
    if (!is_key(file.path().filename())) continue;
    if (auto entry = entry_at(file.path(), "")) objects.push_back(*std::move(entry));
  }
  for (const auto& group : fs::directory_iterator(folder + "/objects", error)) {
    std::error_code inner;
    for (const auto& file : fs::directory_iterator(group.path(), inner)) {
      const std::string name = file.path().filename();
      const std::string key = group.path().filename().string() + name;
      if (!is_key(key)) continue;
      if (auto entry = entry_at(file.path(), key)) objects.push_back(*std::move(entry));
    }
  }
  return objects;
}

// Whatever lies there: opening a FIFO would wait for somebody to write to it.
base::UniqueFd open_to_read(const std::string& path) {
  return base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

// Of processes that live; the pins of dead ones are removed.
std::set<std::string> pinned_keys(const std::string& folder) {
  std::set<std::string> keys;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder + "/pins", error)) {
    const base::UniqueFd fd = open_to_read(file.path());
    if (!fd) continue;
    if (flock(fd.get(), LOCK_SH | LOCK_NB) == 0) {
      unlink(file.path().c_str());
      continue;
    }
    std::ifstream text(file.path());
    for (std::string key; std::getline(text, key);) keys.insert(key);
  }
  return keys;
}

bool is_file(int fd) {
  struct stat info = {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

// False of a pin that was taken for a dead one's before it was locked.
bool has_name(int fd) {
  struct stat info = {};
  return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

void mark_as_used(int fd) {
  const timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  // Fails where nothing can be written; then nothing is evicted either.
  static_cast<void>(futimens(fd, times));
}

Status remove_at(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  const int why = errno;
  std::error_code error;
  if (why == EISDIR && fs::remove_all(path, error) > 0 && !error) return {};
  return base::from_errno(why, "removing \"" + path + "\"");
}

}  // namespace

bool is_key(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<FileStore> FileStore::open(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder + "/objects", error)) {
    RETURN_IF_ERROR(make_lasting_folders(fs::absolute(folder) / "objects"));
  }
  if (!fs::exists(folder + "/CACHEDIR.TAG", error)) {
    std::ofstream(folder + "/CACHEDIR.TAG") << kTag;  // without it backups are larger, no more
  }
  return FileStore(fs::path(folder).lexically_normal().string());
}

Status FileStore::check_writable() const {
  auto file = PendingFile::create({.path = folder_ + "/objects/probe", .durable = false});
  if (!file.ok()) return std::move(file).error();
  RETURN_IF_ERROR(make_folders(folder_ + "/pins"));
  auto held = lock(folder_, LOCK_SH);
  if (!held.ok()) return std::move(held).error();
  return {};
}

std::string FileStore::path_of(const std::string& key) const {
  return folder_ + "/objects/" + key.substr(0, 2) + "/" + key.substr(2);
}

bool FileStore::contains(const std::string& key) const {
  const base::UniqueFd fd = open_to_read(path_of(key));
  if (fd && is_file(fd.get())) {
    mark_as_used(fd.get());
    return true;
  }
  if (!other_) return false;
  // What cannot be read there or written here is made anew, by somebody who says what is wrong.
  const auto found = other_->read(key, Use::kIgnore);
  return found.ok() && found->object && take(*found->object, key).ok();
}

Result<Found> FileStore::read(const std::string& key) const { return read(key, Use::kCount); }

Result<Found> FileStore::read(const std::string& key, Use use) const {
  if (!is_key(key)) return base::internal("\"" + key + "\" is not a key");
  const std::string path = path_of(key);
  base::UniqueFd fd = open_to_read(path);
  struct stat info = {};
  if (!fd) {
    const int why = errno;
    // Links to nowhere and sockets cannot be opened.
    if (lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
      RETURN_IF_ERROR(remove(key));
      return Found{.object = {}, .damaged = true};
    }
    if (why == ENOENT || why == ENOTDIR) return Found{};
    return base::from_errno(why, "cached object \"" + path + "\"");
  }
  if (fstat(fd.get(), &info) != 0) return base::from_errno(errno, path);
  const auto size = static_cast<uint64_t>(info.st_size);
  bool sound = false;
  if (S_ISREG(info.st_mode)) {
    auto checked = is_sound(fd.get(), size, key);
    // A bad sector is damage like any other.
    sound = checked.ok() && *checked;
  }
  if (!sound) {
    RETURN_IF_ERROR(remove(key));
    return Found{.object = {}, .damaged = true};
  }
  if (use == Use::kCount) mark_as_used(fd.get());
  return Found{.object = Object{std::move(fd), size - kTrailerBytes}, .damaged = false};
}

Result<PendingObject> FileStore::create(const std::string& key) const {
  if (!is_key(key)) return base::internal("\"" + key + "\" is not a key");
  const std::string path = path_of(key);
  std::error_code error;
  const fs::file_status there = fs::symlink_status(path, error);
  if (fs::exists(there) && !fs::is_regular_file(there)) RETURN_IF_ERROR(remove(key));
  const fs::file_status group = fs::status(folder_of(path), error);
  if (fs::exists(group) && !fs::is_directory(group)) fs::remove(folder_of(path), error);
  ASSIGN_OR_RETURN(PendingFile file, pending_in_folder(path));
  return PendingObject(std::move(file), key);
}

Status FileStore::remove(const std::string& key) const { return remove_at(path_of(key)); }

void FileStore::fall_back_on(FileStore other) {
  other_ = std::make_shared<const FileStore>(std::move(other));
}

Status FileStore::take(const Object& object, const std::string& key) const {
  ASSIGN_OR_RETURN(PendingObject copied, create(key));
  RETURN_IF_ERROR(copy(object.fd.get(), object.size, copied.fd()));
  return copied.commit();
}

Status PendingObject::add_trailer() {
  ASSIGN_OR_RETURN(const uint64_t size, file_.size());
  ASSIGN_OR_RETURN(const std::string hash, base::hash_of(*base::fd_source(file_.fd(), size)));
  return base::fd_sink(file_.fd())->write_at(size, trailer_of(key_, size, hash));
}

// Somebody may be deleting the folder all the time.
Status PendingObject::commit() {
  RETURN_IF_ERROR(add_trailer());
  Status status = file_.commit();
  for (int i = 0; i < kFolderTries && !status.ok(); ++i) {
    if (status.error().code != base::Code::kNotFound) break;
    // One that never had a name can get it in the new folder; one that had lost it with the old.
    status = make_folders(folder_of(file_.path()));
    if (status.ok()) status = file_.commit();
    if (status.ok() || status.error().code != base::Code::kNotFound) break;
    ASSIGN_OR_RETURN(PendingFile fresh, pending_in_folder(file_.path()));
    ASSIGN_OR_RETURN(const uint64_t size, file_.size());
    RETURN_IF_ERROR(copy(file_.fd(), size, fresh.fd()));
    file_ = std::move(fresh);
    status = file_.commit();
  }
  RETURN_IF_ERROR(std::move(status));
  // What is synced into a folder is lost all the same if the folder is, and this one may be new.
  return sync_folder(folder_of(folder_of(file_.path())));
}

Pin& Pin::operator=(Pin&& other) noexcept {
  if (this != &other) {
    release();
    path_ = std::move(other.path_);
    other.path_.clear();
    fd_ = std::move(other.fd_);
  }
  return *this;
}

Pin::~Pin() { release(); }

void Pin::release() {
  if (fd_) unlink(path_.c_str());
  fd_.reset();
}

Result<Pin> FileStore::pin(const std::vector<std::string>& keys) const {
  RETURN_IF_ERROR(make_folders(folder_ + "/pins"));
  ASSIGN_OR_RETURN(const base::UniqueFd held, lock(folder_, LOCK_SH));
  std::random_device random;
  Pin pin;
  do {
    pin.path_ = folder_ + "/pins/" + std::to_string(getpid()) + "-" + std::to_string(random());
    pin.fd_.reset(::open(pin.path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!pin.fd_) return base::from_errno(errno, "cache \"" + folder_ + "\"");
    if (flock(pin.fd_.get(), LOCK_EX) != 0) return base::from_errno(errno, pin.path_);
  } while (!has_name(pin.fd_.get()));
  std::string text;
  for (const std::string& key : keys) text += key + "\n";
  RETURN_IF_ERROR(base::fd_sink(pin.fd_.get())->write_at(0, std::as_bytes(std::span(text))));
  return pin;
}

Result<StoreStatus> FileStore::status() const {
  const std::set<std::string> pinned = pinned_keys(folder_);
  StoreStatus status;
  for (const Entry& entry : contents_of(folder_)) {
    ++status.objects;
    status.bytes += entry.bytes;
    status.pinned += pinned.contains(entry.key) ? 1 : 0;
  }
  return status;
}

Result<Removed> FileStore::prune(uint64_t bytes) const {
  ASSIGN_OR_RETURN(const base::UniqueFd held, lock(folder_, LOCK_EX));
  const std::set<std::string> pinned = pinned_keys(folder_);
  std::vector<Entry> objects = contents_of(folder_);
  std::ranges::sort(objects, {}, &Entry::used_ns);
  uint64_t left = 0;
  for (const Entry& entry : objects) left += entry.bytes;
  Removed removed;
  Status failed;  // what could be removed is, first
  for (const Entry& entry : objects) {
    if (left <= bytes && bytes > 0) break;
    if (pinned.contains(entry.key)) continue;
    if (Status gone = remove_at(entry.path); !gone.ok()) {
      if (failed.ok()) failed = std::move(gone);
      continue;
    }
    ++removed.objects;
    removed.bytes += entry.bytes;
    left -= entry.bytes;
  }
  RETURN_IF_ERROR(std::move(failed));
  return removed;
}

Result<Verified> FileStore::verify() const {
  Verified out;
  Status failed;  // all the others are read all the same
  const std::set<std::string> pinned = pinned_keys(folder_);
  for (const Entry& entry : contents_of(folder_)) {
    if (entry.key.empty()) {  // they are checked where they are read
      ++out.kept.objects;
      out.kept.bytes += entry.bytes;
      continue;
    }
    auto read_again = read(entry.key, Use::kIgnore);
    if (!read_again.ok()) {
      if (failed.ok()) failed = std::move(read_again).error();
      continue;
    }
    const Found& found = *read_again;
    if (found.damaged) {
      ++out.damaged.objects;
      out.damaged.bytes += entry.bytes;
    } else if (found.object) {
      ++out.kept.objects;
      out.kept.bytes += entry.bytes;
      out.kept.pinned += pinned.contains(entry.key) ? 1 : 0;
    }
  }
  std::error_code error;
  for (const auto& group : fs::directory_iterator(folder_ + "/objects", error)) {
    out.leftovers += remove_leftovers(group.path());
  }
  RETURN_IF_ERROR(std::move(failed));
  return out;
}

}  // namespace rushes::store
