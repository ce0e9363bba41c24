#include "store/folder_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/unique_fd.h"
#include "net/digest.h"
#include "store/pending_file.h"
#include "store/upload_state.h"

namespace rushes::store {
namespace {

namespace fs = std::filesystem;
using base::Result;
using base::Status;

constexpr size_t kPage = 1000;
constexpr std::string_view kUploads = ".rushes-uploads";

std::string version_of(const struct stat& info) {
  return std::to_string(info.st_ino) + "-" + std::to_string(info.st_size) + "-" +
         std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) + "-" +
         std::to_string(info.st_ctim.tv_sec) + "." + std::to_string(info.st_ctim.tv_nsec);
}

struct OpenFile {
  base::UniqueFd fd;
  struct stat info = {};
};

// The file of an object. No step on the way to it may be a link.
Result<OpenFile> open_object(const std::string& folder, const std::string& key) {
  RETURN_IF_ERROR(check_key(key));
  const std::string path = path_of_key(key);
  base::UniqueFd at(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (size_t start = 0; at;) {
    const size_t slash = path.find('/', start);
    const bool last = slash == std::string::npos;
    const std::string step = path.substr(start, slash - start);
    const int how = last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
    at = base::UniqueFd(openat(at.get(), step.c_str(), how | O_NOFOLLOW | O_CLOEXEC));
    if (last) break;
    start = slash + 1;
  }
  OpenFile file;
  if (!at) {
    const int why = errno == ELOOP ? ENOENT : errno;
    return base::from_errno(why, "object \"" + key + "\"");
  }
  if (fstat(at.get(), &file.info) != 0) return base::from_errno(errno, "object \"" + key + "\"");
  if (!S_ISREG(file.info.st_mode)) return base::not_found("there is no \"" + key + "\"");
  file.fd = std::move(at);
  return file;
}

ObjectInfo info_of(const std::string& key, const struct stat& info) {
  return {key, static_cast<uint64_t>(info.st_size), version_of(info)};
}

class Source final : public base::ByteSource {
 public:
  Source(base::UniqueFd fd, ObjectInfo object)
      : fd_(std::move(fd)),
        object_(std::move(object)),
        bytes_(base::fd_source(fd_.get(), size())) {}
  uint64_t size() const override { return object_.size; }
  // A file that was replaced is still the old one here; one that is written in place is not.
  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    ASSIGN_OR_RETURN(const size_t read, bytes_->read_at(offset, out));
    struct stat info = {};
    if (fstat(fd_.get(), &info) != 0) return base::from_errno(errno, object_.key);
    if (!object_.version.empty() &&
        size_and_time(version_of(info)) != size_and_time(object_.version)) {
      return changed(object_.key);
    }
    return read;
  }

 private:
  // Without the time of the last change to the inode, which a new name alone makes.
  static std::string size_and_time(const std::string& version) {
    return version.substr(0, version.rfind('-'));
  }
  base::UniqueFd fd_;
  ObjectInfo object_;
  std::unique_ptr<base::ByteSource> bytes_;
};

Status copy_bytes(const base::ByteSource& from, uint64_t offset, uint64_t size, int to,
                  uint64_t at) {
  const auto sink = base::fd_sink(to);
  std::vector<std::byte> piece(1 << 20);
  while (size > 0) {
    const auto room =
        std::span(piece).first(static_cast<size_t>(std::min<uint64_t>(piece.size(), size)));
    ASSIGN_OR_RETURN(const size_t read, from.read_at(offset, room));
    if (read == 0) return base::invalid_argument("it ends before the range that is wanted");
    RETURN_IF_ERROR(sink->write_at(at, room.first(read)));
    offset += read;
    at += read;
    size -= read;
  }
  return {};
}

Result<base::UniqueFd> create_file(const std::string& path) {
  base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd) return base::from_errno(errno, "file \"" + path + "\"");
  return fd;
}

Status make_folders(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return base::from_errno(error.value(), "folder \"" + path + "\"");
  return {};
}

class FolderUpload final : public StatefulUpload {
 public:
  FolderUpload(std::string folder, UploadState state, const StoreLimits& limits)
      : StatefulUpload(std::move(state)), folder_(std::move(folder)), limits_(limits) {}

  Status put_part(int number, std::span<const std::byte> data) override {
    RETURN_IF_ERROR(check_part(number, data.size(), limits_));
    ASSIGN_OR_RETURN(const base::UniqueFd fd, new_part(number));
    RETURN_IF_ERROR(base::fd_sink(fd.get())->write_at(0, data));
    return keep(number, data.size(), net::sha256_hex(data));
  }

