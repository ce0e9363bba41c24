#include "net/google_credentials.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "net/attempts.h"
#include "net/digest.h"
#include "net/rsa.h"

namespace rushes::net {
namespace {

using base::CancelFlag;
using base::Error;
using base::Result;
using nlohmann::json;

constexpr const char* kTokenUri = "https://oauth2.googleapis.com/token";
constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr int64_t kTokenSeconds = 3600;

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// {"access_token": .., "expires_in": seconds, as a number or as a text}
Result<GoogleToken> token_in(const Response& response, base::Time now) {
  if (response.status != 200) {
    const Outcome outcome = classify(response.status);
    // A grant that is refused is 400.
    const base::Code code =
        outcome == Outcome::kInvalid ? base::Code::kPermission : code_of(outcome);
    return Error{code, "HTTP " + std::to_string(response.status)};
  }
  const json in = json::parse(response.body, nullptr, false);
  const std::string token = in.is_object() ? text_in(in, "access_token") : std::string();
  if (token.empty()) return base::invalid_argument("the answer is not one with a token");
  int64_t seconds = 0;
  const auto lasts = in.find("expires_in");
  if (lasts != in.end() && lasts->is_number_unsigned()) seconds = lasts->get<int64_t>();
  const std::string as_text = text_in(in, "expires_in");
  std::from_chars(as_text.data(), as_text.data() + as_text.size(), seconds);
  seconds = std::clamp<int64_t>(seconds, 0, 24 * kTokenSeconds);
  return GoogleToken{Secret(token), now + std::chrono::seconds(seconds)};
}

class Tokens {
 public:
  Tokens(const GoogleCredentialOptions& options, CancelFlag cancelled)
      : options_(options), cancelled_(cancelled) {}

  Result<GoogleToken> fetch() const {
    const auto named = options_.environment("GOOGLE_APPLICATION_CREDENTIALS");
    const auto home = options_.environment("HOME");
    if (named) return of_file(*named);
    if (home) {
      auto found = of_file(*home + "/.config/gcloud/application_default_credentials.json");
      if (found.ok() || found.error().code != base::Code::kNotFound) return found;
    }
    return of_machine();
  }

 private:
  Result<GoogleToken> of_file(const std::string& path) const {
    ASSIGN_OR_RETURN(const std::string text, read_small_file(path));
    const json in = json::parse(text, nullptr, false);
    if (!in.is_object()) return base::invalid_argument("\"" + path + "\" holds no credentials");
    const std::string type = text_in(in, "type");
    auto token =
        type == "service_account" ? of_service_account(in)
        : type == "authorized_user"
            ? of_user(in)
            : Result<GoogleToken>(base::unsupported("this kind of credentials is not known"));
    if (token.ok()) return token;
    return std::move(token).error().in("Google credentials of \"" + path + "\"");
  }

  Result<GoogleToken> of_service_account(const json& in) const {
    const int64_t now =
        std::chrono::floor<std::chrono::seconds>(options_.clock->now()).time_since_epoch().count();
    const json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", text_in(in, "private_key_id")}};
    const json claims = {{"iss", text_in(in, "client_email")},
                         {"aud", token_uri(in)},
                         {"scope", kScope},
                         {"iat", now},
                         {"exp", now + kTokenSeconds}};
    const auto packed = [](const json& object) {
      return base64_url(object.dump(-1, ' ', false, json::error_handler_t::replace));
    };
    const std::string text = packed(header) + "." + packed(claims);
    ASSIGN_OR_RETURN(const std::string signature,
                     sign_rs256(Secret(text_in(in, "private_key")), text));
    return granted(token_uri(in), {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                   {"assertion", text + "." + base64_url(signature)}});
  }

  Result<GoogleToken> of_user(const json& in) const {
    return granted(token_uri(in), {{"grant_type", "refresh_token"},
                                   {"client_id", text_in(in, "client_id")},
                                   {"client_secret", text_in(in, "client_secret")},
                                   {"refresh_token", text_in(in, "refresh_token")}});
  }

  static std::string token_uri(const json& in) {
    const std::string own = text_in(in, "token_uri");
    return own.empty() ? kTokenUri : own;
  }

  Result<GoogleToken> granted(
      const std::string& uri,
      const std::vector<std::pair<std::string, std::string>>& parameters) const {
    Request request{.method = Method::kPost, .cancelled = cancelled_};
    ASSIGN_OR_RETURN(request.url, parse_url(uri));
    for (const auto& [name, value] : parameters) request.url.add_query(name, value);
    const std::string body = std::exchange(request.url.query, {});
    request.body = std::as_bytes(std::span(body));
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    ASSIGN_OR_RETURN(const Response response, call(request));
    return token_in(response, options_.clock->now());
  }

  Result<GoogleToken> of_machine() const {
    const std::string host =
        options_.environment("GCE_METADATA_HOST").value_or("metadata.google.internal");
    Request request{.headers = {{"Metadata-Flavor", "Google"}}, .cancelled = cancelled_};
    ASSIGN_OR_RETURN(request.url,
                     parse_url("http://" + host +
                               "/computeMetadata/v1/instance/service-accounts/default/token"));
    const auto response = call(request);
    if (!response.ok() && response.error().code == base::Code::kCancelled) {
      return response.error();
    }
    // Somebody else may answer under that name.
    const std::string* flavor =
        response.ok() ? find_header(response->headers, "metadata-flavor") : nullptr;
    if (flavor == nullptr || *flavor != "Google" || response->status == 404) {
      return base::permission(
          "there are no Google credentials; set GOOGLE_APPLICATION_CREDENTIALS, or log in with "
          "`gcloud auth application-default login`");
    }
    auto token = token_in(*response, options_.clock->now());
    if (token.ok()) return token;
    return std::move(token).error().in("Google credentials of the machine");
  }

  Result<Response> call(const Request& request) const {
    return send_with_retries(*options_.http, request, {.attempts = 3}, *options_.clock,
                             options_.random);
  }

  GoogleCredentialOptions options_;
  CancelFlag cancelled_;
};

}  // namespace

bool same(const GoogleToken& a, const GoogleToken& b) {
  return a.token.reveal() == b.token.reveal();
}

Result<GoogleToken> fetch_google_token(const GoogleCredentialOptions& options,
                                       CancelFlag cancelled) {
  return Tokens(options, cancelled).fetch();
}

}  // namespace rushes::net
