#include "engine/upload_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/pending_file.h"

namespace rushes::engine {

using base::Result;
using base::Status;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

constexpr auto kKept = std::chrono::hours(7 * 24);
constexpr uintmax_t kMaxBytes = 16 << 20;

// Empty: somebody else has it.
Result<base::UniqueFd> lock(const std::string& path) {
  base::UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return base::from_errno(errno, "\"" + path + "\"");
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return base::from_errno(errno, "\"" + path + "\"");
  return base::UniqueFd();
}

struct Entry {
  std::string uri, state;
};

// Null if it cannot be read.
json document(const std::string& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error || size > kMaxBytes) return {};
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return json::parse(text, nullptr, false);
}

Status write(const std::string& path, const json& document) {
  const std::string text = document.dump();
  ASSIGN_OR_RETURN(store::PendingFile file, store::PendingFile::create({.path = path}));
  RETURN_IF_ERROR(base::fd_sink(file.fd())->write_at(0, std::as_bytes(std::span(text))));
  return file.commit();
}

std::optional<Entry> read(const std::string& path) {
  const json entry = document(path);
  if (!entry.is_object() || !entry.contains("uri") || !entry["uri"].is_string() ||
      !entry.contains("state") || !entry["state"].is_string()) {
    return std::nullopt;
  }
  return Entry{entry["uri"].get<std::string>(), entry["state"].get<std::string>()};
}

}  // namespace

Result<std::optional<UploadJournal>> UploadJournal::open(const std::string& folder,
                                                         const std::string& uri,
                                                         const std::string& content) {
  UploadJournal journal;
  journal.folder_ = folder + "/uploads";
  journal.finished_folder_ = folder + "/uploaded";
  journal.key_ = base::hash_of("upload 1 " + std::to_string(uri.size()) + " " + uri + content);
  journal.uri_ = uri;
  std::error_code error;
  fs::create_directories(journal.folder_, error);
  if (error) return base::from_errno(error.value(), "\"" + journal.folder_ + "\"");
  ASSIGN_OR_RETURN(journal.lock_, lock(journal.folder_ + "/" + journal.key_ + ".lock"));
  if (!journal.lock_) return std::optional<UploadJournal>();
  return std::optional<UploadJournal>(std::move(journal));
}

std::string UploadJournal::state() const {
  const auto entry = read(folder_ + "/" + key_ + ".json");
  return entry && entry->uri == uri_ ? entry->state : std::string();
}

Status UploadJournal::keep(const std::string& state) const {
  return write(folder_ + "/" + key_ + ".json", {{"uri", uri_}, {"state", state}});
}

std::optional<UploadJournal::Finished> UploadJournal::finished() const {
  const json entry = document(finished_path());
  if (!entry.is_object() || entry.value("uri", json()) != uri_) return std::nullopt;
  const json version = entry.value("version", json()), bytes = entry.value("bytes", json());
  if (!version.is_string() || !bytes.is_number_unsigned()) return std::nullopt;
  return Finished{version.get<std::string>(), bytes.get<uint64_t>()};
}

Status UploadJournal::finish(const Finished& upload) {
  std::error_code error;
  fs::create_directories(finished_folder_, error);
  if (error) return base::from_errno(error.value(), "\"" + finished_folder_ + "\"");
  RETURN_IF_ERROR(write(finished_path(),
                        {{"uri", uri_}, {"version", upload.version}, {"bytes", upload.bytes}}));
  forget();
  return {};
}

void UploadJournal::forget() {
  std::error_code gone;
  fs::remove(folder_ + "/" + key_ + ".json", gone);
  fs::remove(folder_ + "/" + key_ + ".lock", gone);
}

void UploadJournal::clean(
    const std::function<bool(const std::string& uri, const std::string& state)>& abort) {
  std::error_code error;
  std::vector<fs::path> others;
  for (const auto& file : fs::directory_iterator(folder_, error)) {
    if (file.path().extension() == ".json" && file.path().stem() != key_) {
      others.push_back(file.path());
    }
  }
  for (const fs::path& path : others) {
    const auto entry = read(path);
    const auto written = fs::last_write_time(path, error);
    const bool old = !error && fs::file_time_type::clock::now() - written > kKept;
    if (!entry ? !old : entry->uri != uri_ && !old) continue;
    const std::string lock_path = fs::path(path).replace_extension(".lock");
    const auto locked = lock(lock_path);
    if (!locked.ok() || !*locked) continue;
    if (entry && !abort(entry->uri, entry->state)) continue;
    fs::remove(path, error);
    fs::remove(lock_path, error);
  }
}

}  // namespace rushes::engine
