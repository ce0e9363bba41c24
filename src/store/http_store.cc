#include "store/http_store.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "net/time_text.h"
#include "store/ranged_answer.h"

namespace rushes::store {
namespace {

using base::Code;
using base::Error;
using base::Result;
using base::Status;
using net::Outcome;

bool is_strong_tag(const std::string& tag) { return tag.size() >= 2 && tag.front() == '"'; }

Error refused(const net::Response& response) {
  return {net::code_of(net::classify(response.status)),
          response.url.shown() + ": HTTP " + std::to_string(response.status)};
}

// What one file's answers say of it.
struct Facts {
  uint64_t size = 0;
  std::string version;
};

std::string version_of(const net::Response& response) {
  const std::string tag = response.header("etag");
  return is_strong_tag(tag) ? tag : response.header("last-modified");
}

// Requests, tried again as their answers say. Thread-safe.
class Reader {
 public:
  explicit Reader(HttpStoreOptions options) : options_(std::move(options)) {}
  const HttpStoreOptions& options() const { return options_; }

  // Calls `prepare` before each attempt. Answers below 300 and those that are not tried again.
  Result<net::Response> send(net::Request& request,
                             const std::function<void(net::Request&)>& prepare) const {
    request.max_redirects = options_.max_redirects;
    request.cancelled = options_.cancelled;
    net::Retries retries(options_.retry, *options_.clock, options_.random);
    for (;;) {
      prepare(request);
      auto response = options_.http->send(request);
      if (response.ok() && !net::is_retried(net::classify(response->status))) return response;
      if (!response.ok() && !base::is_retryable(response.error().code)) return response;
      const std::string why = response.ok() ? refused(*response).message : response.error().message;
      std::optional<std::chrono::milliseconds> told;
      if (response.ok()) {
        told = net::parse_retry_after(response->header("retry-after"), options_.clock->now());
      }
      ASSIGN_OR_RETURN(const bool again, retries.again(why, told, options_.cancelled));
      if (!again)
        return response.ok() ? Result<net::Response>(refused(*response)) : std::move(response);
    }
  }

  Result<Facts> facts(const net::Url& url) const {
    net::Request request{.method = net::Method::kHead, .url = url, .headers = options_.headers};
    ASSIGN_OR_RETURN(const net::Response response, send(request, [](net::Request&) {}));
    const auto size = parse_size(response.header("content-length"));
    if (response.status == 200 && size) return Facts{*size, version_of(response)};
    // Presigned URLs and some servers know GET alone.
    const bool refuses_head = response.status == 403 || response.status == 405 ||
                              response.status == 501 || response.status == 200;
    if (!refuses_head) return refused(response);
    return facts_by_get(url);
  }

 private:
  Result<Facts> facts_by_get(const net::Url& url) const {
    constexpr std::string_view kEnough = "enough";  // of a body that nobody wants
    net::Request request{.url = url, .headers = options_.headers};
    net::set_header(request.headers, "Range", range_header(0, 1));
    Facts facts;
    bool known = false;
    request.on_head = [&](int status, const net::Headers& headers) -> Status {
      const net::Response response{.status = status, .headers = headers};
      const auto range = parse_content_range(response.header("content-range"));
      const auto size = parse_size(response.header("content-length"));
      const bool ranged = status == 206 && range && range->size;
      known = ranged || (status == 200 && size);
      if (known) facts = {ranged ? *range->size : *size, version_of(response)};
      return base::internal(std::string(kEnough));
    };
    auto response = send(request, [](net::Request&) {});
    if (known) return facts;
    if (!response.ok() && response.error().code != Code::kInternal) {
      return std::move(response).error();
    }
    // "bytes */0" of a file without a byte.
    if (response.ok() && response->status == 416 &&
        response->header("content-range") == "bytes */0") {
      return Facts{0, version_of(*response)};
    }
    if (response.ok() && response->status >= 300) return refused(*response);
    return base::unsupported(url.shown() + ": the server does not say how long the file is");
  }

  HttpStoreOptions options_;
};

class HttpSource final : public base::ByteSource {
 public:
  HttpSource(std::shared_ptr<const Reader> reader, net::Url url, Facts facts)
      : reader_(std::move(reader)), url_(std::move(url)), facts_(std::move(facts)) {}

