#include "store/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "store/testing/backend.h"

namespace rushes::store {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

class StoreContextTest : public testing::Test {
 protected:
  StoreContextTest() {
    variables = {{"HOME", folder.path()},
                 {"AWS_EC2_METADATA_DISABLED", "true"},
                 {"AWS_ACCESS_KEY_ID", "TESTKEY"},
                 {"AWS_SECRET_ACCESS_KEY", "planted-secret"},
                 {"AWS_ENDPOINT_URL_S3", server.at()}};
  }
  std::unique_ptr<StoreContext> context(bool any_web = true) {
    StoreContext::Options options;
    options.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found != variables.end() ? std::optional(found->second) : std::nullopt;
    };
    options.private_web = any_web;
    auto opened = StoreContext::open(options);
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }
  base::ScratchFolder folder;
  net::FakeServer server;
  std::map<std::string, std::string> variables;
};

TEST_F(StoreContextTest, OpensBuckets) {
  const auto all = context();
  const auto whole = all->store("s3://bucket"), part = all->store("s3://bucket/renders");
  ASSERT_TRUE(whole.ok() && part.ok());
  ASSERT_TRUE((*part)->put("a b", content(100), {}).ok());
  EXPECT_EQ(*get(**whole, "renders/a b", 1000), content(100));
  const auto object = all->object("s3://bucket/renders/a b");
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ(*base::read_all(*object->source, 1000), content(100));
  EXPECT_EQ(all->object("s3://bucket/none").error().code, Code::kNotFound);
  EXPECT_FALSE(all->store("s3://").ok());
  variables["AWS_ENDPOINT_URL_S3"] = "http://user:planted@host/";
  const auto bad = context()->store("s3://bucket");
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message, Not(HasSubstr("planted")));
}

TEST_F(StoreContextTest, OpensBucketsOfGoogle) {
  variables["STORAGE_EMULATOR_HOST"] = server.at();
  variables["GCE_METADATA_HOST"] = "127.0.0.1:" + std::to_string(server.port());
  const auto all = context();
  const auto store = all->store("gs://bucket/renders");
  ASSERT_TRUE(store.ok());
  const auto written = (*store)->put("a", content(100), {});
  ASSERT_TRUE(written.ok()) << written.error().message;
  const auto object = all->object("gs://bucket/renders/a");
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ(*base::read_all(*object->source, 1000), content(100));
  const auto none = (*store)->stat("none");
  EXPECT_THAT(none.error().message, HasSubstr("gs://bucket/renders/none"));
}

TEST_F(StoreContextTest, OpensFolders) {
  const auto all = context();
  ASSERT_TRUE((*all->store(folder.path("a b")))->put("x", content(10), {}).ok());
  const auto same = all->store("file://" + folder.path("a%20b"));
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(*get(**same, "x", 100), content(10));
  ASSERT_TRUE(all->store("memory:").ok());
  for (const char* uri : {"", "relative", "ftp://host/", "file://%zz", "gs//x"}) {
    const auto none = all->store(uri);
    ASSERT_FALSE(none.ok()) << uri;
    EXPECT_EQ(none.error().code, Code::kInvalidArgument);
  }
}

TEST_F(StoreContextTest, OpensWebUrlsOfThePublicAlone) {
  const std::string url = server.at("/plain/data?size=100");
  const auto all = context();
  const auto object = all->object(url);
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ(*base::read_all(*object->source, 1000), content(100));
  const auto refused = context(false)->object(url);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kPermission);
  EXPECT_TRUE(context()->store(server.at("/plain/files"))->get() != nullptr);
}

TEST_F(StoreContextTest, TrustsTheAuthoritiesThatTheEnvironmentNames) {
  net::FakeServer tls(net::FakeServer::Tls::kOn);
  const std::string url = tls.at("/plain/data?size=100");
  variables["AWS_ENDPOINT_URL_S3"] = tls.at();
  EXPECT_EQ(context()->object(url).error().code, Code::kPermission);
  EXPECT_EQ(context()->object("s3://bucket/none").error().code, Code::kPermission);
  variables["AWS_CA_BUNDLE"] = tls.certificate();
  EXPECT_EQ(context()->object(url).error().code, Code::kPermission) << "that is for AWS";
  EXPECT_EQ(context()->object("s3://bucket/none").error().code, Code::kNotFound);
  variables.erase("AWS_CA_BUNDLE");
  variables["SSL_CERT_FILE"] = tls.certificate();
  EXPECT_TRUE(context()->object(url).ok());
  EXPECT_EQ(context()->object("s3://bucket/none").error().code, Code::kNotFound);
}

TEST_F(StoreContextTest, OpensTheVersionThatWasSeen) {
  const auto all = context();
  const auto store = *all->store("s3://bucket");
  ASSERT_TRUE(store->put("a", content(100), {}).ok());
  server.control(R"({"files": {"f": {"size": 100, "etag": "\"v1\""}}})");
  for (const std::string& uri : {std::string("s3://bucket/a"), server.at("/plain/files/f")}) {
    const auto now = all->object(uri);
    ASSERT_TRUE(now.ok()) << now.error().message;
    server.control(R"({"no_log": true})");
    const auto seen = all->object(uri, now->info);
    ASSERT_TRUE(seen.ok());
    EXPECT_EQ(server.requests(""), 0) << "it asked for what it was told";
    EXPECT_EQ(base::read_all(*seen->source, 1000)->size(), 100U);
    const auto other = all->object(uri, ObjectInfo{.size = now->info.size, .version = "\"other\""});
    std::vector<std::byte> out(10);
    EXPECT_EQ(other->source->read_at(0, out).error().code, Code::kUnavailable);
  }
}

TEST_F(StoreContextTest, SaysThatThereAreNoCredentials) {
  variables.erase("AWS_ACCESS_KEY_ID");
  variables.erase("AWS_SECRET_ACCESS_KEY");
  const auto found = (*context()->store("s3://bucket"))->stat("a");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kPermission);
  EXPECT_THAT(found.error().message, HasSubstr("no AWS credentials"));
}

}  // namespace
}  // namespace rushes::store
