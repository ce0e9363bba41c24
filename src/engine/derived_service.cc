#include "engine/derived_service.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/hash.h"
#include "engine/object_service.h"

namespace rushes::engine {

using base::Result;

Result<DerivedService> DerivedService::open(const TaskDocument& task, const TaskFiles& files) {
  DerivedService service(task, files);
  if (!task.store || !task.derived) return service;
  ASSIGN_OR_RETURN(service.store_, store::FileStore::open(*task.store));
  std::set<std::string> identities;
  for (const NamedPath& input : task.inputs) {
    if (!input.identity.empty()) identities.insert(input.identity);
  }
  for (const std::string& identity : identities) service.company_ += identity + " ";
  return service;
}

Result<const OpenedFile*> DerivedService::input_of(const std::string& name) const {
  if (!store_) return base::internal("the task keeps nothing of its inputs");
  const auto named = std::ranges::find(task_.inputs, name, &NamedPath::name);
  const auto opened =
      std::ranges::find(files_.inputs, name, &std::pair<std::string, OpenedFile>::first);
  const auto remote = std::ranges::find(files_.remotes, name, &RemoteInput::name);
  const bool is_file = opened != files_.inputs.end();
  if (named == task_.inputs.end() || named->identity.empty() ||
      (!is_file && remote == files_.remotes.end())) {
    return base::internal("the task keeps nothing of an input \"" + name + "\"");
  }
  if ((is_file ? opened->second.size : remote->object.info.size) > kMaxDerivedInputBytes) {
    return base::resource("input " + name + " is too large for anything to be kept of it");
  }
  return is_file ? &opened->second : nullptr;
}

Result<std::string> DerivedService::key_of(const std::string& input, const std::string& variant) {
  ASSIGN_OR_RETURN(const OpenedFile* file, input_of(input));
  const bool printable = std::ranges::all_of(variant, [](char c) { return c >= ' ' && c < 0x7f; });
  if (variant.empty() || variant.size() > kMaxVariantBytes || !printable) {
    return base::internal("\"variant\" must be a short text");
  }
  std::string& hash = hashes_[input];
  if (hash.empty() && file == nullptr) hash = files_.hashes.at(input);
  if (hash.empty()) {
    ASSIGN_OR_RETURN(hash, content_hash(*file, {.store = task_.store, .on_progress = {}}));
  }
  // The length of each part keeps two lists of parts from reading the same.
  std::string text;
  for (const std::string& part :
       {std::string("derived 1"), *task_.derived, hash, company_, variant}) {
    text += std::to_string(part.size()) + ":" + part;
  }
  return base::hash_of(text);
}

Result<std::optional<store::Object>> DerivedService::find(const std::string& input,
                                                          const std::string& variant) {
  ASSIGN_OR_RETURN(const std::string key, key_of(input, variant));
  ASSIGN_OR_RETURN(store::Found found, store_->read(key));
  if (found.object && found.object->size > kMaxDerivedBytes) return std::optional<store::Object>();
  return std::move(found.object);
}

Result<int> DerivedService::create(const std::string& input, const std::string& variant) {
  drop();
  ASSIGN_OR_RETURN(const OpenedFile* file, input_of(input));
  ASSIGN_OR_RETURN(const std::string key, key_of(input, variant));
  if (stored_ >= kMaxDerived) return base::resource("the task keeps too much of its inputs");
  ASSIGN_OR_RETURN(store::PendingObject object, store_->create(key));
  pending_.emplace(Pending{std::move(object), file});
  return pending_->object.fd();
}

void DerivedService::commit() {
  if (!pending_) return;
  Pending pending = *std::exchange(pending_, std::nullopt);
  const auto size = pending.object.size();
  if (!size.ok() || *size > kMaxDerivedBytes || *size > kMaxDerivedTaskBytes - stored_bytes_)
    return;
  if (pending.input != nullptr && !pending.input->unchanged()) return;
  // What cannot be kept is made again next time, no more.
  if (!pending.object.commit().ok()) return;
  ++stored_;
  stored_bytes_ += *size;
}

void DerivedService::drop() { pending_.reset(); }

}  // namespace rushes::engine