  uint64_t size() const override { return facts_.size; }

  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= facts_.size || out.empty()) return size_t{0};
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), facts_.size - offset)));
    {
      const std::lock_guard lock(mutex_);
      if (!whole_.empty()) return from_whole(offset, out);
    }
    bool no_ranges = false;
    auto read = read_range(offset, out, no_ranges);
    if (read.ok() || !no_ranges) return read;
    const std::lock_guard lock(mutex_);
    if (whole_.empty()) RETURN_IF_ERROR(read_whole());
    return from_whole(offset, out);
  }

 private:
  std::string tag() const { return is_strong_tag(facts_.version) ? facts_.version : std::string(); }

  net::Request request() const {
    net::Request request{.url = url_, .headers = reader_->options().headers};
    if (!tag().empty()) {
      net::set_header(request.headers, "If-Match", tag());
    } else if (net::parse_http_date(facts_.version)) {
      net::set_header(request.headers, "If-Unmodified-Since", facts_.version);
    }
    return request;
  }

  Result<size_t> read_range(uint64_t offset, std::span<std::byte> out, bool& no_ranges) const {
    RangedAnswer answer(offset, out, facts_.size, tag());
    net::Request request = this->request();
    auto response =
        reader_->send(request, [&answer](net::Request& attempt) { answer.ask(attempt); });
    if (answer.changed()) return changed(url_.shown());
    no_ranges = answer.ignored_range();
    if (!response.ok()) return std::move(response).error();
    RETURN_IF_ERROR(check(*response));
    RETURN_IF_ERROR(answer.finish());
    return out.size();
  }

  // The conditions may be ignored by a server; what it says of its answer is compared, too.
  Status check(const net::Response& response) const {
    const Outcome outcome = net::classify(response.status);
    if (outcome == Outcome::kPrecondition || response.status == 416) return changed(url_.shown());
    if (outcome != Outcome::kSuccess) return refused(response);
    const std::string now = version_of(response);
    if (!facts_.version.empty() && !now.empty() && now != facts_.version) {
      return changed(url_.shown());
    }
    return {};
  }

  // With the mutex held.
  Status read_whole() const {
    const uint64_t limit = reader_->options().max_whole;
    if (facts_.size > limit) {
      return base::unsupported(url_.shown() + ": the server knows no ranges, and the file has " +
                               std::to_string(facts_.size) + " bytes, more than the " +
                               std::to_string(limit) + " that are read at once; copy it first");
    }
    std::vector<std::byte> data(static_cast<size_t>(facts_.size));
    RangedAnswer answer(0, data, facts_.size, tag());
    net::Request request = this->request();
    auto response = reader_->send(request, [&answer](net::Request& attempt) {
      answer.ask(attempt);
      attempt.headers.pop_back();  // no range
    });
    if (answer.changed()) return changed(url_.shown());
    if (!response.ok()) return std::move(response).error();
    RETURN_IF_ERROR(check(*response));
    RETURN_IF_ERROR(answer.finish());
    whole_ = std::move(data);
    return {};
  }

  size_t from_whole(uint64_t offset, std::span<std::byte> out) const {
    std::memcpy(out.data(), whole_.data() + offset, out.size());
    return out.size();
  }

  std::shared_ptr<const Reader> reader_;
  net::Url url_;
  Facts facts_;
  mutable std::mutex mutex_;
  mutable std::vector<std::byte> whole_;  // where there are no ranges; empty: not read yet
};

class HttpStore final : public RemoteStore {
 public:
  explicit HttpStore(HttpStoreOptions options)
      : reader_(std::make_shared<const Reader>(std::move(options))) {}

  std::string name() const override { return reader_->options().base.shown(); }
  StoreLimits limits() const override { return {.can_write = false, .can_copy = false}; }

  Result<ObjectInfo> stat(const std::string& key) override {
    RETURN_IF_ERROR(check_key(key));
    ASSIGN_OR_RETURN(const Facts facts, reader_->facts(url_of(key)));
    return ObjectInfo{key, facts.size, facts.version};
  }

  Result<std::unique_ptr<base::ByteSource>> open(const ObjectInfo& object) override {
    RETURN_IF_ERROR(check_key(object.key));
    return std::unique_ptr<base::ByteSource>(
        new HttpSource(reader_, url_of(object.key), {object.size, object.version}));
  }

  Result<Listing> list(const ListRequest&) override {
    return base::unsupported(name() + ": a web server does not list its files");
  }
  Result<Written> put(const std::string&, std::span<const std::byte>,
                      const WriteOptions&) override {
    return read_only();
  }
  Result<std::unique_ptr<Upload>> start(const std::string&, const WriteOptions&) override {
    return read_only();
  }
  Result<std::unique_ptr<Upload>> resume(const std::string&) override { return read_only(); }
  Status remove(const std::string&) override { return read_only(); }

 private:
  Error read_only() const {
    return base::unsupported(name() + ": files of web servers can only be read");
  }
  net::Url url_of(const std::string& key) const {
    net::Url url = reader_->options().base;
    if (url.path.back() != '/') url.path += '/';
    url.path += net::percent_encode(key, net::Slash::kKeep);
    return url;
  }

  std::shared_ptr<const Reader> reader_;
};

}  // namespace

std::unique_ptr<RemoteStore> http_store(HttpStoreOptions options) {
  return std::make_unique<HttpStore>(std::move(options));
}

Result<OpenObject> open_url(HttpStoreOptions options, const std::optional<ObjectInfo>& seen) {
  const net::Url url = options.base;
  const auto reader = std::make_shared<const Reader>(std::move(options));
  Facts facts;
  if (seen) {
    facts = {seen->size, seen->version};
  } else {
    ASSIGN_OR_RETURN(facts, reader->facts(url));
  }
  return OpenObject{{.size = facts.size, .version = facts.version},
                    std::make_shared<HttpSource>(reader, url, facts)};
}

}  // namespace rushes::store
