#include "store/open_store.h"

#include <algorithm>
#include <utility>

#include "base/uri.h"
#include "store/folder_store.h"
#include "store/memory_store.h"
#include "store/s3_store.h"

namespace rushes::store {
namespace {

using base::Result;
using Reach = net::HttpClientOptions::Reach;

constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kGoogle = "gs://";
constexpr std::string_view kFile = "file://";

bool is_web(std::string_view uri) {
  return uri.starts_with("http://") || uri.starts_with("https://");
}

// Of "file:///a%20b" and "/a b".
Result<std::string> path_of(std::string_view uri) {
  std::string path(uri);
  if (uri.starts_with(kFile)) {
    auto decoded = net::percent_decode(uri.substr(kFile.size()));
    if (!decoded)
      return base::invalid_argument("the file URI is not percent-encoded as it must be");
    path = *std::move(decoded);
  }
  if (!path.starts_with('/')) {
    return base::invalid_argument(
        "\"" + path +
        "\" is no store; there are /folder, s3://bucket/prefix, gs://bucket/prefix and "
        "https://host/folder");
  }
  return path;
}

// "bucket/a/b" is a bucket and what stands behind its slash.
std::pair<std::string, std::string> split_bucket(std::string_view rest) {
  const size_t slash = std::min(rest.find('/'), rest.size());
  return {std::string(rest.substr(0, slash)),
          std::string(rest.substr(std::min(slash + 1, rest.size())))};
}

}  // namespace

StoreAndKey split_uri(std::string_view uri) {
  const size_t scheme = std::min(uri.find("://") + 3, uri.size());
  auto [bucket, key] = split_bucket(uri.substr(scheme));
  return {std::string(uri.substr(0, scheme)) + bucket, std::move(key)};
}

Result<std::unique_ptr<StoreContext>> StoreContext::open(Options options) {
  const std::string web_ca_file = options.environment("SSL_CERT_FILE").value_or("");
  if (options.ca_file.empty()) {
    options.ca_file = options.environment("AWS_CA_BUNDLE").value_or(web_ca_file);
  }
  std::unique_ptr<StoreContext> context(new StoreContext(std::move(options)));
  const Options& own = context->options_;
  ASSIGN_OR_RETURN(context->web_,
                   net::HttpClient::open({.reach = own.private_web ? Reach::kAny : Reach::kPublic,
                                          .ca_file = web_ca_file}));
  if (own.send_bytes_per_second > 0) {
    ASSIGN_OR_RETURN(context->send_limit_,
                     net::RateLimiter::open({.bytes_per_second = own.send_bytes_per_second,
                                             .file = own.send_limit_file}));
  }
  ASSIGN_OR_RETURN(context->endpoints_,
                   net::HttpClient::open({.reach = Reach::kAny,
                                          .ca_file = own.ca_file,
                                          .send_limit = context->send_limit_.get()}));
  // Nobody answers on a machine that is no instance: that must not take long.
  ASSIGN_OR_RETURN(context->metadata_,
                   net::HttpClient::open({.reach = Reach::kAny,
                                          .connect_timeout = std::chrono::seconds(1),
                                          .stall_timeout = std::chrono::seconds(5),
                                          .total_timeout = std::chrono::seconds(20),
                                          .ca_file = own.ca_file}));
  context->aws_ = std::make_unique<net::AwsCredentialProvider>(
      net::aws_credential_sources({.environment = own.environment,
                                   .http = context->metadata_.get(),
                                   .clock = own.clock,
                                   .profile = own.profile}),
      *own.clock);
  context->google_ = std::make_unique<net::GoogleTokens>(
      [options = net::GoogleCredentialOptions{.environment = own.environment,
                                              .http = context->metadata_.get(),
                                              .clock = own.clock}](base::CancelFlag cancelled) {
        return net::fetch_google_token(options, cancelled);
      },
      *own.clock);
  return context;
}

S3Options StoreContext::options_of(std::string_view rest) const {
  auto [bucket, prefix] = split_bucket(rest);
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  return {.bucket = std::move(bucket),
          .prefix = std::move(prefix),
          .http = endpoints_.get(),
          .clock = options_.clock,
          .retry = options_.retry,
          .cancelled = options_.cancelled};
}

Result<std::unique_ptr<RemoteStore>> StoreContext::s3(std::string_view rest) {
  S3Options options = options_of(rest);
  options.identity = aws_identity(*aws_);
  ASSIGN_OR_RETURN(options.region, net::aws_region(options_.environment, options_.profile));
  auto endpoint = options_.environment("AWS_ENDPOINT_URL_S3");
  if (!endpoint) endpoint = options_.environment("AWS_ENDPOINT_URL");
  if (endpoint) {
    auto url = net::parse_url(*endpoint);
    if (!url.ok()) return std::move(url).error().in("AWS_ENDPOINT_URL");
    options.endpoint = *std::move(url);
  }
  return s3_store(std::move(options));
}

Result<std::unique_ptr<RemoteStore>> StoreContext::gcs(std::string_view rest) {
  S3Options options = options_of(rest);
  options.identity = google_identity(*google_);
  // As Google's own libraries have it.
  if (const auto endpoint = options_.environment("STORAGE_EMULATOR_HOST")) {
    auto url = net::parse_url(*endpoint);
    if (!url.ok()) return std::move(url).error().in("STORAGE_EMULATOR_HOST");
    options.endpoint = *std::move(url);
  }
  return gcs_store(std::move(options));
}

HttpStoreOptions StoreContext::web(net::Url url) const {
  return {.base = std::move(url),
          .http = web_.get(),
          .clock = options_.clock,
          .retry = options_.retry,
          .cancelled = options_.cancelled};
}

Result<std::unique_ptr<RemoteStore>> StoreContext::store(std::string_view uri) {
  if (uri == "memory:") return memory_store();
  if (uri.starts_with(kS3)) return s3(uri.substr(kS3.size()));
  if (uri.starts_with(kGoogle)) return gcs(uri.substr(kGoogle.size()));
  if (is_web(uri)) {
    ASSIGN_OR_RETURN(net::Url url, net::parse_url(uri));
    return http_store(web(std::move(url)));
  }
  ASSIGN_OR_RETURN(const std::string path, path_of(uri));
  return folder_store(path);
}

Result<OpenObject> StoreContext::object(std::string_view uri,
                                        const std::optional<ObjectInfo>& seen) {
  if (is_web(uri)) {
    ASSIGN_OR_RETURN(net::Url url, net::parse_url(uri));
    return open_url(web(std::move(url)), seen);
  }
  if (!base::is_uri(uri)) {
    return base::unsupported("only objects of s3://, gs:// and https:// are opened by their URI");
  }
  const StoreAndKey place = split_uri(uri);
  ASSIGN_OR_RETURN(const auto from, store(place.store));
  OpenObject object;
  if (seen) {
    object.info = *seen;
    object.info.key = place.key;
  } else {
    ASSIGN_OR_RETURN(object.info, from->stat(place.key));
  }
  ASSIGN_OR_RETURN(object.source, from->open(object.info));
  return object;
}

}  // namespace rushes::store
