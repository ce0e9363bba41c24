#include "store/remote_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/digest.h"

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

std::string usual_version(std::span<const std::byte> data) {
  return '"' + net::hex(net::md5(data)) + '"';
}

base::Error changed(const std::string& key) {
  return {base::Code::kUnavailable, "\"" + key + "\" has been changed meanwhile"};
}

bool is_listed(std::string_view key, const ListRequest& request) {
  if (!key.starts_with(request.prefix)) return false;
  return !request.flat || key.find('/', request.prefix.size()) == std::string_view::npos;
}

std::string copied_hash(const ObjectInfo& source, uint64_t offset, uint64_t size) {
  return net::sha256_hex("copied " + std::to_string(offset) + " " + std::to_string(size) + " " +
                         std::to_string(source.size) + " " + source.version + " " + source.key);
}

namespace {

base::Result<std::vector<ObjectInfo>> all_pages(RemoteStore& store, ListRequest request,
                                                size_t limit) {
  std::vector<ObjectInfo> objects;
  // One of folders alone has no objects.
  constexpr int kMostEmptyPages = 100;
  int empty_pages = 0;
  do {
    ASSIGN_OR_RETURN(Listing page, store.list(request));
    empty_pages += page.objects.empty() ? 1 : 0;
    if (page.objects.size() > limit - objects.size()) {
      return base::invalid_argument("there are more than " + std::to_string(limit) + " objects");
    }
    if (empty_pages > kMostEmptyPages || (!page.next.empty() && page.next == request.next)) {
      return base::unsupported(store.name() + ": the list does not end");
    }
    std::move(page.objects.begin(), page.objects.end(), std::back_inserter(objects));
    request.next = std::move(page.next);
  } while (!request.next.empty());
  return objects;
}

}  // namespace

base::Result<std::vector<ObjectInfo>> list_all(RemoteStore& store, const std::string& prefix,
                                               size_t limit) {
  return all_pages(store, {.prefix = prefix, .next = {}}, limit);
}

base::Result<std::vector<ObjectInfo>> list_folder(RemoteStore& store, const std::string& folder,
                                                  size_t limit) {
  return all_pages(store, {.prefix = folder, .next = {}, .flat = true}, limit);
}

base::Result<std::vector<std::byte>> get(RemoteStore& store, const std::string& key,
                                         uint64_t limit) {
  ASSIGN_OR_RETURN(const ObjectInfo object, store.stat(key));
  ASSIGN_OR_RETURN(const auto source, store.open(object));
  return base::read_all(*source, limit);
}

}  // namespace rushes::store
