#pragma once

// Files behind a web server, read only. A key is put behind the base URL, percent-encoded.
//
// The version is the entity tag where the server gives one, else its Last-Modified; a server that
// gives neither is told by its sizes alone. One that knows no ranges is read as a whole where that
// is not too large, else it is an error that says so.

#include <memory>
#include <optional>
#include <string>

#include "net/http_client.h"
#include "net/retry.h"
#include "store/remote_store.h"

namespace rushes::store {

struct HttpStoreOptions {
  net::Url base;                    // "https://host/folder/"; what has a query keeps it
  net::HttpClient* http = nullptr;  // required; must outlive the store
  base::Clock* clock = nullptr;     // required
  net::Random random = net::system_random();
  net::RetryPolicy retry;
  net::Headers headers;  // sent along, but never to another host: "Authorization"
  int max_redirects = 5;
  uint64_t max_whole = 64 << 20;  // bytes that are read at once where there are no ranges
  base::CancelFlag cancelled = nullptr;
};

std::unique_ptr<RemoteStore> http_store(HttpStoreOptions options);

// One URL as it stands, signatures in its query and all: `base` is the file itself. The version
// that it has now, or one that was `seen`: then nothing is asked. Its info has no key.
base::Result<OpenObject> open_url(HttpStoreOptions options,
                                  const std::optional<ObjectInfo>& seen = std::nullopt);

}  // namespace rushes::store
