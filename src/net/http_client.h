#pragma once

// HTTP requests that block (HTTP/1.1 over libcurl). TLS is always verified. The program must ignore
// SIGPIPE.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/url.h"

namespace rushes::net {

class RateLimiter;

enum class Method : uint8_t { kGet, kHead, kPut, kPost, kDelete };
std::string_view name_of(Method method);

struct Header {
  std::string name, value;
};
using Headers = std::vector<Header>;
// Names are compared without case; null if there is none. Of several, the first.
const std::string* find_header(const Headers& headers, std::string_view name);
void set_header(Headers& headers, std::string_view name, std::string value);

struct Request {
  Method method = Method::kGet;
  Url url;
  Headers headers;  // Host and Content-Length are made by the client

  // One of them, for PUT and POST; they must outlive the call.
  std::span<const std::byte> body;
  const base::ByteSource* source = nullptr;

  // Called once, before the body of an answer that is no error (status below 300); its error ends
  // the request.
  std::function<base::Status(int status, const Headers& headers)> on_head;
  // Takes the body of an answer that is no error, in pieces; without it, it is in Response::body.
  std::function<base::Status(std::span<const std::byte>)> on_data;
  // An answer with a longer body is an error (kInvalidArgument).
  uint64_t max_body = 1 << 20;

  std::chrono::seconds stall_timeout{0};  // 0: the client's
  int max_redirects = 0;                  // of GET and HEAD; 0: a redirect is an answer
  base::CancelFlag cancelled = nullptr;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;  // of an error at most kMaxErrorBody; the rest is dropped
  Url url;           // after redirects

  std::string header(std::string_view name) const;  // empty if there is none
};

inline constexpr size_t kMaxErrorBody = 64 << 10;
inline constexpr size_t kMaxHeaderBytes = 256 << 10;

struct HttpClientOptions {
  // Who may name the hosts that are asked? Where a document may, only addresses of the public
  // internet (address.h) are connected to, whatever the name resolves to. Where a configuration
  // does, any.
  enum class Reach : uint8_t { kPublic, kAny } reach = Reach::kPublic;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds stall_timeout{30};      // without a byte in either direction
  std::chrono::milliseconds total_timeout{0};  // 0: none
  std::string ca_file;                         // trusted beside those of the system: PEM
  std::string proxy;  // "http://host:port"; those of the environment are not asked. Reach::kAny.
  RateLimiter* send_limit = nullptr;  // of all bodies together; it must outlive the client
};

// Thread-safe; keeps connections open for the next request.
class HttpClient {
 public:
  static base::Result<std::unique_ptr<HttpClient>> open(const HttpClientOptions& options);
  virtual ~HttpClient() = default;

  // Any answer is a value, whatever its status. Errors: kUnavailable where no answer came (name,
  // connection, timeout, an answer that broke off), kPermission for a refused address or
  // certificate, kCancelled, or what on_head, on_data or the source returned. Messages name the URL
  // without its query.
  virtual base::Result<Response> send(const Request& request) = 0;
};

}  // namespace rushes::net
