#include "store/remote_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rushes::store {

base::Status check_key(std::string_view key) {
  constexpr size_t kMost = 1024;
  if (key.empty()) return base::invalid_argument("the key is empty");
  if (key.size() > kMost) return base::invalid_argument("the key is longer than 1024 bytes");
  if (key.find('\0') != std::string_view::npos) {
    return base::invalid_argument("the key has a NUL in it");
  }
  return {};
}

base::Error changed(const std::string& key) {
  return {base::Code::kUnavailable, "\"" + key + "\" has been changed meanwhile"};
}

base::Result<std::vector<ObjectInfo>> list_all(RemoteStore& store, const std::string& prefix,
                                               size_t limit) {
  std::vector<ObjectInfo> objects;
  std::string next;
  constexpr int kMostEmptyPages = 100;
  int empty_pages = 0;
  do {
    ASSIGN_OR_RETURN(Listing page, store.list(prefix, next));
    empty_pages += page.objects.empty() ? 1 : 0;
    if (page.objects.size() > limit - objects.size()) {
      return base::invalid_argument("there are more than " + std::to_string(limit) + " objects");
    }
    if (empty_pages > kMostEmptyPages || (!page.next.empty() && page.next == next)) {
      return base::unsupported(store.name() + ": the list does not end");
    }
    std::move(page.objects.begin(), page.objects.end(), std::back_inserter(objects));
    next = std::move(page.next);
  } while (!next.empty());
  return objects;
}

base::Result<std::vector<std::byte>> get(RemoteStore& store, const std::string& key,
                                         uint64_t limit) {
  ASSIGN_OR_RETURN(const ObjectInfo object, store.stat(key));
  ASSIGN_OR_RETURN(const auto source, store.open(object));
  return base::read_all(*source, limit);
}

}  // namespace rushes::store
