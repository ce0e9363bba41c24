// Any bytes as what other machines answer, and as what is kept of them: URLs, dates, XML, ranges,
// profiles, the state of an upload. What is taken must keep what the headers promise.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/aws_profile.h"
#include "net/aws_signature.h"
#include "net/time_text.h"
#include "net/url.h"
#include "net/xml.h"
#include "store/folder_store.h"
#include "store/ranged_answer.h"
#include "store/upload_state.h"

namespace {

namespace base = rushes::base;
namespace net = rushes::net;
namespace store = rushes::store;

void require(bool kept) {
  if (!kept) std::abort();
}

void check_urls(std::string_view text) {
  const auto url = net::parse_url(text);
  if (url.ok()) {
    const auto again = net::parse_url(url->text());
    require(again.ok() && again->text() == url->text() && net::same_origin(*url, *again));
    require(url->text().find_first_of("\r\n ") == std::string::npos);
    static_cast<void>(net::canonical_query(url->query));
  }
  const net::Url base{.scheme = "https", .host = "host", .path = "/a/b"};
  const auto target = net::resolve(base, text);
  if (target.ok()) require(target->scheme == "https" || target->scheme == "http");
  const std::string encoded = net::percent_encode(text, net::Slash::kEncode);
  require(net::percent_decode(encoded) == std::string(text));
}

void check_times(std::string_view text) {
  const base::Time now(std::chrono::seconds(1'700'000'000));
  for (const auto& time : {net::parse_http_date(text), net::parse_iso_time(text)}) {
    if (time) require(time->time_since_epoch().count() >= 0);
  }
  const auto wait = net::parse_retry_after(text, now);
  if (wait) require(wait->count() >= 0);
}

void check_keys(std::string_view text) {
  const std::string path = store::path_of_key(text);
  require(("/" + path + "/").find("/../") == std::string::npos && !path.starts_with('/'));
  if (store::check_key(text).ok()) require(store::key_of_path(path) == std::string(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_urls(text);
  check_times(text);
  check_keys(text);
  static_cast<void>(net::parse_xml(text).ok());
  static_cast<void>(net::find_profile(text, "default"));
  const auto range = store::parse_content_range(text);
  if (range) require(range->first <= range->last);
  const auto state = store::parse_upload_state(text, "s3://bucket/");
  if (state.ok()) require(store::parse_upload_state(store::to_text(*state), "s3://bucket/").ok());
  return 0;
}