  Status copy_part(int number, const ObjectInfo& source, uint64_t offset, uint64_t size) override {
    RETURN_IF_ERROR(check_part(number, size, limits_));
    ASSIGN_OR_RETURN(OpenFile file, open_object(folder_, source.key));
    if (version_of(file.info) != source.version) return changed(source.key);
    ASSIGN_OR_RETURN(const base::UniqueFd fd, new_part(number));
    RETURN_IF_ERROR(copy_bytes(Source(std::move(file.fd), source), offset, size, fd.get(), 0));
    return keep(number, size, copied_hash(source, offset, size));
  }

  // Parts are joined into a file of the upload's own, which then gets its name in one step.
  Result<Written> commit() override {
    ASSIGN_OR_RETURN(const std::vector<Part> parts, part_list().complete(limits_));
    const std::string whole = place() + "/whole";
    ASSIGN_OR_RETURN(const base::UniqueFd fd, create_file(whole));
    uint64_t at = 0;
    for (const Part& part : parts) {
      const base::UniqueFd from(::open(path_of(part.number).c_str(), O_RDONLY | O_CLOEXEC));
      if (!from) return base::from_errno(errno, "part " + std::to_string(part.number));
      const auto bytes = base::fd_source(from.get(), part.size);
      RETURN_IF_ERROR(copy_bytes(*bytes, 0, part.size, fd.get(), at));
      at += part.size;
    }
    if (fsync(fd.get()) != 0) return base::from_errno(errno, "file \"" + whole + "\"");
    ASSIGN_OR_RETURN(Written written, name_it(whole));
    RETURN_IF_ERROR(abort());
    return written;
  }

  Status abort() override {
    std::error_code error;
    fs::remove_all(place(), error);
    if (error) return base::from_errno(error.value(), "removing \"" + place() + "\"");
    return {};
  }

  std::string place() const { return folder_ + "/" + std::string(kUploads) + "/" + started().id; }

 private:
  std::string path_of(int number) const { return place() + "/" + std::to_string(number); }

  Result<base::UniqueFd> new_part(int number) const {
    std::error_code error;
    if (!fs::is_directory(place(), error)) return base::not_found("the upload is gone");
    return create_file(path_of(number));
  }

  Status keep(int number, uint64_t size, std::string hash) {
    part_list().add({.number = number, .size = size, .hash = std::move(hash), .tag = {}});
    return {};
  }

  Result<Written> name_it(const std::string& whole) const {
    const std::string path = folder_ + "/" + path_of_key(started().key);
    const std::string parent = path.substr(0, path.rfind('/'));
    RETURN_IF_ERROR(make_folders(parent));
    const bool exclusive = started().options.only_if_absent;
    // A second name is given only where there is none yet.
    const int done =
        exclusive ? link(whole.c_str(), path.c_str()) : rename(whole.c_str(), path.c_str());
    const bool existed = done != 0 && exclusive && errno == EEXIST;
    if (done != 0 && !existed) return base::from_errno(errno, "object \"" + started().key + "\"");
    if (exclusive) unlink(whole.c_str());
    RETURN_IF_ERROR(sync_folder(parent));
    ASSIGN_OR_RETURN(const OpenFile file, open_object(folder_, started().key));
    return Written{.object = info_of(started().key, file.info), .existed = existed};
  }

  std::string folder_;
  StoreLimits limits_;
};

class FolderStore final : public RemoteStore {
 public:
  explicit FolderStore(std::string folder) : folder_(std::move(folder)) {}

  std::string name() const override { return folder_; }
  StoreLimits limits() const override { return {}; }

  Result<ObjectInfo> stat(const std::string& key) override {
    ASSIGN_OR_RETURN(const OpenFile file, open_object(folder_, key));
    return info_of(key, file.info);
  }

  Result<std::unique_ptr<base::ByteSource>> open(const ObjectInfo& object) override {
    ASSIGN_OR_RETURN(OpenFile file, open_object(folder_, object.key));
    const ObjectInfo found = info_of(object.key, file.info);
    if (!object.version.empty() && found.version != object.version) return changed(object.key);
    return std::unique_ptr<base::ByteSource>(new Source(std::move(file.fd), found));
  }

  Result<Listing> list(const ListRequest& request) override {
    ASSIGN_OR_RETURN(std::vector<std::string> keys, keys_with(request));
    std::sort(keys.begin(), keys.end());
    Listing page;
    for (auto at = std::lower_bound(keys.begin(), keys.end(), request.next); at != keys.end();
         ++at) {
      if (page.objects.size() == kPage) {
        page.next = *at;
        break;
      }
      auto found = stat(*at);
      if (found.ok()) page.objects.push_back(*std::move(found));
    }
    return page;
  }

  Result<Written> put(const std::string& key, std::span<const std::byte> data,
                      const WriteOptions& options) override {
    ASSIGN_OR_RETURN(const auto upload, start(key, options));
    Status status = upload->put_part(1, data);
    auto written = status.ok() ? upload->commit() : Result<Written>(std::move(status).error());
    if (!written.ok()) static_cast<void>(upload->abort().ok());  // the first error counts
    return written;
  }

