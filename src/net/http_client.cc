#include "net/http_client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <mutex>

#include "net/address.h"
#include "net/ascii.h"
#include "net/owned.h"
#include "net/rate_limiter.h"

namespace rushes::net {
namespace {

using base::Code;
using base::Error;
using base::Result;
using base::Status;

using Easy = Owned<CURL, curl_easy_cleanup>;
using HeaderList = Owned<curl_slist, curl_slist_free_all>;

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// What the callbacks of one transfer share. An error that they find is the result.
struct Transfer {
  const Request* request = nullptr;
  HttpClientOptions::Reach reach = HttpClientOptions::Reach::kPublic;
  RateLimiter* send_limit = nullptr;
  Response response;
  size_t header_bytes = 0;
  uint64_t body_bytes = 0;
  uint64_t sent = 0;  // of the request's body
  bool head_told = false;
  bool has_enough = false;  // the answer is whole as far as anybody cares
  std::optional<Error> error;
  std::string refused_address;

  bool is_error() const { return response.status >= 300; }
  uint64_t body_size() const {
    return request->source != nullptr ? request->source->size() : request->body.size();
  }
  // For a callback of libcurl that fails.
  bool keep(Status status) {
    if (!status.ok() && !error) error = std::move(status).error();
    return !error;
  }
};

void take_status_line(Transfer& transfer, std::string_view line) {
  transfer.response.headers.clear();
  transfer.response.status = 0;
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return;
  line.remove_prefix(space + 1);
  std::from_chars(line.data(), line.data() + line.size(), transfer.response.status);
}

size_t on_header(char* data, size_t, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, size);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.keep(base::invalid_argument("the answer has too many headers"));
    return 0;
  }
  // Each answer begins with one, interim ones (100) too.
  if (line.starts_with("HTTP/")) {
    take_status_line(transfer, line);
    return size;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  transfer.response.headers.push_back(
      {std::string(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
  return size;
}

bool tell_head(Transfer& transfer) {
  if (transfer.head_told || transfer.is_error()) return true;
  transfer.head_told = true;
  if (!transfer.request->on_head) return true;
  return transfer.keep(
      transfer.request->on_head(transfer.response.status, transfer.response.headers));
}

size_t on_body(char* data, size_t, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string& body = transfer.response.body;
  if (transfer.is_error()) {
    body.append(data, std::min(size, kMaxErrorBody - body.size()));
    // The rest may have no end.
    transfer.has_enough = body.size() == kMaxErrorBody;
    return transfer.has_enough ? 0 : size;
  }
  if (!tell_head(transfer)) return 0;
  transfer.body_bytes += size;
  if (transfer.body_bytes > transfer.request->max_body) {
    transfer.keep(base::invalid_argument("the answer is longer than the " +
                                         std::to_string(transfer.request->max_body) +
                                         " bytes allowed"));
    return 0;
  }
  if (!transfer.request->on_data) {
    body.append(data, size);
    return size;
  }
  const std::span<const char> piece(data, size);
  return transfer.keep(transfer.request->on_data(std::as_bytes(piece))) ? size : 0;
}

// How much of the body may go now, of at most `size` bytes.
Result<size_t> wait_for_turn(const Transfer& transfer, size_t size) {
  const uint64_t left = transfer.body_size() - std::min(transfer.sent, transfer.body_size());
  size = static_cast<size_t>(std::min<uint64_t>(size, left));
  if (transfer.send_limit == nullptr || size == 0) return size;
  size = std::min(size, transfer.send_limit->piece());
  RETURN_IF_ERROR(transfer.send_limit->take(size, transfer.request->cancelled));
  return size;
}

size_t read_body(char* out, size_t, size_t most, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const Request& request = *transfer.request;
  auto turn = wait_for_turn(transfer, most);
  if (!turn.ok()) {
    transfer.keep(std::move(turn).error());
    return CURL_READFUNC_ABORT;
  }
  const size_t size = *turn;
  if (request.source == nullptr) {
    if (size > 0) std::memcpy(out, request.body.data() + transfer.sent, size);
    transfer.sent += size;
    return size;
  }
  const std::span<char> room(out, size);
  auto read = request.source->read_at(transfer.sent, std::as_writable_bytes(room));
  if (!read.ok()) {
    transfer.keep(std::move(read).error());
    return CURL_READFUNC_ABORT;
  }
  transfer.sent += *read;
  return *read;
}

// A connection that was kept may turn out to be closed: the body is sent again on a new one.
int seek_body(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(user)->sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return base::is_set(static_cast<Transfer*>(user)->request->cancelled) ? 1 : 0;
}

// The one place where a connection is made: what counts is the address, not the name.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.reach == HttpClientOptions::Reach::kPublic && !is_public(&address->addr)) {
    transfer.refused_address = address_text(&address->addr);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Error failure(CURLcode code, Transfer& transfer) {
  if (transfer.error) return *std::move(transfer.error);
  if (base::is_set(transfer.request->cancelled)) return {Code::kCancelled, "cancelled"};
  if (!transfer.refused_address.empty() && code == CURLE_COULDNT_CONNECT) {
    return base::permission("the address " + transfer.refused_address +
                            " is not one of the public internet");
  }
  const std::string why = curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR: return base::permission("its certificate is not trusted: " + why);
    case CURLE_SSL_CACERT_BADFILE: return base::invalid_argument(why);
    case CURLE_OUT_OF_MEMORY: return base::resource(why);
    case CURLE_OPERATION_TIMEDOUT: return {Code::kUnavailable, "no answer in time"};
    default: return {Code::kUnavailable, why};
  }
}

// Headers that say what is wanted, and nothing of who asks: only these go to another host.
bool may_travel(std::string_view name) {
  constexpr std::string_view kHarmless[] = {"accept",   "range",         "if-match",
                                            "if-range", "if-none-match", "if-unmodified-since"};
  return std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [name](std::string_view known) { return same_name(name, known); });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// A line break in a value would begin another header.
Status check_headers(const Headers& headers) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  for (const Header& header : headers) {
    const bool bad = std::any_of(header.value.begin(), header.value.end(), is_control);
    if (bad || header.name.empty() || header.name.find_first_of(" :\r\n\t;") != std::string::npos) {
      return base::invalid_argument("the header \"" + header.name + "\" cannot be sent");
    }
  }
  return {};
}

// Where a redirect leads, with what may be sent there.
Result<Request> redirected(const Request& request, std::string_view location) {
  Request next = request;
  ASSIGN_OR_RETURN(next.url, resolve(request.url, location));
  if (request.url.scheme == "https" && next.url.scheme != "https") {
    return base::permission("it leads from https to http");
  }
  if (!same_origin(request.url, next.url)) {
    const auto gone = std::remove_if(next.headers.begin(), next.headers.end(),
                                     [](const Header& header) { return !may_travel(header.name); });
    next.headers.erase(gone, next.headers.end());
  }
  return next;
}

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(const HttpClientOptions& options) : options_(options) {}

  Result<Response> send(const Request& request) override {
    auto response = follow(request);
    if (response.ok()) return response;
    const std::string clause = std::string(name_of(request.method)) + " " + request.url.shown();
    return std::move(response).error().in(clause);
  }

 private:
  Result<Response> follow(const Request& request) {
    ASSIGN_OR_RETURN(Response response, send_once(request));
    Request next = request;
    for (int i = 0; is_redirect(response.status) && request.max_redirects > 0; ++i) {
      const std::string* location = find_header(response.headers, "location");
      if (location == nullptr || request.source != nullptr || !request.body.empty()) break;
      if (i == request.max_redirects) return base::invalid_argument("too many redirects");
      auto target = redirected(next, *location);
      if (!target.ok()) return std::move(target).error().in("redirect");
      next = *std::move(target);
      ASSIGN_OR_RETURN(response, send_once(next));
    }
    return response;
  }

  Result<Response> send_once(const Request& request) {
    if (base::is_set(request.cancelled)) return Error{Code::kCancelled, "cancelled"};
    RETURN_IF_ERROR(check_headers(request.headers));
    Easy easy = take();
    if (!easy) return base::resource("out of memory");
    Transfer transfer{
        .request = &request, .reach = options_.reach, .send_limit = options_.send_limit};
    transfer.response.url = request.url;
    const HeaderList headers = header_list(request);
    set_connection(easy.get(), transfer);
    set_request(easy.get(), transfer, headers.get());
    const CURLcode code = curl_easy_perform(easy.get());
    give_back(std::move(easy));
    if (code != CURLE_OK && !transfer.has_enough) return failure(code, transfer);
    if (!tell_head(transfer)) return *std::move(transfer.error);
    if (transfer.response.status == 0) return Error{Code::kUnavailable, "the answer is not HTTP"};
    return std::move(transfer.response);
  }

  static HeaderList header_list(const Request& request) {
    HeaderList list;
    const auto add = [&list](const std::string& line) {
      list.reset(curl_slist_append(list.release(), line.c_str()));
    };
    // A header without a value is written with a semicolon.
    for (const Header& header : request.headers) {
      add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    if (find_header(request.headers, "content-type") == nullptr) add("Content-Type:");
    add("Expect:");  // waiting for leave to send costs a second where servers do not know it
    return list;
  }

  void set_connection(CURL* easy, Transfer& transfer) const {
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    // Beside it, CURLOPT_CAPATH keeps its default: the system's.
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options_.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    const std::chrono::seconds own = transfer.request->stall_timeout;
    const std::chrono::seconds stall = own.count() > 0 ? own : options_.stall_timeout;
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "rushes");
  }

  static void set_request(CURL* easy, Transfer& transfer, curl_slist* headers) {
    const Request& request = *transfer.request;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.text().c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
    const auto size = static_cast<curl_off_t>(transfer.body_size());
    switch (request.method) {
      case Method::kGet: curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L); break;
      case Method::kHead: curl_easy_setopt(easy, CURLOPT_NOBODY, 1L); break;
      case Method::kDelete: curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE"); break;
      case Method::kPut:
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, size);
        break;
      case Method::kPost:
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
        break;
    }
  }

  // A handle keeps its connections; it serves one thread at a time.
  Easy take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }
  void give_back(Easy easy) {
    constexpr size_t kMostIdle = 32;
    curl_easy_reset(easy.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(easy));
  }

  HttpClientOptions options_;
  std::mutex mutex_;
  std::vector<Easy> idle_;
};

}  // namespace

std::string Response::header(std::string_view name) const {
  const std::string* found = find_header(headers, name);
  return found != nullptr ? *found : std::string();
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPut: return "PUT";
    case Method::kPost: return "POST";
    case Method::kDelete: return "DELETE";
  }
  return "GET";
}

const std::string* find_header(const Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const Header& header) {
    return same_name(header.name, name);
  });
  return found != headers.end() ? &found->value : nullptr;
}

void set_header(Headers& headers, std::string_view name, std::string value) {
  const auto gone = std::remove_if(headers.begin(), headers.end(), [name](const Header& header) {
    return same_name(header.name, name);
  });
  headers.erase(gone, headers.end());
  headers.push_back({std::string(name), std::move(value)});
}

Result<std::unique_ptr<HttpClient>> HttpClient::open(const HttpClientOptions& options) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kReady != CURLE_OK) return base::internal("libcurl cannot be set up");
  if (!options.proxy.empty() && options.reach == HttpClientOptions::Reach::kPublic) {
    return base::invalid_argument("behind a proxy nobody can tell which address is reached");
  }
  return std::unique_ptr<HttpClient>(new CurlClient(options));
}

}  // namespace rushes::net
