#include "net/aws_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/testing/fake_clock.h"
#include "base/testing/scratch_folder.h"
#include "net/testing/fake_server.h"

namespace rushes::net {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

class AwsCredentialsTest : public testing::Test {
 protected:
  AwsCredentialsTest() {
    client_ = *HttpClient::open({.reach = HttpClientOptions::Reach::kAny});
    variables = {{"HOME", folder.path()},
                 {"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.at()},
                 {"AWS_EC2_METADATA_DISABLED", "true"}};
  }
  base::Result<AwsCredentials> get(const std::string& profile = "") {
    AwsCredentialOptions options;
    options.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found != variables.end() ? std::optional(found->second) : std::nullopt;
    };
    options.http = client_.get();
    options.clock = &clock;
    options.profile = profile;
    AwsCredentialProvider provider(aws_credential_sources(options), clock);
    auto found = provider.get();
    if (!found.ok()) {
      EXPECT_THAT(found.error().message, Not(HasSubstr("planted")));
    }
    return found;
  }
  static void expect_keys(const base::Result<AwsCredentials>& found, const std::string& id,
                          const std::string& secret, const std::string& token) {
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found->access_key_id, id);
    EXPECT_EQ(found->secret_access_key.reveal(), secret);
    EXPECT_EQ(found->session_token.reveal(), token);
  }

  base::ScratchFolder folder;
  FakeServer server;
  base::FakeClock clock;
  std::map<std::string, std::string> variables;

 private:
  std::unique_ptr<HttpClient> client_;
};

TEST_F(AwsCredentialsTest, NobodyHasAny) {
  const auto found = get();
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kPermission);
  EXPECT_THAT(found.error().message,
              HasSubstr("the environment, web identity, the profile files, the container, the "
                        "instance"));
}

TEST_F(AwsCredentialsTest, OfTheEnvironment) {
  variables["AWS_ACCESS_KEY_ID"] = "E";
  EXPECT_FALSE(get().ok());
  variables["AWS_SECRET_ACCESS_KEY"] = "planted-s";
  expect_keys(get(), "E", "planted-s", "");
  variables["AWS_SESSION_TOKEN"] = "planted-t";
  expect_keys(get(), "E", "planted-s", "planted-t");
}

TEST_F(AwsCredentialsTest, OfAProfile) {
  variables["AWS_SHARED_CREDENTIALS_FILE"] =
      folder.write("credentials",
                   "[default]\naws_access_key_id=D\naws_secret_access_key=planted-d\n[work]\naws_"
                   "access_key_id=W\n"
                   "aws_secret_access_key=planted-w\naws_session_token=planted-wt\n");
  expect_keys(get(), "D", "planted-d", "");
  variables["AWS_ACCESS_KEY_ID"] = "E";
  variables["AWS_SECRET_ACCESS_KEY"] = "planted-s";
  expect_keys(get(), "E", "planted-s", "");
  expect_keys(get("work"), "W", "planted-w", "planted-wt");
  variables.erase("AWS_ACCESS_KEY_ID");
  variables.erase("AWS_SECRET_ACCESS_KEY");
  variables["AWS_PROFILE"] = "work";
  expect_keys(get(), "W", "planted-w", "planted-wt");
  variables["AWS_PROFILE"] = "gone";
  EXPECT_THAT(get().error().message, HasSubstr("no profile \"gone\""));
}

TEST_F(AwsCredentialsTest, SaysWhatAProfileNeedsThatIsNotBuiltIn) {
  variables["AWS_CONFIG_FILE"] =
      folder.write("config", "[default]\ncredential_process = tool --key planted-key\n");
  const auto found = get();
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kUnsupported);
  EXPECT_THAT(found.error().message, HasSubstr("credential_process"));
}

TEST_F(AwsCredentialsTest, OfAContainer) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.at("/container");
  server.control(R"({"container_token": "planted-auth"})");
  EXPECT_EQ(get().error().code, Code::kPermission);
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "planted-auth";
  expect_keys(get(), "ID", "planted-secret", "planted-token");
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "planted-wrong";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = folder.write("token", "planted-auth\n");
  expect_keys(get(), "ID", "planted-secret", "planted-token");
}

TEST_F(AwsCredentialsTest, OfAContainerThatSomebodyElseNames) {
  for (const char* uri : {"http://example.com/c", "http://169.254.169.254/c", "http://127.0.0.1.x/",
                          "ftp://127.0.0.1/", "http://a@127.0.0.1/"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    const auto found = get();
    ASSERT_FALSE(found.ok()) << uri;
    EXPECT_NE(found.error().code, Code::kUnavailable) << uri << ": it was asked";
  }
}

TEST_F(AwsCredentialsTest, OfAContainerThatAnswersNonsense) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.at("/container");
  for (const char* body : {"", "[]", "{\\\"AccessKeyId\\\": 3}", "planted{", "[[[[[[[[",
                           "{\\\"AccessKeyId\\\": \\\"planted\\\"}"}) {
    server.control(std::string(R"({"no_faults": true, "faults": [{"contains": "/container",
                               "status": 200, "body": ")") +
                   body + "\"}]}");
    const auto found = get();
    ASSERT_FALSE(found.ok()) << body;
    EXPECT_EQ(found.error().code, Code::kInvalidArgument);
  }
}

