#include "net/aws_signature.h"

#include <gtest/gtest.h>

#include "net/digest.h"
#include "net/time_text.h"

namespace rushes::net {
namespace {

// The examples of the S3 API reference, and their keys, which are nobody's.
const AwsCredentials kOfS3Docs{
    .access_key_id = "AKIAIOSFODNN7EXAMPLE",
    .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    .session_token = {},
    .expires = {}};
const SigningScope kS3Scope{"us-east-1", "s3", *parse_iso_time("2013-05-24T00:00:00Z")};

Request request_of_s3(Method method, const std::string& target) {
  return {.method = method, .url = *parse_url("https://examplebucket.s3.amazonaws.com" + target)};
}

std::string signature_of(const Request& request) {
  const std::string* header = find_header(request.headers, "authorization");
  return header == nullptr ? "" : header->substr(header->find("Signature=") + 10);
}

TEST(AwsSignature, GetsAnObject) {
  Request request = request_of_s3(Method::kGet, "/test.txt");
  request.headers = {{"Range", "bytes=0-9"}};
  sign(request, kOfS3Docs, kS3Scope, sha256_hex(""));
  EXPECT_EQ(*find_header(request.headers, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(AwsSignature, PutsAnObject) {
  Request request = request_of_s3(Method::kPut, "/test%24file.text");
  request.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  sign(request, kOfS3Docs, kS3Scope, sha256_hex("Welcome to Amazon S3."));
  EXPECT_EQ(signature_of(request),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(AwsSignature, SignsQueries) {
  Request request = request_of_s3(Method::kGet, "/?lifecycle");
  sign(request, kOfS3Docs, kS3Scope, sha256_hex(""));
  EXPECT_EQ(signature_of(request),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  request = request_of_s3(Method::kGet, "/?prefix=J&max-keys=2");
  sign(request, kOfS3Docs, kS3Scope, sha256_hex(""));
  EXPECT_EQ(signature_of(request),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSignature, MakesUrls) {
  const Url url =
      presign(Method::kGet, *parse_url("https://examplebucket.s3.amazonaws.com/test.txt"),
              kOfS3Docs, kS3Scope, std::chrono::seconds(86400));
  EXPECT_EQ(
      url.query,
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-"
      "east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
      "SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

// From the guide to Signature Version 4 and its test suite.
TEST(AwsSignature, SignsForOtherServices) {
  AwsCredentials keys{.access_key_id = "AKIDEXAMPLE",
                      .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                      .session_token = {},
                      .expires = {}};
  const base::Time time = *parse_iso_time("2015-08-30T12:36:00Z");
  Request request{.url =
                      *parse_url("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  sign(request, keys, {"us-east-1", "iam", time}, sha256_hex(""));
  EXPECT_EQ(signature_of(request),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  request = {.url = *parse_url("https://example.amazonaws.com/")};
  sign(request, keys, {"us-east-1", "service", time}, sha256_hex(""));
  EXPECT_EQ(signature_of(request),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(AwsSignature, SortsQueriesByTheirEncodedNames) {
  EXPECT_EQ(canonical_query("b=2&a=1&a=0&c&B=3"), "B=3&a=0&a=1&b=2&c=");
  EXPECT_EQ(canonical_query("x=a%2fb&y=a/b&z=a b&&"), "x=a%2Fb&y=a%2Fb&z=a%20b");
  EXPECT_EQ(canonical_query(""), "");
}

TEST(AwsSignature, TidiesHeaders) {
  Request request = request_of_s3(Method::kGet, "/a//b");
  request.headers = {{"X-Amz-Meta-A", "  one   two "},
                     {"x-amz-meta-a-b", "3"},
                     {"User-Agent", "changes"},
                     {"x-amz-meta-a", "again"}};
  EXPECT_EQ(canonical_request(request, kS3Scope, kUnsignedPayload),
            "GET\n/a//b\n\nhost:examplebucket.s3.amazonaws.com\nx-amz-meta-a:one two,again\n"
            "x-amz-meta-a-b:3\n\nhost;x-amz-meta-a;x-amz-meta-a-b\nUNSIGNED-PAYLOAD");
  // Elsewhere paths are tidied up and encoded twice.
  request.url = *parse_url("http://host:8080/a%20b/../c");
  request.headers.clear();
  EXPECT_EQ(canonical_request(request, {"r", "batch", {}}, "hash"),
            "GET\n/c\n\nhost:host:8080\n\nhost\nhash");
  request.url = *parse_url("http://host/a%20b");
  EXPECT_EQ(canonical_request(request, {"r", "batch", {}}, "hash"),
            "GET\n/a%2520b\n\nhost:host\n\nhost\nhash");
}

TEST(AwsSignature, SendsTheSessionTokenSigned) {
  AwsCredentials keys = kOfS3Docs;
  keys.session_token = Secret("token");
  Request request = request_of_s3(Method::kGet, "/");
  sign(request, keys, kS3Scope, kUnsignedPayload);
  EXPECT_EQ(*find_header(request.headers, "x-amz-security-token"), "token");
  EXPECT_NE(find_header(request.headers, "authorization")->find("x-amz-security-token,"),
            std::string::npos);
  const Url url = presign(Method::kPut, request.url, keys, kS3Scope, std::chrono::hours(1000));
  EXPECT_NE(url.query.find("X-Amz-Security-Token=token"), std::string::npos);
  EXPECT_NE(url.query.find("X-Amz-Expires=604800"), std::string::npos);
}

TEST(AwsSignature, SignsAgainWithoutLeftovers) {
  Request request = request_of_s3(Method::kGet, "/test.txt");
  request.headers = {{"Range", "bytes=0-9"}};
  sign(request, kOfS3Docs, {"eu-west-1", "s3", {}}, kUnsignedPayload);
  sign(request, kOfS3Docs, kS3Scope, sha256_hex(""));
  EXPECT_EQ(signature_of(request),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Secret, IsNotPrinted) {
  EXPECT_EQ(testing::PrintToString(Secret("planted-secret")), "(secret)");
  EXPECT_EQ(testing::PrintToString(Secret()), "(no secret)");
}

}  // namespace
}  // namespace rushes::net