  Result<std::unique_ptr<Upload>> start(const std::string& key,
                                        const WriteOptions& options) override {
    RETURN_IF_ERROR(check_key(key));
    UploadState state{.store = name(), .key = key, .id = new_nonce(), .options = options};
    auto upload = std::make_unique<FolderUpload>(folder_, std::move(state), limits());
    RETURN_IF_ERROR(make_folders(upload->place()));
    return std::unique_ptr<Upload>(std::move(upload));
  }

  // Parts that are not as the state has them were not whole yet: they are put again.
  Result<std::unique_ptr<Upload>> resume(const std::string& text) override {
    ASSIGN_OR_RETURN(UploadState state, parse_upload_state(text, name()));
    if (state.id.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return base::invalid_argument("this is not the state of an upload");
    }
    const std::string place = folder_ + "/" + std::string(kUploads) + "/" + state.id;
    std::error_code error;
    if (!fs::is_directory(place, error)) return base::not_found("the upload is gone");
    const auto gone = [&place](const Part& part) {
      struct stat info = {};
      const std::string path = place + "/" + std::to_string(part.number);
      return lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) ||
             static_cast<uint64_t>(info.st_size) != part.size;
    };
    state.parts.erase(std::remove_if(state.parts.begin(), state.parts.end(), gone),
                      state.parts.end());
    return std::unique_ptr<Upload>(new FolderUpload(folder_, std::move(state), limits()));
  }

  Status remove(const std::string& key) override {
    RETURN_IF_ERROR(check_key(key));
    const std::string path = folder_ + "/" + path_of_key(key);
    struct stat info = {};
    if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
    if (unlink(path.c_str()) != 0 && errno != ENOENT) {
      return base::from_errno(errno, "removing \"" + key + "\"");
    }
    remove_empty_folders(fs::path(path).parent_path());
    return {};
  }

 private:
  // A folder is there as long as there are objects in it.
  void remove_empty_folders(fs::path at) const {
    for (; at.string().size() > folder_.size(); at = at.parent_path()) {
      if (rmdir(at.c_str()) != 0) return;
    }
  }

  Result<std::vector<std::string>> keys_with(const ListRequest& request) const {
    constexpr int kMaxDepth = 600;  // more than steps of a key
    std::vector<std::string> keys;
    std::error_code error;
    auto at = fs::recursive_directory_iterator(
        folder_, fs::directory_options::skip_permission_denied, error);
    if (error) return base::from_errno(error.value(), "folder \"" + folder_ + "\"");
    for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (error) return base::from_errno(error.value(), "folder \"" + folder_ + "\"");
      const std::string name = at->path().filename();
      std::error_code ignored;
      if (name.starts_with('.') || at.depth() > kMaxDepth) {
        at.disable_recursion_pending();
        continue;
      }
      if (!fs::is_regular_file(at->symlink_status(ignored))) continue;
      auto key = key_of_path(at->path().string().substr(folder_.size() + 1));
      if (key && is_listed(*key, request)) keys.push_back(*std::move(key));
    }
    return keys;
  }

  std::string folder_;
};

std::string escaped_step(std::string_view step) {
  if (step.empty()) return "%";
  std::string out;
  for (const char c : step) {
    if (c == '%') {
      out += "%25";
    } else if (c == '.' && out.empty()) {
      out += "%2E";
    } else {
      out += c;
    }
  }
  return out;
}

std::string step_of(std::string_view name) {
  if (name == "%") return {};
  std::string out;
  while (!name.empty()) {
    if (name.starts_with("%25") || name.starts_with("%2E")) {
      out += name[2] == '5' ? '%' : '.';
      name.remove_prefix(3);
    } else {
      out += name.front();
      name.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string path_of_key(std::string_view key) {
  std::string out;
  for (size_t start = 0;;) {
    const size_t slash = std::min(key.find('/', start), key.size());
    if (start > 0) out += '/';
    out += escaped_step(key.substr(start, slash - start));
    if (slash == key.size()) return out;
    start = slash + 1;
  }
}

std::optional<std::string> key_of_path(std::string_view path) {
  std::string key;
  for (size_t start = 0;;) {
    const size_t slash = std::min(path.find('/', start), path.size());
    if (start > 0) key += '/';
    key += step_of(path.substr(start, slash - start));
    if (slash == path.size()) break;
    start = slash + 1;
  }
  // Only the name that a key is given is the key's.
  if (!check_key(key).ok() || path_of_key(key) != path) return std::nullopt;
  return key;
}

Result<std::unique_ptr<RemoteStore>> folder_store(const std::string& folder) {
  RETURN_IF_ERROR(make_folders(folder));
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return base::from_errno(error.value(), "folder \"" + folder + "\"");
  return std::unique_ptr<RemoteStore>(new FolderStore(real.string()));
}

}  // namespace rushes::store
