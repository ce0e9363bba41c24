#include "store/s3_store.h"

#include <algorithm>
#include <utility>

#include "store/ranged_answer.h"
#include "store/s3_upload.h"

namespace rushes::store {
namespace {

using base::Result;
using base::Status;
using net::Outcome;

class S3Source final : public base::ByteSource {
 public:
  S3Source(std::shared_ptr<S3Client> client, ObjectInfo object)
      : client_(std::move(client)), object_(std::move(object)) {}

  uint64_t size() const override { return object_.size; }

  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= object_.size || out.empty()) return size_t{0};
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), object_.size - offset)));
    RangedAnswer ranged(offset, out, object_.size, object_.version);
    S3Call call{.key = client_->options().prefix + object_.key};
    if (!object_.version.empty()) call.headers.push_back({"If-Match", object_.version});
    call.prepare = [&ranged](net::Request& request) { ranged.ask(request); };
    auto answer = client_->send(call);
    if (ranged.changed()) return changed(object_.key);
    if (!answer.ok()) return std::move(answer).error();
    if (answer->outcome == Outcome::kPrecondition || answer->response.status == 416 ||
        answer->code == "NoSuchKey") {
      return changed(object_.key);
    }
    if (!answer->ok()) return client_->error_of(*answer, call.key);
    RETURN_IF_ERROR(ranged.finish());
    return out.size();
  }

 private:
  std::shared_ptr<S3Client> client_;
  ObjectInfo object_;
};

// Encoded as forms are.
std::string decoded_key(std::string_view text) {
  std::string plus(text);
  std::replace(plus.begin(), plus.end(), '+', ' ');
  return net::percent_decode(plus).value_or(plus);
}

class S3Store final : public RemoteStore {
 public:
  explicit S3Store(S3Options options) : client_(std::make_shared<S3Client>(std::move(options))) {}

  std::string name() const override { return client_->name(); }
  StoreLimits limits() const override { return s3_limits(client_->options()); }

  Result<ObjectInfo> stat(const std::string& key) override {
    RETURN_IF_ERROR(check(key));
    ASSIGN_OR_RETURN(S3Object object, s3_stat(*client_, key));
    return std::move(object.info);
  }

  Result<std::unique_ptr<base::ByteSource>> open(const ObjectInfo& object) override {
    RETURN_IF_ERROR(check(object.key));
    return std::unique_ptr<base::ByteSource>(new S3Source(client_, object));
  }

  Result<Listing> list(const ListRequest& request) override {
    const std::string& own = client_->options().prefix;
    S3Call call{
        .query = {{"encoding-type", "url"}, {"list-type", "2"}, {"prefix", own + request.prefix}},
        .xml = true};
    if (request.flat) call.query.emplace_back("delimiter", "/");
    if (!request.next.empty()) call.query.emplace_back("continuation-token", request.next);
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    if (!answer.ok()) return client_->error_of(answer, own + request.prefix);
    // Servers that do not know how to encode keys do not say that they have (versitygw).
    const bool encoded = client_->is_google() || answer.xml.text_of("EncodingType") == "url";
    Listing page;
    for (const net::XmlElement& item : answer.xml.children) {
      if (item.name != "Contents") continue;
      const std::string_view told = item.text_of("Key");
      const std::string key = encoded ? decoded_key(told) : std::string(told);
      const auto size = parse_size(item.text_of("Size"));
      if (!size || !key.starts_with(own) || key.size() == own.size()) continue;
      if (client_->is_google() && key.compare(own.size(), kAside.size(), kAside) == 0) continue;
      std::string name = key.substr(own.size());
      if (!is_listed(name, request)) continue;
      page.objects.push_back({std::move(name), *size, std::string(item.text_of("ETag"))});
    }
    if (answer.xml.text_of("IsTruncated") == "true") {
      page.next = answer.xml.text_of("NextContinuationToken");
    }
    return page;
  }

  Result<Written> put(const std::string& key, std::span<const std::byte> data,
                      const WriteOptions& options) override {
    RETURN_IF_ERROR(check(key));
    return s3_put(*client_, key, data, options);
  }

  Result<std::unique_ptr<Upload>> start(const std::string& key,
                                        const WriteOptions& options) override {
    RETURN_IF_ERROR(check(key));
    return s3_start(client_, key, options);
  }

  Result<std::unique_ptr<Upload>> resume(const std::string& text) override {
    ASSIGN_OR_RETURN(UploadState state, parse_upload_state(text, name()));
    return s3_resume(client_, std::move(state));
  }

  Status remove(const std::string& key) override {
    RETURN_IF_ERROR(check(key));
    const S3Call call{.method = net::Method::kDelete, .key = client_->options().prefix + key};
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    if (answer.ok() || answer.code == "NoSuchKey") return {};
    return client_->error_of(answer, call.key);
  }

 private:
  Status check(const std::string& key) const {
    RETURN_IF_ERROR(check_key(key));
    return check_key(client_->options().prefix + key);
  }

  std::shared_ptr<S3Client> client_;
};

// As Amazon has them; other servers allow no more than a few characters else.
bool is_bucket(const std::string& name) {
  return name.size() >= 3 && name.size() <= 255 && name.front() != '.' &&
         name.find("..") == std::string::npos && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

}  // namespace

Result<std::unique_ptr<RemoteStore>> s3_store(S3Options options) {
  if (!is_bucket(options.bucket)) {
    return base::invalid_argument("\"" + options.bucket + "\" is not the name of a bucket");
  }
  return std::unique_ptr<RemoteStore>(new S3Store(std::move(options)));
}

}  // namespace rushes::store
