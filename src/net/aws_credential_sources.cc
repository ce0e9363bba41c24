#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

#include "net/ascii.h"
#include "net/attempts.h"
#include "net/aws_credentials.h"
#include "net/time_text.h"
#include "net/xml.h"

namespace rushes::net {
namespace {

using base::CancelFlag;
using base::Error;
using base::Result;
using Found = std::optional<AwsCredentials>;

// An answer that is not as it must be. It holds secrets, and nothing of it is told.
Error bad_answer() { return base::invalid_argument("the answer is not one with credentials"); }

// The answer of ECS, EKS and IMDS.
Result<AwsCredentials> parse_credentials(std::string_view text) {
  constexpr size_t kMost = 64 << 10;
  if (text.size() > kMost) return bad_answer();
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return bad_answer();
  const auto field = [&json](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  AwsCredentials out{.access_key_id = field("AccessKeyId"),
                     .secret_access_key = Secret(field("SecretAccessKey")),
                     .session_token = Secret(field("Token")),
                     .expires = parse_iso_time(field("Expiration"))};
  if (out.access_key_id.empty() || out.secret_access_key.empty()) return bad_answer();
  return out;
}

Result<Response> call(const AwsCredentialOptions& options, const Request& request, int attempts) {
  return send_with_retries(*options.http, request, {.attempts = attempts}, *options.clock,
                           options.random);
}

Error refused(const Response& response) {
  return {code_of(classify(response.status)), "HTTP " + std::to_string(response.status)};
}

class EnvironmentSource final : public AwsCredentialSource {
 public:
  explicit EnvironmentSource(const AwsCredentialOptions& options) : options_(options) {}
  std::string_view name() const override { return "the environment"; }
  Result<Found> fetch(CancelFlag) override {
    if (!options_.profile.empty()) return Found();
    const auto id = options_.environment("AWS_ACCESS_KEY_ID");
    const auto secret = options_.environment("AWS_SECRET_ACCESS_KEY");
    if (!id && !secret) return Found();
    if (!id || !secret) {
      return base::invalid_argument(
          "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set");
    }
    return Found({.access_key_id = *id,
                  .secret_access_key = Secret(*secret),
                  .session_token = Secret(options_.environment("AWS_SESSION_TOKEN").value_or(""))});
  }

 private:
  AwsCredentialOptions options_;
};

struct WebIdentity {
  std::string token_file, role, session;
};

// A token of somebody else (Kubernetes, GitHub) changed into credentials of a role.
class WebIdentityCall {
 public:
  explicit WebIdentityCall(const AwsCredentialOptions& options) : options_(options) {}

  Result<Found> fetch(const WebIdentity& identity, CancelFlag cancelled) const {
    // It is renewed in place: read each time.
    ASSIGN_OR_RETURN(const std::string token, read_small_file(identity.token_file));
    ASSIGN_OR_RETURN(Request request, request_for(identity, trimmed(token)));
    request.cancelled = cancelled;
    const std::string body = std::exchange(request.url.query, {});
    request.body = std::as_bytes(std::span(body));
    ASSIGN_OR_RETURN(const Response response, call(options_, request, 3));
    if (response.status != 200) return refused_by_sts(response);
    return credentials_in(response.body);
  }

 private:
  Result<Request> request_for(const WebIdentity& identity, std::string_view token) const {
    auto endpoint = options_.environment("AWS_ENDPOINT_URL_STS");
    if (!endpoint) {
      ASSIGN_OR_RETURN(const std::string region,
                       aws_region(options_.environment, options_.profile));
      endpoint =
          region.empty() ? "https://sts.amazonaws.com" : "https://sts." + region + ".amazonaws.com";
    }
    Request request{.method = Method::kPost};
    ASSIGN_OR_RETURN(request.url, parse_url(*endpoint));
    request.url.query.clear();
    request.url.add_query("Action", "AssumeRoleWithWebIdentity");
    request.url.add_query("Version", "2011-06-15");
    request.url.add_query("RoleArn", identity.role);
    request.url.add_query("RoleSessionName",
                          identity.session.empty() ? "rushes" : identity.session);
    request.url.add_query("WebIdentityToken", token);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    return request;
  }

  static Error refused_by_sts(const Response& response) {
    const auto xml = parse_xml(response.body);
    const XmlElement* error = xml.ok() ? xml->find("Error") : nullptr;
    const std::string code(error != nullptr ? error->text_of("Code") : "");
    return {code_of(classify(response.status, code)),
            "HTTP " + std::to_string(response.status) + (code.empty() ? "" : " " + code)};
  }

  static Result<Found> credentials_in(std::string_view body) {
    const auto xml = parse_xml(body);
    const XmlElement* result = xml.ok() ? xml->find("AssumeRoleWithWebIdentityResult") : nullptr;
    const XmlElement* found = result != nullptr ? result->find("Credentials") : nullptr;
    if (found == nullptr) return bad_answer();
    AwsCredentials out{.access_key_id = std::string(found->text_of("AccessKeyId")),
                       .secret_access_key = Secret(std::string(found->text_of("SecretAccessKey"))),
                       .session_token = Secret(std::string(found->text_of("SessionToken"))),
                       .expires = parse_iso_time(found->text_of("Expiration"))};
    if (out.access_key_id.empty() || out.secret_access_key.empty()) return bad_answer();
    return Found(std::move(out));
  }

  AwsCredentialOptions options_;
};

class WebIdentitySource final : public AwsCredentialSource {
 public:
  explicit WebIdentitySource(const AwsCredentialOptions& options)
      : options_(options), call_(options) {}
  std::string_view name() const override { return "web identity"; }
  Result<Found> fetch(CancelFlag cancelled) override {
    const auto file = options_.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role = options_.environment("AWS_ROLE_ARN");
    if (!options_.profile.empty() || !file || !role) return Found();
    return call_.fetch({.token_file = *file,
                        .role = *role,
                        .session = options_.environment("AWS_ROLE_SESSION_NAME").value_or("")},
                       cancelled);
  }

 private:
  AwsCredentialOptions options_;
  WebIdentityCall call_;
};

class ProfileSource final : public AwsCredentialSource {
 public:
  explicit ProfileSource(const AwsCredentialOptions& options) : options_(options), call_(options) {}
  std::string_view name() const override { return "the profile files"; }
  Result<Found> fetch(CancelFlag cancelled) override {
    ASSIGN_OR_RETURN(const AwsProfiles profile,
                     load_profile(options_.environment, options_.profile));
    const bool asked_for = !options_.profile.empty() || options_.environment("AWS_PROFILE");
    if (!profile.found) {
      if (!asked_for) return Found();
      return base::not_found("there is no profile \"" + profile.name + "\"");
    }
    const auto setting = [&profile](const char* name) {
      const auto found = profile.settings.find(name);
      return found != profile.settings.end() ? found->second : std::string();
    };
    const std::string id = setting("aws_access_key_id"), secret = setting("aws_secret_access_key");
    if (!id.empty() && !secret.empty()) {
      return Found({.access_key_id = id,
                    .secret_access_key = Secret(secret),
                    .session_token = Secret(setting("aws_session_token"))});
    }
    const WebIdentity identity{.token_file = setting("web_identity_token_file"),
                               .role = setting("role_arn"),
                               .session = setting("role_session_name")};
    if (!identity.token_file.empty() && !identity.role.empty()) {
      return call_.fetch(identity, cancelled);
    }
    for (const char* other : {"source_profile", "credential_source", "credential_process",
                              "sso_session", "sso_start_url"}) {
      if (!profile.settings.contains(other)) continue;
      return base::unsupported("the profile \"" + profile.name + "\" uses " + other +
                               "; `aws configure export-credentials` gives keys for the "
                               "environment");
    }
    return Found();
  }

 private:
  AwsCredentialOptions options_;
  WebIdentityCall call_;
};

class ContainerSource final : public AwsCredentialSource {
 public:
  explicit ContainerSource(const AwsCredentialOptions& options) : options_(options) {}
  std::string_view name() const override { return "the container"; }
  Result<Found> fetch(CancelFlag cancelled) override {
    const auto relative = options_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const auto full = options_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative && !full) return Found();
    Request request{.cancelled = cancelled};
    ASSIGN_OR_RETURN(request.url, parse_url(relative ? "http://169.254.170.2" + *relative : *full));
    if (!may_be_asked(request.url)) {
      return base::permission("the host \"" + request.url.host +
                              "\" must be this machine's, the container service's, or use https");
    }
    ASSIGN_OR_RETURN(const std::string token, authorization());
    if (!token.empty()) request.headers.push_back({"Authorization", token});
    ASSIGN_OR_RETURN(const Response response, call(options_, request, 4));
    if (response.status != 200) return refused(response);
    ASSIGN_OR_RETURN(AwsCredentials found, parse_credentials(response.body));
    return Found(std::move(found));
  }

 private:
  static bool may_be_asked(const Url& url) {
    constexpr std::string_view kHosts[] = {"localhost",     "127.0.0.1",      "[::1]",
                                           "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    return url.scheme == "https" ||
           std::find(std::begin(kHosts), std::end(kHosts), url.host) != std::end(kHosts);
  }

  Result<std::string> authorization() const {
    if (const auto file = options_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
      ASSIGN_OR_RETURN(const std::string token, read_small_file(*file));
      return std::string(trimmed(token));
    }
    return options_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  }

  AwsCredentialOptions options_;
};

class InstanceSource final : public AwsCredentialSource {
 public:
  explicit InstanceSource(const AwsCredentialOptions& options) : options_(options) {}
  std::string_view name() const override { return "the instance"; }
  Result<Found> fetch(CancelFlag cancelled) override {
    if (options_.environment("AWS_EC2_METADATA_DISABLED") == "true") return Found();
    ASSIGN_OR_RETURN(const Url base,
                     parse_url(options_.environment("AWS_EC2_METADATA_SERVICE_ENDPOINT")
                                   .value_or("http://169.254.169.254")));
    Request request{.method = Method::kPut, .url = base, .cancelled = cancelled};
    request.url.path = "/latest/api/token";
    request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    // Nobody there: this is no instance, or one whose service is off.
    const auto token = options_.http->send(request);
    if (!token.ok() && token.error().code == base::Code::kCancelled) return token.error();
    if (!token.ok() || token->status != 200) return Found();

    request.method = Method::kGet;
    request.url.path = "/latest/meta-data/iam/security-credentials/";
    request.headers = {{"x-aws-ec2-metadata-token", std::string(trimmed(token->body))}};
    ASSIGN_OR_RETURN(const Response roles, call(options_, request, 3));
    const std::string role = roles.body.substr(0, roles.body.find('\n'));
    if (roles.status == 404 || role.empty()) return Found();  // an instance without a role
    if (roles.status != 200) return refused(roles);

    request.url.path += percent_encode(role, Slash::kEncode);
    ASSIGN_OR_RETURN(const Response response, call(options_, request, 3));
    if (response.status != 200) return refused(response);
    ASSIGN_OR_RETURN(AwsCredentials found, parse_credentials(response.body));
    return Found(std::move(found));
  }

 private:
  AwsCredentialOptions options_;
};

}  // namespace

std::vector<std::unique_ptr<AwsCredentialSource>> aws_credential_sources(
    const AwsCredentialOptions& options) {
  std::vector<std::unique_ptr<AwsCredentialSource>> out;
  out.push_back(std::make_unique<EnvironmentSource>(options));
  out.push_back(std::make_unique<WebIdentitySource>(options));
  out.push_back(std::make_unique<ProfileSource>(options));
  out.push_back(std::make_unique<ContainerSource>(options));
  out.push_back(std::make_unique<InstanceSource>(options));
  return out;
}

}  // namespace rushes::net
