#include "net/google_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/testing/fake_clock.h"
#include "base/testing/scratch_folder.h"
#include "net/digest.h"
#include "net/testing/fake_server.h"

namespace rushes::net {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_url("\xfb\xff\xfe?"), "-__-Pw");
}

class GoogleCredentialsTest : public testing::Test {
 protected:
  GoogleCredentialsTest() {
    variables = {{"HOME", folder.path()},
                 {"GCE_METADATA_HOST", "127.0.0.1:" + std::to_string(server.port())}};
  }
  base::Result<GoogleToken> fetch() {
    const auto client = HttpClient::open({.reach = HttpClientOptions::Reach::kAny});
    auto token = fetch_google_token(
        {.environment = [this](const std::string& name) -> std::optional<std::string> {
           const auto found = variables.find(name);
           return found != variables.end() ? std::optional(found->second) : std::nullopt;
         },
         .http = client->get(),
         .clock = &clock},
        nullptr);
    if (!token.ok()) {
      EXPECT_THAT(token.error().message, Not(HasSubstr("planted")));
    }
    return token;
  }
  void use_file(const nlohmann::json& content) {
    variables["GOOGLE_APPLICATION_CREDENTIALS"] = folder.write("key.json", content.dump());
  }

  base::ScratchFolder folder;
  FakeServer server;
  base::FakeClock clock;
  std::map<std::string, std::string> variables;
};

TEST_F(GoogleCredentialsTest, OfTheMachine) {
  const auto token = fetch();
  ASSERT_TRUE(token.ok()) << token.error().message;
  EXPECT_EQ(token->token.reveal(), "planted-google-token");
  EXPECT_EQ(*token->expires, clock.now() + std::chrono::seconds(3599));
}

TEST_F(GoogleCredentialsTest, NobodyHasAny) {
  variables["GCE_METADATA_HOST"] = "127.0.0.1:1";
  EXPECT_EQ(fetch().error().code, Code::kPermission);
  // Somebody answers who is not Google.
  variables["GCE_METADATA_HOST"] = "127.0.0.1:" + std::to_string(server.port());
  server.control(R"({"faults": [{"status": 200, "body": "{\"access_token\": \"planted\"}"}]})");
  EXPECT_THAT(fetch().error().message, HasSubstr("there are no Google credentials"));
}

TEST_F(GoogleCredentialsTest, OfAServiceAccount) {
  const std::string key = folder.path("key.pem"), open = folder.path("public.pem");
  ASSERT_EQ(std::system(("openssl genpkey -algorithm RSA -out " + key +
                         " 2>/dev/null && openssl pkey -in " + key + " -pubout -out " + open)
                            .c_str()),
            0);
  nlohmann::json account = {{"type", "service_account"},
                            {"client_email", "render@example.iam"},
                            {"private_key", folder.read("key.pem")},
                            {"private_key_id", "1"},
                            {"token_uri", server.at("/token")}};
  use_file(account);
  server.control(nlohmann::json{{"google_public_key", open}}.dump());
  const auto token = fetch();
  ASSERT_TRUE(token.ok()) << token.error().message;
  EXPECT_EQ(token->token.reveal(), "planted-google-token");
  account["private_key"] = "planted nonsense";
  use_file(account);
  EXPECT_THAT(fetch().error().message, HasSubstr("not an RSA key"));
}

TEST_F(GoogleCredentialsTest, OfAUser) {
  std::filesystem::create_directories(folder.path(".config/gcloud"));
  nlohmann::json user = {{"type", "authorized_user"},
                         {"client_id", "id"},
                         {"client_secret", "planted-secret"},
                         {"refresh_token", "planted-refresh"},
                         {"token_uri", server.at("/token")}};
  folder.write(".config/gcloud/application_default_credentials.json", user.dump());
  ASSERT_TRUE(fetch().ok());
  user["refresh_token"] = "planted-old";
  use_file(user);
  EXPECT_EQ(fetch().error().code, Code::kPermission);
}

TEST_F(GoogleCredentialsTest, OfFilesThatHoldNone) {
  use_file({{"type", "external_account"}, {"x", "planted"}});
  EXPECT_EQ(fetch().error().code, Code::kUnsupported);
  use_file("planted");
  EXPECT_EQ(fetch().error().code, Code::kInvalidArgument);
  variables["GOOGLE_APPLICATION_CREDENTIALS"] = folder.path("none");
  EXPECT_EQ(fetch().error().code, Code::kNotFound);
}

TEST_F(GoogleCredentialsTest, OfNonsense) {
  for (const char* body : {"", "[]", "{}", "{\\\"access_token\\\": 1}", "planted"}) {
    server.control(std::string(R"({"no_faults": true, "faults": [{"status": 200, "headers":
        {"Metadata-Flavor": "Google"}, "body": ")") +
                   body + "\"}]}");
    EXPECT_EQ(fetch().error().code, Code::kInvalidArgument) << body;
  }
}

}  // namespace
}  // namespace rushes::net
