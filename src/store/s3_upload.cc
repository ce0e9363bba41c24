#include "store/s3_upload.h"

#include <algorithm>
#include <utility>

#include "net/digest.h"
#include "store/ranged_answer.h"

namespace rushes::store {
namespace {

using base::Result;
using base::Status;
using net::Method;
using net::Outcome;

// Joining the parts of a large object, or copying one, takes minutes, and not every server says
// anything meanwhile.
constexpr std::chrono::minutes kLongestCompletion{15};

std::string_view nonce_header(const S3Client& client) {
  return client.is_google() ? "x-goog-meta-rushes-write" : "x-amz-meta-rushes-write";
}

net::Header only_if_absent(const S3Client& client) {
  if (client.is_google()) return {"x-goog-if-generation-match", "0"};
  return {"If-None-Match", "*"};
}

std::string full(const S3Client& client, const std::string& key) {
  return client.options().prefix + key;
}

net::Headers headers_of(const S3Client& client, const std::string& nonce,
                        const WriteOptions& options) {
  net::Headers headers = {{"Content-Type", options.content_type},
                          {std::string(nonce_header(client)), nonce}};
  if (!options.cache_control.empty()) headers.push_back({"Cache-Control", options.cache_control});
  return headers;
}

// Amazon checks the hash that is signed; Google signs nothing.
void add_checksum(const S3Client& client, S3Call& call) {
  call.hash = net::sha256_hex(call.body);
  if (client.is_google()) {
    call.headers.push_back({"Content-MD5", net::base64(net::md5(call.body))});
  }
}

// A copy by the server of an object that has a key of the whole bucket.
net::Header copy_source(const S3Client& client, const std::string& whole_key) {
  return {client.is_google() ? "x-goog-copy-source" : "x-amz-copy-source",
          client.options().bucket + "/" + net::percent_encode(whole_key, net::Slash::kKeep)};
}

// Google takes no conditions when an upload is completed. One that must not replace anything has a
// key of its own, and is copied from there under a condition.
bool is_aside(const S3Client& client, const UploadState& state) {
  return client.is_google() && state.options.only_if_absent;
}

std::string upload_key(const S3Client& client, const UploadState& state) {
  return full(client, is_aside(client, state) ? std::string(kAside) + state.nonce : state.key);
}

// `whole_key` is that in the bucket, `key` the one that the result has.
Result<S3Object> stat_whole(S3Client& client, const std::string& whole_key,
                            const std::string& key) {
  const S3Call call{.method = Method::kHead, .key = whole_key};
  ASSIGN_OR_RETURN(S3Answer answer, client.send(call));
  const int status = answer.response.status;
  if (status == 400 || status == 403 || status == 409) {
    // HEAD answers have no body to say why: GET is asked for it.
    ASSIGN_OR_RETURN(const S3Answer why,
                     client.send({.key = whole_key, .headers = {{"Range", "bytes=0-0"}}}));
    if (!why.ok() && why.response.status != 416) return client.error_of(why, whole_key);
    // Asking has put right what was wrong, such as expired credentials.
    ASSIGN_OR_RETURN(answer, client.send(call));
  }
  if (!answer.ok()) return client.error_of(answer, whole_key);
  const auto size = parse_size(answer.response.header("content-length"));
  if (!size) {
    return base::unsupported(client.place(whole_key) + ": the server does not say how long it is");
  }
  return S3Object{.info = {key, *size, answer.response.header("etag")},
                  .nonce = answer.response.header(nonce_header(client))};
}

// All parts that the server has, by number. kNotFound if it has no such upload.
Result<std::vector<Part>> list_parts(S3Client& client, const UploadState& state) {
  constexpr int kMostPages = 100;
  std::vector<Part> parts;
  std::string marker;
  for (int page = 0; page < kMostPages; ++page) {
    S3Call call{.key = upload_key(client, state), .query = {{"uploadId", state.id}}, .xml = true};
    if (!marker.empty()) call.query.emplace_back("part-number-marker", marker);
    ASSIGN_OR_RETURN(const S3Answer answer, client.send(call));
    if (!answer.ok()) return client.error_of(answer, call.key);
    for (const net::XmlElement& item : answer.xml.children) {
      if (item.name != "Part") continue;
      const auto number = parse_size(item.text_of("PartNumber"));
      const auto size = parse_size(item.text_of("Size"));
      if (!number || *number > 10'000 || !size) continue;
      parts.push_back({.number = static_cast<int>(*number),
                       .size = *size,
                       .hash = {},
                       .tag = std::string(item.text_of("ETag"))});
    }
    marker = answer.xml.text_of("NextPartNumberMarker");
    if (answer.xml.text_of("IsTruncated") != "true" || marker.empty()) return parts;
  }
  return base::unsupported("the list of parts does not end");
}

std::string completion(const std::vector<Part>& parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const Part& part : parts) {
    xml += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>" +
           net::xml_escaped(part.tag) + "</ETag></Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

class S3Upload final : public StatefulUpload {
 public:
  S3Upload(std::shared_ptr<S3Client> client, UploadState state)
      : StatefulUpload(std::move(state)), client_(std::move(client)) {}

  Status put_part(int number, std::span<const std::byte> data) override {
    RETURN_IF_ERROR(check_part(number, data.size(), s3_limits(client_->options())));
    S3Call call = part_call(number);
    call.body = data;
    add_checksum(*client_, call);
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    if (!answer.ok()) return error(answer, number);
    return keep({.number = number,
                 .size = data.size(),
                 .hash = call.hash,
                 .tag = answer.response.header("etag")});
  }

  Status copy_part(int number, const ObjectInfo& source, uint64_t offset, uint64_t size) override {
    if (client_->is_google()) return base::unsupported("Google copies no ranges");
    RETURN_IF_ERROR(check_key(source.key));
    RETURN_IF_ERROR(check_part(number, size, s3_limits(client_->options())));
    if (size == 0 || offset + size > source.size || offset + size < size) {
      return base::invalid_argument("the range to copy ends behind the object, or is empty");
    }
    S3Call call = part_call(number);
    call.xml = true;
    call.stall_timeout = kLongestCompletion;
    call.headers = {copy_source(*client_, full(*client_, source.key)),
                    {"x-amz-copy-source-range", range_header(offset, size)}};
    if (!source.version.empty()) {
      call.headers.push_back({"x-amz-copy-source-if-match", source.version});
    }
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    if (answer.outcome == Outcome::kPrecondition) return changed(source.key);
    if (!answer.ok()) return error(answer, number);
    // Some servers (Ceph 16) ignore the condition: what was there before and is there now was
    // copied.
    ASSIGN_OR_RETURN(const S3Object now, s3_stat(*client_, source.key));
    if (!source.version.empty() && now.info.version != source.version) return changed(source.key);
    return keep({.number = number,
                 .size = size,
                 .hash = copied_hash(source, offset, size),
                 .tag = std::string(answer.xml.text_of("ETag"))});
  }

  Result<Written> commit() override {
    ASSIGN_OR_RETURN(const std::vector<Part> parts,
                     part_list().complete(s3_limits(client_->options())));
    const std::string key = full(*client_, started().key);
    if (started().options.only_if_absent) {
      ASSIGN_OR_RETURN(const std::optional<Written> there, look(key));
      if (there) return give_up(*there);
    }
    ASSIGN_OR_RETURN(std::optional<Written> there, complete(parts));
    if (!there && is_aside(*client_, started())) {
      ASSIGN_OR_RETURN(there, move_into_place(key));
    }
    if (there) return give_up(*there);
    // Some servers leave the ETag out of their answer, and the size is in none.
    ASSIGN_OR_RETURN(S3Object object, stat_whole(*client_, key, started().key));
    if (object.nonce == started().nonce && object.info.size != total_size(parts)) {
      return base::corrupt(client_->place(key) + " has " + std::to_string(object.info.size) +
                           " bytes after its upload, not " + std::to_string(total_size(parts)));
    }
    return Written{.object = std::move(object.info)};
  }

  Status abort() override {
    RETURN_IF_ERROR(remove_parts());
    if (!is_aside(*client_, started())) return {};
    return remove_aside();
  }

 private:
  S3Call part_call(int number) const {
    return {.method = Method::kPut,
            .key = upload_key(*client_, started()),
            .query = {{"partNumber", std::to_string(number)}, {"uploadId", started().id}}};
  }
  base::Error error(const S3Answer& answer, int number) const {
    return client_->error_of(answer, full(*client_, started().key))
        .in("part " + std::to_string(number));
  }
  Status keep(Part part) {
    if (part.tag.empty()) return base::unsupported("the server gives a part no ETag");
    part_list().add(std::move(part));
    return {};
  }

  // Nothing if it is this upload's object that is there now; else what is.
  Result<std::optional<Written>> complete(const std::vector<Part>& parts) const {
    const std::string body = completion(parts);
    S3Call call{.method = Method::kPost,
                .key = upload_key(*client_, started()),
                .query = {{"uploadId", started().id}},
                .body = std::as_bytes(std::span(body)),
                .stall_timeout = kLongestCompletion,
                .xml = true};
    if (started().options.only_if_absent && !is_aside(*client_, started())) {
      call.headers.push_back(only_if_absent(*client_));
    }
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    const bool gone = answer.code == "NoSuchUpload";
    if (answer.outcome == Outcome::kPrecondition || gone) {
      // Ours, by an attempt whose answer was lost? Or somebody else's?
      ASSIGN_OR_RETURN(std::optional<Written> there, look(call.key));
      if (there && !there->existed) return std::optional<Written>();
      if (there && !gone) return there;
    }
    if (!answer.ok()) return client_->error_of(answer, call.key);
    return std::optional<Written>();
  }

  // As above. The server copies, which within a bucket takes no time.
  Result<std::optional<Written>> move_into_place(const std::string& key) {
    const S3Call call{.method = Method::kPut,
                      .key = key,
                      .headers = {copy_source(*client_, upload_key(*client_, started())),
                                  only_if_absent(*client_)},
                      .stall_timeout = kLongestCompletion,
                      .xml = true};
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    std::optional<Written> there;
    if (answer.outcome == Outcome::kPrecondition) {
      ASSIGN_OR_RETURN(there, look(key));
    }
    if (!answer.ok() && !there) return client_->error_of(answer, key);
    // Where that fails it is in nobody's way.
    static_cast<void>(remove_aside().ok());
    if (there && !there->existed) there.reset();
    return there;
  }

  Status remove_parts() const {
    return removed({.method = Method::kDelete,
                    .key = upload_key(*client_, started()),
                    .query = {{"uploadId", started().id}}});
  }
  Status remove_aside() const {
    return removed({.method = Method::kDelete, .key = upload_key(*client_, started())});
  }
  Status removed(const S3Call& call) const {
    ASSIGN_OR_RETURN(const S3Answer answer, client_->send(call));
    if (answer.ok() || answer.outcome == Outcome::kNotFound) return {};
    return client_->error_of(answer, call.key);
  }

  // What is under a key: nothing, this upload's object, or somebody else's.
  Result<std::optional<Written>> look(const std::string& key) const {
    auto object = stat_whole(*client_, key, started().key);
    if (!object.ok() && object.error().code == base::Code::kNotFound) {
      return std::optional<Written>();
    }
    if (!object.ok()) return std::move(object).error();
    return std::optional(
        Written{.object = std::move(object->info), .existed = object->nonce != started().nonce});
  }

  Written give_up(const Written& there) {
    // Where that fails the bucket's rules remove the parts: the outcome is known all the same.
    static_cast<void>(abort().ok());
    return there;
  }

  std::shared_ptr<S3Client> client_;
};

// Whether an upload that cannot be found has become the object: all parts are in it. One that goes
// aside may not have been copied yet.
bool is_completed(S3Client& client, const UploadState& state) {
  const std::string key = full(client, state.key), aside = upload_key(client, state);
  const auto is_its = [&](const std::string& whole_key) {
    const auto object = stat_whole(client, whole_key, state.key);
    return object.ok() && object->nonce == state.nonce;
  };
  return is_its(key) || (aside != key && is_its(aside));
}

}  // namespace

StoreLimits s3_limits(const S3Options& options) {
  return {.can_copy = options.dialect == S3Dialect::kAmazon, .min_part = options.min_part};
}

Result<S3Object> s3_stat(S3Client& client, const std::string& key) {
  return stat_whole(client, full(client, key), key);
}

Result<Written> s3_put(S3Client& client, const std::string& key, std::span<const std::byte> data,
                       const WriteOptions& options) {
  const StoreLimits limits = s3_limits(client.options());
  if (data.size() > limits.max_put) return base::invalid_argument("too long for one request");
  const std::string nonce = new_nonce();
  S3Call call{.method = Method::kPut,
              .key = full(client, key),
              .headers = headers_of(client, nonce, options),
              .body = data};
  add_checksum(client, call);
  if (options.only_if_absent) call.headers.push_back(only_if_absent(client));
  ASSIGN_OR_RETURN(const S3Answer answer, client.send(call));
  if (options.only_if_absent && answer.outcome == Outcome::kPrecondition) {
    ASSIGN_OR_RETURN(S3Object there, s3_stat(client, key));
    return Written{.object = std::move(there.info), .existed = there.nonce != nonce};
  }
  if (!answer.ok()) return client.error_of(answer, call.key);
  return Written{.object = {key, data.size(), answer.response.header("etag")}};
}

Result<std::unique_ptr<Upload>> s3_start(std::shared_ptr<S3Client> client, const std::string& key,
                                         const WriteOptions& options) {
  UploadState state{.store = client->name(), .key = key, .nonce = new_nonce(), .options = options};
  const S3Call call{.method = Method::kPost,
                    .key = upload_key(*client, state),
                    .query = {{"uploads", ""}},
                    .headers = headers_of(*client, state.nonce, options),
                    .xml = true};
  ASSIGN_OR_RETURN(const S3Answer answer, client->send(call));
  if (!answer.ok()) return client->error_of(answer, call.key);
  state.id = answer.xml.text_of("UploadId");
  if (state.id.empty()) return base::unsupported("the server gives the upload no name");
  return std::unique_ptr<Upload>(new S3Upload(std::move(client), std::move(state)));
}

Result<std::unique_ptr<Upload>> s3_resume(std::shared_ptr<S3Client> client, UploadState state) {
  auto there = list_parts(*client, state);
  if (!there.ok()) {
    if (!is_completed(*client, state)) return std::move(there).error();
  } else {
    const auto is_there = [&there](const Part& part) {
      return std::any_of(there->begin(), there->end(), [&part](const Part& other) {
        return other.number == part.number && other.tag == part.tag && other.size == part.size;
      });
    };
    state.parts.erase(std::partition(state.parts.begin(), state.parts.end(), is_there),
                      state.parts.end());
  }
  return std::unique_ptr<Upload>(new S3Upload(std::move(client), std::move(state)));
}

}  // namespace rushes::store
