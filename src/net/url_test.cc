#include "net/url.h"

#include <gtest/gtest.h>

namespace rushes::net {
namespace {

std::string again(const std::string& text) {
  const auto url = parse_url(text);
  return url.ok() ? url->text() : "refused";
}

TEST(Url, KeepsWhatIsSent) {
  for (const char* text : {"http://a/", "https://a.b:8080/x//y/../z?a=b&c=%2F", "http://[::1]:80/",
                           "https://bucket.s3.eu-central-1.amazonaws.com/k%20ey?x"}) {
    EXPECT_EQ(again(text), text[4] == 's' || std::string(text).find(":80/") == std::string::npos
                               ? text
                               : "http://[::1]/");
  }
  EXPECT_EQ(again("HTTP://A.Example?q#fragment"), "http://a.example/?q");
}

TEST(Url, RefusesWhatIsNone) {
  for (const char* text : {"", "a", "ftp://a/", "http://", "http:///x", "http://a b/",
                           "http://a:0/", "http://a:99999/", "http://a:/", "http://user:word@a/",
                           "http://a\\b/", "http://a/\n", "http://a/\xc3\xa4", "file:///etc/passwd",
                           "http://[::1", "http://a:80:80/", "gopher://a"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
  EXPECT_FALSE(parse_url("http://a/" + std::string(kMaxUrlBytes, 'x')).ok());
  const auto refused = parse_url("http://user:pass-word@host/");
  EXPECT_EQ(refused.error().message.find("pass-word"), std::string::npos);
}

TEST(Url, ShowsNoQuery) {
  EXPECT_EQ(parse_url("http://a/b?X-Amz-Signature=1")->shown(), "http://a/b");
}

TEST(Url, ResolvesLocations) {
  const Url base = *parse_url("https://a.example:8443/one/two?q=1");
  const auto to = [&base](const char* location) {
    const auto url = resolve(base, location);
    return url.ok() ? url->text() : "refused";
  };
  EXPECT_EQ(to("http://b/x?y"), "http://b/x?y");
  EXPECT_EQ(to("//b/x"), "https://b/x");
  EXPECT_EQ(to("/x?y"), "https://a.example:8443/x?y");
  EXPECT_EQ(to("three"), "https://a.example:8443/one/three");
  EXPECT_EQ(to("../x"), "https://a.example:8443/x");
  EXPECT_EQ(to("../../../x/./y/.."), "https://a.example:8443/x/");
  EXPECT_EQ(to("?z"), "https://a.example:8443/one/two?z");
  EXPECT_EQ(to(""), "https://a.example:8443/one/two");
  EXPECT_EQ(to("file:///etc/passwd"), "refused");
  EXPECT_EQ(to("javascript:x"), "refused");
}

TEST(Url, KnowsOrigins) {
  const auto same = [](const char* a, const char* b) {
    return same_origin(*parse_url(a), *parse_url(b));
  };
  EXPECT_TRUE(same("http://a/x", "http://A:80/y"));
  EXPECT_FALSE(same("http://a/", "https://a/"));
  EXPECT_FALSE(same("http://a/", "http://a:81/"));
  EXPECT_FALSE(same("http://a/", "http://b/"));
}

TEST(Url, EncodesAndDecodes) {
  EXPECT_EQ(percent_encode("a b+c%/\xc3\xa4~", Slash::kEncode), "a%20b%2Bc%25%2F%C3%A4~");
  EXPECT_EQ(percent_encode("a//b", Slash::kKeep), "a//b");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(percent_decode(percent_encode(all, Slash::kEncode)), all);
  for (const char* bad : {"%", "%1", "%zz", "a%2"}) EXPECT_EQ(percent_decode(bad), std::nullopt);
}

}  // namespace
}  // namespace rushes::net
