#include "engine/object_service.h"

#include <time.h>
#include <algorithm>

#include <utility>

#include "base/bytes.h"
#include "base/error_catalog.h"
#include "base/hash.h"

namespace rushes::engine {
namespace {

using base::Result;
using base::Status;

// A file that was written so recently may be written again within the same tick of the clock.
constexpr int64_t kSettledNs = 2'000'000'000;

int64_t wall_clock_ns() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Result<std::optional<std::string>> remembered(const store::FileStore& store,
                                              const std::string& key) {
  ASSIGN_OR_RETURN(const store::Found found, store.read(key));
  if (!found.object || found.object->size != 32) return std::optional<std::string>();
  const auto source = base::fd_source(found.object->fd.get(), found.object->size);
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, 32));
  return std::optional<std::string>(
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Status remember(const store::FileStore& store, const std::string& key, const std::string& hash) {
  ASSIGN_OR_RETURN(store::PendingObject object, store.create(key));
  RETURN_IF_ERROR(base::fd_sink(object.fd())->write_at(0, std::as_bytes(std::span(hash))));
  return object.commit();
}

}  // namespace

Result<ObjectService> ObjectService::open(const TaskDocument& task, const TaskFiles& files) {
  ObjectService service(task, files);
  if (task.store) {
    ASSIGN_OR_RETURN(service.store_, store::FileStore::open(*task.store));
  }
  return service;
}

Result<const NamedPath*> ObjectService::entry_of(const std::vector<NamedPath>& list,
                                                 const std::string& name) {
  for (const NamedPath& entry : list) {
    if (entry.name != name) continue;
    if (!entry.alone && (entry.key.empty() || !store_)) break;
    return &entry;
  }
  return base::internal("the task has no object \"" + name + "\"");
}

Result<ObjectService::Pending> ObjectService::open(const NamedPath& output) {
  if (output.alone) {
    ASSIGN_OR_RETURN(store::PendingFile file, open_output(task_, files_, output.path));
    return Pending(std::move(file));
  }
  ASSIGN_OR_RETURN(store::PendingObject object, store_->create(output.key));
  return Pending(std::move(object));
}

Result<int> ObjectService::create(const std::string& output) {
  ASSIGN_OR_RETURN(const NamedPath* entry, entry_of(task_.outputs, output));
  ASSIGN_OR_RETURN(Pending pending, open(*entry));
  const auto at = pending_.insert_or_assign(output, std::move(pending)).first;
  return std::visit([](const auto& file) { return file.fd(); }, at->second);
}

Result<nlohmann::json> ObjectService::commit(const std::string& output) {
  ASSIGN_OR_RETURN(const NamedPath* entry, entry_of(task_.outputs, output));
  const auto at = pending_.find(output);
  if (at == pending_.end()) return base::internal("object \"" + output + "\" was never opened");
  RETURN_IF_ERROR(check_unchanged(files_));
  ASSIGN_OR_RETURN(const uint64_t bytes,
                   std::visit([](const auto& file) { return file.size(); }, at->second));
  Status status = std::visit([](auto& file) { return file.commit(); }, at->second);
  if (!status.ok()) return naming_full_disk(std::move(status).error());
  pending_.erase(at);
  nlohmann::json about = {{"bytes", bytes}};
  if (!entry->alone) about["key"] = entry->key;
  return about;
}

Result<ObjectService::Waiting> ObjectService::find(const std::string& input) {
  Waiting out;
  ASSIGN_OR_RETURN(const NamedPath* entry, entry_of(task_.inputs, input));
  out.key = entry->key;
  ASSIGN_OR_RETURN(store::Found found, store_->read(out.key));
  out.object = std::move(found.object);
  out.damaged = found.damaged;
  return out;
}

base::Error ObjectService::naming_full_disk(base::Error error) const {
  if (error.code != base::Code::kResource) return error;
  for (const auto& [name, pending] : pending_) {
    if (!std::visit([](const auto& file) { return file.disk_is_full(); }, pending)) continue;
    if (const auto* file = std::get_if<store::PendingFile>(&pending)) {
      return std::move(error).in("output \"" + file->path() + "\"");
    }
    error.number = base::kCacheDiskFull;
    return std::move(error).in("the disk of the cache \"" + store_->folder() + "\" is full");
  }
  return error;
}

Result<std::string> content_hash(const OpenedFile& file, const HashOptions& options) {
  const bool settled = std::max(file.changed_ns, file.status_ns) < wall_clock_ns() - kSettledNs;
  std::optional<store::FileStore> store;
  const std::string key = base::hash_of("input 2 " + file.version() + " " + file.path);
  if (options.store && settled) {
    // What cannot be remembered is hashed again next time, no more.
    if (auto opened = store::FileStore::open(*options.store); opened.ok()) {
      store = std::move(opened).value();
      if (auto known = remembered(*store, key); known.ok() && *known) return **known;
    }
  }
  const auto source = base::fd_source(file.fd.get(), file.size);
  ASSIGN_OR_RETURN(const std::string hash, base::content_hash(*source, options.on_progress));
  if (store) static_cast<void>(remember(*store, key, hash).ok());
  return hash;
}

}  // namespace rushes::engine
