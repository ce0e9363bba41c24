#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "net/digest.h"
#include "net/testing/fake_server.h"

namespace rushes::net {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

constexpr auto kAny = HttpClientOptions::Reach::kAny;

class HttpClientTest : public testing::Test {
 protected:
  static std::unique_ptr<HttpClient> client(HttpClientOptions options = {.reach = kAny}) {
    auto opened = HttpClient::open(options);
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }
  static nlohmann::json echoed(const base::Result<Response>& response) {
    EXPECT_TRUE(response.ok()) << response.error().message;
    return response.ok() ? nlohmann::json::parse(response->body, nullptr, false) : nlohmann::json();
  }
  FakeServer server;
};

TEST_F(HttpClientTest, SendsEveryMethodWithItsBody) {
  const auto http = client();
  const std::string text = std::string("a body") + '\0' + "with a zero";
  const auto body = std::as_bytes(std::span(text));
  const auto source = base::memory_source({body.begin(), body.end()});
  for (const Method method : {Method::kGet, Method::kPut, Method::kPost, Method::kDelete}) {
    const bool has_body = method == Method::kPut || method == Method::kPost;
    for (const bool from_source : {false, true}) {
      Request request{.method = method, .url = server.url("/plain/echo?x=%20y")};
      request.headers = {{"X-Own", "value"}, {"X-Empty", ""}};
      if (has_body && from_source) request.source = source.get();
      if (has_body && !from_source) request.body = body;
      const auto told = echoed(http->send(request));
      EXPECT_EQ(told["method"], name_of(method));
      EXPECT_EQ(told["target"], "/plain/echo?x=%20y");
      EXPECT_EQ(told["headers"]["X-Own"], "value");
      EXPECT_EQ(told["headers"]["X-Empty"], "");
      EXPECT_EQ(told["sha256"], sha256_hex(has_body ? text : ""));
      EXPECT_FALSE(told["headers"].contains("Expect"));
    }
  }
}

TEST_F(HttpClientTest, TellsAnAnswerWhateverItsStatus) {
  const auto http = client();
  for (const int status : {200, 204, 304, 400, 404, 500, 503}) {
    const auto response =
        http->send({.url = server.url("/plain/status?code=" + std::to_string(status) + "&body=b")});
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->status, status);
    if (status >= 400) {
      EXPECT_EQ(response->body, "b");
    }
  }
  const auto head = http->send({.method = Method::kHead, .url = server.url("/plain/data?size=77")});
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(*find_header(head->headers, "CONTENT-LENGTH"), "77");
  EXPECT_EQ(head->body, "");
}

TEST_F(HttpClientTest, KeepsPathsAsTheyAre) {
  const auto told = echoed(client()->send({.url = server.url("/plain/echo?a=/../b//")}));
  EXPECT_EQ(told["target"], "/plain/echo?a=/../b//");
  client()->send({.url = server.url("/bucket/a//../b/%2E%2e/c")}).ok();
  EXPECT_EQ(server.requests("/bucket/a//../b/%2E%2e/c"), 1);
}

TEST_F(HttpClientTest, GivesBodiesInPieces) {
  uint64_t at = 0, heads = 0;
  bool right = true;
  Request request{.url = server.url("/plain/data?size=3000001"), .max_body = 3'000'001};
  request.on_head = [&](int status, const Headers& headers) -> base::Status {
    heads += status == 200 && find_header(headers, "content-length") != nullptr ? 1 : 100;
    return {};
  };
  request.on_data = [&](std::span<const std::byte> piece) -> base::Status {
    for (const std::byte byte : piece) right &= byte == content_byte(at++);
    return {};
  };
  const auto response = client()->send(request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(at, 3'000'001u);
  EXPECT_EQ(heads, 1u);
  EXPECT_TRUE(right);
}

TEST_F(HttpClientTest, EndsWithTheErrorsOfItsCallbacks) {
  const auto http = client();
  Request request{.url = server.url("/plain/data?size=100")};
  request.on_head = [](int, const Headers&) -> base::Status {
    return base::corrupt("at the head");
  };
  EXPECT_THAT(http->send(request).error().message, HasSubstr("at the head"));
  request.on_head = nullptr;
  request.on_data = [](auto) -> base::Status { return base::corrupt("at the data"); };
  EXPECT_THAT(http->send(request).error().message, HasSubstr("at the data"));
  // And for an answer without a body.
  request = {.url = server.url("/plain/data?size=0")};
  request.on_head = [](int, const Headers&) -> base::Status { return base::corrupt("empty"); };
  EXPECT_EQ(http->send(request).error().code, Code::kCorrupt);
}

TEST_F(HttpClientTest, BoundsWhatItTakes) {
  const auto http = client();
  const auto longer = http->send({.url = server.url("/plain/data?size=1001"), .max_body = 1000});
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(http->send({.url = server.url("/plain/data?size=1000"), .max_body = 1000}).ok());
  EXPECT_FALSE(http->send({.url = server.url("/plain/headers?count=300")}).ok());
  server.control(R"({"faults": [{"status": 500, "body": ")" + std::string(3'000'000, 'x') +
                 R"("}]})");
  const auto error = http->send({.url = server.url("/plain/echo")});
  ASSERT_TRUE(error.ok()) << error.error().message;
  EXPECT_EQ(error->body.size(), kMaxErrorBody);
}

