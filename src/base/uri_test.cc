#include "base/uri.h"

#include <gtest/gtest.h>

namespace rushes::base {
namespace {

TEST(Uri, KnowsStores) {
  for (const char* uri : {"s3://b/k", "gs://b/k", "http://h/x", "https://h/x?y"}) {
    EXPECT_TRUE(is_uri(uri)) << uri;
  }
  for (const char* path : {"/a", "a", "s3:/b", "file:///a", "S3://b", "", "ftp://h/x"}) {
    EXPECT_FALSE(is_uri(path)) << path;
  }
}

TEST(Uri, ShowsNoSecrets) {
  EXPECT_EQ(shown_uri("https://host/a%20b?X-Amz-Signature=1"), "https://host/a%20b");
  EXPECT_EQ(shown_uri("https://user:word@host/a@b"), "https://host/a@b");
  EXPECT_EQ(shown_uri("https://user:w@rd@host"), "https://host");
  EXPECT_EQ(shown_uri("http://host#part"), "http://host");
  EXPECT_EQ(shown_uri("s3://bucket/a b?c"), "s3://bucket/a b?c");
  EXPECT_EQ(shown_uri("/what?now"), "/what?now");
}

}  // namespace
}  // namespace rushes::base
