// Signs requests that others have signed, for comparison: one JSON object a line in, the value of
// its Authorization header a line out. A request that ends with a presigned URL's signature gets
// its query.
//
//   {"method", "url", "headers": [[name, value]...], "hash", "region", "service", "time", "id",
//   "secret", "token"}

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "net/aws_signature.h"
#include "net/time_text.h"

namespace {

namespace base = rushes::base;
namespace net = rushes::net;

net::Method method_of(const std::string& name) {
  for (const net::Method method : {net::Method::kGet, net::Method::kHead, net::Method::kPut,
                                   net::Method::kPost, net::Method::kDelete}) {
    if (net::name_of(method) == name) return method;
  }
  return net::Method::kGet;
}

std::string signed_line(const nlohmann::json& in) {
  const auto url = net::parse_url(in.at("url").get<std::string>());
  if (!url.ok()) return url.error().message;
  const auto time = net::parse_iso_time(in.at("time").get<std::string>());
  const net::AwsCredentials keys{.access_key_id = in.at("id"),
                                 .secret_access_key = net::Secret(in.at("secret")),
                                 .session_token = net::Secret(in.at("token")),
                                 .expires = {}};
  const net::SigningScope scope{in.at("region"), in.at("service"), time.value_or(base::Time())};
  net::Request request{.method = method_of(in.at("method")), .url = *url};
  if (in.contains("expires")) {
    return net::presign(request.method, *url, keys, scope,
                        std::chrono::seconds(in.at("expires").get<int>()))
        .query;
  }
  for (const auto& header : in.at("headers")) request.headers.push_back({header[0], header[1]});
  net::sign(request, keys, scope, in.at("hash").get<std::string>());
  return *net::find_header(request.headers, "authorization");
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%s\n", signed_line(nlohmann::json::parse(line)).c_str());
    std::fflush(stdout);
  }
  return 0;
}
