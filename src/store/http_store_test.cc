// Web servers and what they can and cannot do. What all stores do is in store_conformance_test.cc.

#include "store/http_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/backend.h"

namespace rushes::store {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

class HttpStoreTest : public testing::Test {
 protected:
  HttpStoreTest() : http(*net::HttpClient::open({.reach = net::HttpClientOptions::Reach::kAny})) {}
  HttpStoreOptions options(const std::string& path) {
    return {.base = server.url(path), .http = http.get(), .clock = &clock};
  }
  void file(const std::string& properties) {
    server.control(R"({"files": {"a": {)" + properties + "}}}");
  }
  base::Result<std::vector<std::byte>> read() {
    const auto store = http_store(options("/plain/files/"));
    return get(*store, "a", 1 << 20);
  }
  net::FakeServer server;
  base::FakeClock clock;
  std::unique_ptr<net::HttpClient> http;
};

TEST_F(HttpStoreTest, ReadsAUrlAsItStands) {
  auto source = open_url(options("/plain/data?size=1000&X-Amz-Signature=planted"));
  ASSERT_TRUE(source.ok()) << source.error().message;
  EXPECT_EQ(*base::read_all(*source->source, 1000), content(1000));
  auto missing = open_url(options("/plain/none?X-Amz-Signature=planted"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message, Not(HasSubstr("planted")));
}

TEST_F(HttpStoreTest, FollowsRedirects) {
  auto source = open_url(options("/plain/redirect?to=/plain/data%3Fsize%3D1000"));
  ASSERT_TRUE(source.ok()) << source.error().message;
  EXPECT_EQ(*base::read_all(*source->source, 1000), content(1000));
}

TEST_F(HttpStoreTest, AsksByGetWhereThereIsNoHead) {
  file(R"("size": 1000, "no_head": true)");
  EXPECT_EQ(*read(), content(1000));
  file(R"("size": 0, "no_head": true)");
  EXPECT_TRUE(read()->empty());
  file(R"("size": 1000, "no_head": true, "ranges": false)");
  EXPECT_EQ(*read(), content(1000));
}

TEST_F(HttpStoreTest, ReadsAllAtOnceWhereThereAreNoRanges) {
  file(R"("size": 100000, "ranges": false)");
  auto source = open_url(options("/plain/files/a"));
  ASSERT_TRUE(source.ok());
  std::vector<std::byte> out(10);
  for (const uint64_t at : {99'990u, 5u, 50'000u}) {
    ASSERT_TRUE(source->source->read_at(at, out).ok());
    EXPECT_EQ(out[3], net::content_byte(at + 3));
  }
  EXPECT_EQ(server.requests("GET"), 2) << "once for the range, once for all";
  HttpStoreOptions small = options("/plain/files/a");
  small.max_whole = 99'999;
  source = open_url(small);
  const auto refused = source->source->read_at(5, out);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("knows no ranges"));
}

TEST_F(HttpStoreTest, SeesChangesWhateverTheServerTells) {
  for (const char* told :
       {R"("etag": "\"v%\"")", R"("etag": "\"v%\"", "conditions": false)",
        R"("etag": "", "modified": "Sun, 06 Nov 1994 08:49:3% GMT")",
        R"("etag": "W/\"weak\"", "modified": "Sun, 06 Nov 1994 08:49:3% GMT")",
        R"("etag": "", "modified": "Sun, 06 Nov 1994 08:49:3% GMT", "conditions": false)"}) {
    const auto with = [&](int version) {
      std::string text = told;
      for (size_t at; (at = text.find('%')) != std::string::npos;)
        text[at] = static_cast<char>('0' + version);
      file("\"size\": 1000, \"seed\": " + std::to_string(version) + ", " + text);
    };
    with(1);
    const auto source = open_url(options("/plain/files/a"));
    ASSERT_TRUE(source.ok()) << told;
    std::vector<std::byte> out(10);
    ASSERT_TRUE(source->source->read_at(0, out).ok()) << told;
    with(2);
    const auto read_again = source->source->read_at(100, out);
    ASSERT_FALSE(read_again.ok()) << told;
    EXPECT_EQ(read_again.error().code, Code::kUnavailable);
    EXPECT_THAT(read_again.error().message, HasSubstr("changed meanwhile"));
  }
}

TEST_F(HttpStoreTest, SeesAnotherSizeWhereNothingElseIsTold) {
  file(R"("size": 1000, "etag": "")");
  const auto source = open_url(options("/plain/files/a"));
  std::vector<std::byte> out(10);
  ASSERT_TRUE(source->source->read_at(0, out).ok());
  for (const char* size : {R"("size": 999, "etag": "")", R"("size": 10, "etag": "")"}) {
    file(size);
    EXPECT_THAT(source->source->read_at(100, out).error().message, HasSubstr("changed meanwhile"));
  }
}

TEST_F(HttpStoreTest, TriesAgainWhatMayPass) {
  file(R"("size": 1000)");
  for (const char* fault :
       {R"("status": 503)", R"("close": true)", R"("cut": 3)", R"("status": 429)"}) {
    server.control(std::string(R"({"no_faults": true, "faults": [{)") + fault +
                   R"(, "times": 2}]})");
    const auto bytes = read();
    ASSERT_TRUE(bytes.ok()) << fault << bytes.error().message;
    EXPECT_EQ(*bytes, content(1000));
  }
  server.control(R"({"no_faults": true, "no_log": true, "faults": [{"status": 503}]})");
  EXPECT_EQ(read().error().code, Code::kUnavailable);
  EXPECT_EQ(server.requests("HEAD"), 5);
}

TEST_F(HttpStoreTest, SaysWhatIsRefused) {
  server.control(R"({"faults": [{"status": 403}]})");
  EXPECT_EQ(read().error().code, Code::kPermission);
  server.control(R"({"no_faults": true, "faults": [{"status": 401}]})");
  EXPECT_EQ(read().error().code, Code::kPermission);
  const auto store = http_store(options("/plain/files"));
  EXPECT_EQ(store->put("a", content(1), {}).error().code, Code::kUnsupported);
  EXPECT_EQ(store->list({}).error().code, Code::kUnsupported);
  EXPECT_EQ(store->start("a", {}).error().code, Code::kUnsupported);
  EXPECT_EQ(store->resume("").error().code, Code::kUnsupported);
  EXPECT_EQ(store->remove("a").error().code, Code::kUnsupported);
}

TEST_F(HttpStoreTest, SendsItsHeaders) {
  HttpStoreOptions with = options("/plain/data?size=10");
  with.headers = {{"Authorization", "Bearer planted"}};
  ASSERT_TRUE(open_url(with).ok());
  EXPECT_THAT(server.log(), HasSubstr("Bearer planted"));
}

TEST_F(HttpStoreTest, ReachesNoPrivateAddress) {
  const auto safe = net::HttpClient::open({});
  HttpStoreOptions with = options("/plain/data?size=10");
  with.http = safe->get();
  const auto source = open_url(with);
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().code, Code::kPermission);
  EXPECT_EQ(server.requests(""), 0);
}

}  // namespace
}  // namespace rushes::store