TEST_F(HttpClientTest, AnAnswerThatBreaksOffIsAnError) {
  const auto http = client();
  for (const char* fault : {R"({"cut": 10})", R"({"close": true})", R"({"forget": true})"}) {
    server.control(std::string(R"({"no_faults": true, "faults": [)") + fault + "]}");
    const auto response = http->send({.url = server.url("/plain/data?size=100")});
    ASSERT_FALSE(response.ok()) << fault;
    EXPECT_EQ(response.error().code, Code::kUnavailable) << response.error().message;
  }
}

TEST_F(HttpClientTest, GoesOnWhenAKeptConnectionIsClosed) {
  const auto http = client();
  EXPECT_TRUE(http->send({.url = server.url("/plain/echo")}).ok());
  server.control(R"({"faults": [{"close": true, "times": 1}]})");
  const std::string text(300'000, 'x');
  const auto told = echoed(http->send({.method = Method::kPut,
                                       .url = server.url("/plain/echo"),
                                       .body = std::as_bytes(std::span(text))}));
  EXPECT_EQ(told["sha256"], sha256_hex(text));
}

TEST_F(HttpClientTest, GivesUpOnSilence) {
  server.control(R"({"faults": [{"stall": true}]})");
  const auto stalled = client({.reach = kAny, .stall_timeout = std::chrono::seconds(1)})
                           ->send({.url = server.url("/plain/echo")});
  ASSERT_FALSE(stalled.ok());
  EXPECT_EQ(stalled.error().code, Code::kUnavailable);
  const auto late = client({.reach = kAny, .total_timeout = std::chrono::milliseconds(200)})
                        ->send({.url = server.url("/plain/echo")});
  EXPECT_EQ(late.error().code, Code::kUnavailable);
}

TEST_F(HttpClientTest, EndsWhenCancelled) {
  server.control(R"({"faults": [{"stall": true}]})");
  std::atomic<bool> cancelled = false;
  std::thread canceller([&] {
    while (server.requests("/plain/echo") == 0) std::this_thread::yield();
    cancelled = true;
  });
  const auto response = client()->send({.url = server.url("/plain/echo"), .cancelled = &cancelled});
  canceller.join();
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Code::kCancelled);
  EXPECT_EQ(
      client()->send({.url = server.url("/plain/echo"), .cancelled = &cancelled}).error().code,
      Code::kCancelled);
}

TEST_F(HttpClientTest, SaysThatNobodyIsThere) {
  Url url = server.url("/x?secret=planted-secret");
  url.port = 1;
  const auto response = client()->send({.url = url});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Code::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("GET http://127.0.0.1:1/x: "));
  EXPECT_THAT(response.error().message, Not(HasSubstr("planted")));
}

TEST_F(HttpClientTest, ReachesNoPrivateAddress) {
  const auto http = client({});
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "2130706433", "0.0.0.0"}) {
    Url url = server.url("/plain/echo");
    url.host = host;
    const auto response = http->send({.url = url});
    ASSERT_FALSE(response.ok()) << host;
    EXPECT_EQ(response.error().code, Code::kPermission) << host << response.error().message;
  }
  EXPECT_EQ(server.requests(""), 0);
  EXPECT_FALSE(HttpClient::open({.proxy = "http://127.0.0.1:1"}).ok());
}

