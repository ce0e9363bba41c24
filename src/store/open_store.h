#pragma once

// Stores and single objects by their URI, with the credentials and settings that the machine has:
// what a command line or a configuration names.
//
//   /folder, file:///folder     plain files
//   s3://bucket/prefix          Amazon S3, or the server that AWS_ENDPOINT_URL_S3 or
//   AWS_ENDPOINT_URL names https://host/folder         read only memory:                     for
//   tests

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/aws_credentials.h"
#include "net/http_client.h"
#include "net/rate_limiter.h"
#include "store/gcs_store.h"
#include "store/http_store.h"
#include "store/remote_store.h"

namespace rushes::store {

// "s3://bucket/a/b" as the store "s3://bucket" and the key "a/b".
struct StoreAndKey {
  std::string store, key;
};
StoreAndKey split_uri(std::string_view uri);

// What stores share: connections, credentials, the clock. Thread-safe; it must outlive the stores
// and what was opened from them.
class StoreContext {
 public:
  struct Options {
    net::Environment environment = net::process_environment();
    std::string profile;  // of AWS; empty: as the environment says
    // Whether http URLs may lead to this machine and to private networks. Endpoints that the
    // environment names may be anywhere.
    bool private_web = false;
    // Of all that is written, together with whoever names the same file: net/rate_limiter.h. 0:
    // any.
    uint64_t send_bytes_per_second = 0;
    std::string send_limit_file;
    // Authorities that endpoints are trusted by beside the system's. Empty: AWS_CA_BUNDLE, else
    // SSL_CERT_FILE, which web servers are trusted by, too.
    std::string ca_file;
    net::RetryPolicy retry;
    base::CancelFlag cancelled = nullptr;
    base::Clock* clock = &base::system_clock();
  };
  static base::Result<std::unique_ptr<StoreContext>> open(Options options);

  // A store whose keys begin behind the URI: "s3://bucket/a" has "a/b" under "b".
  base::Result<std::unique_ptr<RemoteStore>> store(std::string_view uri);
  // One object for reading (base::is_uri), of the version that it has now, or of one that was seen
  // before: then nothing is asked, and reading fails (kUnavailable) once it is another. A web URL
  // is asked for as it stands, with its query. Each read is a request: see read_ahead.h and
  // cached_source.h.
  base::Result<OpenObject> object(std::string_view uri,
                                  const std::optional<ObjectInfo>& seen = std::nullopt);

 private:
  explicit StoreContext(Options options) : options_(std::move(options)) {}
  S3Options options_of(std::string_view rest) const;
  base::Result<std::unique_ptr<RemoteStore>> s3(std::string_view rest);
  base::Result<std::unique_ptr<RemoteStore>> gcs(std::string_view rest);
  HttpStoreOptions web(net::Url url) const;

  Options options_;
  std::unique_ptr<net::RateLimiter> send_limit_;
  std::unique_ptr<net::HttpClient> web_, endpoints_, metadata_;
  std::unique_ptr<net::AwsCredentialProvider> aws_;
  std::unique_ptr<net::GoogleTokens> google_;
};

}  // namespace rushes::store