TEST_F(AwsCredentialsTest, TriesAgainWhenTheContainerFailsForAMoment) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.at("/container");
  server.control(R"({"faults": [{"contains": "/container", "status": 503, "times": 2},
                                {"contains": "/container", "close": true, "times": 1}]})");
  expect_keys(get(), "ID", "planted-secret", "planted-token");
  server.control(R"({"faults": [{"contains": "/container", "status": 503}]})");
  EXPECT_EQ(get().error().code, Code::kUnavailable);
}

TEST_F(AwsCredentialsTest, OfAnInstance) {
  variables.erase("AWS_EC2_METADATA_DISABLED");
  expect_keys(get(), "ID", "planted-secret", "planted-token");
  server.control(R"({"role": ""})");
  EXPECT_EQ(get().error().code, Code::kPermission);
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1";
  EXPECT_THAT(get().error().message, HasSubstr("there are no AWS credentials"));
}

TEST_F(AwsCredentialsTest, OfAWebIdentity) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = folder.write("token", "web token+/=\n");
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/render";
  variables["AWS_ENDPOINT_URL_STS"] = server.at("/sts");
  const auto found = get();
  expect_keys(found, "ID", "planted-secret", "planted-token");
  EXPECT_TRUE(found->expires.has_value());
  folder.write("token", "planted other");
  const auto refused = get();
  EXPECT_EQ(refused.error().code, Code::kPermission);
  EXPECT_THAT(refused.error().message, HasSubstr("InvalidIdentityToken"));
}

TEST_F(AwsCredentialsTest, OfAWebIdentityInAProfile) {
  variables["AWS_CONFIG_FILE"] =
      folder.write("config", "[default]\nrole_arn=arn:x\nweb_identity_token_file=" +
                                 folder.write("token", "web token+/=") + "\n");
  variables["AWS_ENDPOINT_URL_STS"] = server.at("/sts");
  expect_keys(get(), "ID", "planted-secret", "planted-token");
}

// One place whose credentials last as long as the test says.
class Counted final : public AwsCredentialSource {
 public:
  std::string_view name() const override { return "the test"; }
  base::Result<std::optional<AwsCredentials>> fetch(base::CancelFlag) override {
    const int n = ++fetched;
    if (on_fetch) on_fetch();
    if (fails) return base::Error{Code::kUnavailable, "down"};
    return std::optional(AwsCredentials{.access_key_id = std::to_string(n),
                                        .secret_access_key = Secret("planted"),
                                        .session_token = {},
                                        .expires = expires});
  }
  std::atomic<int> fetched = 0;
  std::atomic<bool> fails = false;
  std::optional<base::Time> expires;
  std::function<void()> on_fetch;
};

class AwsCredentialProviderTest : public testing::Test {
 protected:
  AwsCredentialProviderTest() {
    auto owned = std::make_unique<Counted>();
    source = owned.get();
    source->expires = clock.now() + std::chrono::hours(1);
    std::vector<std::unique_ptr<AwsCredentialSource>> sources;
    sources.push_back(std::move(owned));
    provider = std::make_unique<AwsCredentialProvider>(std::move(sources), clock);
  }
  std::string id() {
    const auto found = provider->get();
    return found.ok() ? found->access_key_id : found.error().message;
  }
  base::FakeClock clock;
  Counted* source = nullptr;
  std::unique_ptr<AwsCredentialProvider> provider;
};

TEST_F(AwsCredentialProviderTest, FetchesAgainBeforeTheyExpire) {
  EXPECT_EQ(id(), "1");
  clock.advance(std::chrono::minutes(49));
  EXPECT_EQ(id(), "1");
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(id(), "2");
}

TEST_F(AwsCredentialProviderTest, GoesOnWithOldOnesWhileTheyLast) {
  EXPECT_EQ(id(), "1");
  source->fails = true;
  clock.advance(std::chrono::minutes(55));
  EXPECT_EQ(id(), "1");
  EXPECT_EQ(id(), "1");
  EXPECT_EQ(source->fetched, 2) << "it asked again at once";
  clock.advance(std::chrono::minutes(6));
  EXPECT_THAT(id(), HasSubstr("down"));
}

TEST_F(AwsCredentialProviderTest, FetchesOnceWhenTheyAreRefused) {
  const AwsCredentials first = *provider->get();
  provider->refuse(first);
  EXPECT_EQ(id(), "2");
  provider->refuse(first);  // a second thread had them, too
  EXPECT_EQ(id(), "2");
}

TEST_F(AwsCredentialProviderTest, FetchesOnceForAllThreads) {
  std::atomic<int> waiting = 0;
  source->on_fetch = [&] {
    while (waiting < 8) std::this_thread::yield();
  };
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      ++waiting;
      EXPECT_EQ(id(), "1");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(source->fetched, 1);
}

}  // namespace
}  // namespace rushes::net