TEST_F(HttpClientTest, FollowsRedirectsWhenAsked) {
  const auto http = client();
  const std::string one = server.at("/plain/redirect?to=echo");
  Request request{.url = *parse_url(one)};
  request.headers = {{"Authorization", "planted-secret"}, {"Range", "bytes=0-1"}};
  EXPECT_EQ(http->send(request)->status, 302);
  request.max_redirects = 3;
  const auto response = http->send(request);
  const auto told = echoed(response);
  EXPECT_EQ(told["headers"]["Authorization"], "planted-secret");
  EXPECT_EQ(response->url.path, "/plain/echo");
  request.url = server.url("/plain/redirect?to=redirect%3Fto%3Decho");
  EXPECT_EQ(echoed(http->send(request))["target"], "/plain/echo");
  request.url = server.url("/plain/redirect?to=/plain/redirect%3Fto%3D/plain/redirect");
  server.control(R"({"faults": [{"contains": "/plain/", "status": 302,
                     "headers": {"Location": "/plain/again"}}]})");
  EXPECT_THAT(http->send(request).error().message, HasSubstr("too many redirects"));
}

TEST_F(HttpClientTest, TellsOtherHostsNothing) {
  FakeServer other;
  Request request{.url = server.url("/plain/redirect?to=" + other.at("/plain/echo")),
                  .max_redirects = 1};
  request.headers = {{"Authorization", "planted-secret"},
                     {"x-amz-security-token", "planted-token"},
                     {"Cookie", "planted-cookie"},
                     {"Range", "bytes=0-1"}};
  const auto told = echoed(client()->send(request));
  EXPECT_EQ(told["headers"]["Range"], "bytes=0-1");
  EXPECT_THAT(told.dump(), Not(HasSubstr("planted")));
}

TEST_F(HttpClientTest, FollowsNoRedirectToOtherSchemes) {
  for (const char* to : {"file:///etc/passwd", "ftp://127.0.0.1/", "http://user:word@127.0.0.1/"}) {
    const auto response = client()->send(
        {.url = server.url("/plain/redirect?to=" + percent_encode(to, Slash::kEncode)),
         .max_redirects = 3});
    ASSERT_FALSE(response.ok()) << to;
    EXPECT_EQ(response.error().code, Code::kInvalidArgument);
  }
}

TEST_F(HttpClientTest, SendsNoHeaderWithLineBreaks) {
  Request request{.url = server.url("/plain/echo")};
  for (const Header& header : {Header{"X-A", "planted-secret\r\nX-B: c"}, Header{"X A", "b"},
                               Header{"X-A:", "b"}, Header{"", "b"}}) {
    request.headers = {header};
    const auto response = client()->send(request);
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, Code::kInvalidArgument);
    EXPECT_THAT(response.error().message, Not(HasSubstr("planted")));
  }
}

TEST_F(HttpClientTest, ServesManyThreads) {
  const auto http = client();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string target = "/plain/echo?" + std::to_string(i * 100 + j);
        const auto response = http->send({.url = server.url(target)});
        if (response.ok() && response->body.find(target) != std::string::npos) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

TEST(HttpClientTls, TrustsOnlyWhatIsSigned) {
  const FakeServer server(FakeServer::Tls::kOn);
  const auto stranger = HttpClient::open({.reach = kAny});
  const auto refused = (*stranger)->send({.url = server.url("/plain/echo")});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kPermission) << refused.error().message;

  const auto friendly = HttpClient::open({.reach = kAny, .ca_file = server.certificate()});
  const auto response = (*friendly)->send({.url = server.url("/plain/echo")});
  EXPECT_TRUE(response.ok()) << response.error().message;
  // The certificate is another host's.
  Url url = server.url("/plain/echo");
  url.host = "127.0.0.1";
  EXPECT_EQ((*friendly)->send({.url = url}).error().code, Code::kPermission);

  const FakeServer plain;
  const auto down = (*friendly)->send(
      {.url = server.url("/plain/redirect?to=" + plain.at("/plain/echo")), .max_redirects = 3});
  ASSERT_FALSE(down.ok());
  EXPECT_THAT(down.error().message, HasSubstr("https to http"));
}

}  // namespace
}  // namespace rushes::net
