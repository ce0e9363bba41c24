// S3 with everything that goes wrong with it. What goes right is in store_conformance_test.cc.

#include "store/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/time_text.h"
#include "store/testing/backend.h"

namespace rushes::store {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

class S3StoreTest : public testing::Test {
 protected:
  S3StoreTest() {
    s3.options.min_part = 1;
    s3.server.control(R"({"s3": {"min_part": 1}})");
    store = s3.open();
  }
  void fault(const std::string& json) { s3.server.control("{\"faults\": [" + json + "]}"); }
  void no_faults() { s3.server.control(R"({"no_faults": true, "no_log": true})"); }
  void put(const std::string& key, uint64_t size, uint64_t seed = 0) {
    const auto written = store->put(key, content(size, seed), {});
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  std::vector<std::byte> read(const std::string& key) {
    auto bytes = get(*store, key, 64 << 20);
    EXPECT_TRUE(bytes.ok()) << bytes.error().message;
    return bytes.ok() ? *bytes : std::vector<std::byte>();
  }
  std::unique_ptr<Upload> start(const std::string& key, const WriteOptions& options = {}) {
    auto upload = store->start(key, options);
    EXPECT_TRUE(upload.ok()) << upload.error().message;
    if (!upload.ok()) return nullptr;
    EXPECT_TRUE((*upload)->put_part(1, content(10)).ok());
    return *std::move(upload);
  }

  S3Backend s3;
  std::unique_ptr<RemoteStore> store;
};

TEST_F(S3StoreTest, TriesAgainWhatMayPass) {
  put("a", 1000);
  for (const char* failure :
       {R"("status": 500, "code": "InternalError")", R"("status": 503, "code": "SlowDown")",
        R"("status": 429)", R"("status": 502, "body": "<html>bad gateway")", R"("close": true)",
        R"("status": 409, "code": "OperationAborted")", R"("forget": true)",
        R"("status": 400, "code": "RequestTimeout")"}) {
    no_faults();
    fault(std::string("{") + failure + R"(, "times": 2})");
    EXPECT_EQ(read("a"), content(1000)) << failure;
    fault(std::string("{") + failure + R"(, "times": 2})");
    put("b", 500, 2);
    EXPECT_EQ(read("b"), content(500, 2)) << failure;
  }
  EXPECT_FALSE(s3.clock.slept().empty());
}

TEST_F(S3StoreTest, RetriesNothingInSilence) {
  std::vector<std::string> told;
  s3.options.retry.on_retry = [&](const std::string& why, std::chrono::milliseconds) {
    told.push_back(why);
  };
  store = s3.open();
  // libcurl itself tries once more when a connection that was kept turns out to be closed.
  fault(R"({"status": 503, "code": "SlowDown", "times": 1}, {"close": true, "times": 2},
           {"status": 400, "code": "ExpiredToken", "times": 1})");
  put("a", 10);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0], "s3://bucket/a: SlowDown");
  EXPECT_THAT(told[1], HasSubstr("PUT http://127.0.0.1"));
  EXPECT_THAT(told[2], HasSubstr("the credentials have expired"));
}

TEST_F(S3StoreTest, GivesUpAfterSomeAttempts) {
  fault(R"({"status": 503, "code": "SlowDown"})");
  const auto found = store->stat("a");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kUnavailable);
  EXPECT_EQ(s3.server.requests("HEAD /bucket/a"), 5);
  const auto written = store->put("a", content(10), {});
  EXPECT_EQ(written.error().code, Code::kUnavailable);
  EXPECT_THAT(written.error().message, HasSubstr("SlowDown"));
}

TEST_F(S3StoreTest, WaitsAsLongAsItIsTold) {
  put("a", 10);
  fault(R"({"status": 503, "code": "SlowDown", "headers": {"Retry-After": "7"}, "times": 1})");
  EXPECT_EQ(read("a"), content(10));
  ASSERT_EQ(s3.clock.slept().size(), 1u);
  EXPECT_GE(s3.clock.slept()[0], std::chrono::seconds(7));
  fault(R"({"status": 503, "headers": {"Retry-After": "100000"}, "times": 1})");
  EXPECT_EQ(store->stat("a").error().code, Code::kUnavailable);
}

TEST_F(S3StoreTest, ReadsAgainWhatBreaksOff) {
  put("a", 100'000, 5);
  fault(R"({"method": "GET", "cut": 777, "times": 2})");
  EXPECT_EQ(read("a"), content(100'000, 5));
}

TEST_F(S3StoreTest, ReadsNothingFromServersWithoutRanges) {
  put("a", 1000);
  s3.server.control(R"({"s3": {"ranges": false}})");
  const auto source = store->open(*store->stat("a"));
  std::vector<std::byte> out(100);
  const auto read_some = (*source)->read_at(100, out);
  ASSERT_FALSE(read_some.ok());
  EXPECT_EQ(read_some.error().code, Code::kUnsupported);
  EXPECT_EQ(read("a"), content(1000)) << "the whole is no range";
}

TEST_F(S3StoreTest, FindsTheRegion) {
  s3.server.control(R"({"s3": {"buckets": {"far": {"region": "eu-west-3"},
                                           "moved": {"region": "eu-west-3", "redirect": true}}}})");
  for (const char* bucket : {"far", "moved"}) {
    s3.options.bucket = bucket;
    store = s3.open();
    const auto found = store->stat("none");
    EXPECT_EQ(found.error().code, Code::kNotFound) << found.error().message;
    store = s3.open();
    put("a", 10);
    EXPECT_EQ(read("a"), content(10));
  }
  // Whoever sends everybody elsewhere is not followed for ever.
  fault(R"({"status": 400, "code": "AuthorizationHeaderMalformed", "fields": {"Region": "x-1"}})");
  EXPECT_EQ(store->put("a", content(1), {}).error().code, Code::kInvalidArgument);
  no_faults();
  fault(R"({"status": 301, "headers": {"x-amz-bucket-region": "evil.example/"}})");
  EXPECT_THAT(store->put("a", content(1), {}).error().message, HasSubstr("another region"));
}

TEST_F(S3StoreTest, FetchesFreshCredentialsOnce) {
  put("a", 10);
  s3.server.control(R"({"s3": {"keys": {"TESTKEY": {"secret": "planted-secret", "expired": true,
      "token": null}, "NEXT": {"secret": "planted-next", "token": "planted-token"}}}})");
  s3.keys->keys = {.access_key_id = "NEXT",
                   .secret_access_key = net::Secret("planted-next"),
                   .session_token = net::Secret("planted-token"),
                   .expires = {}};
  EXPECT_EQ(read("a"), content(10));
  EXPECT_EQ(s3.keys->fetched, 2);
  s3.server.control(R"({"s3": {"keys": {"NEXT": {"secret": "planted-next",
                       "token": "planted-token", "expired": true}}}})");
  const auto found = store->stat("a");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kPermission);
  EXPECT_THAT(found.error().message, HasSubstr("expired"));
}

TEST_F(S3StoreTest, AsksAgainWhereCredentialsCannotBeFetchedForAMoment) {
  s3.keys->unreachable = 2;
  const auto written = store->put("a", content(10), {});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(s3.keys->fetched, 3);
}

TEST_F(S3StoreTest, GoesByTheServersClock) {
  s3.clock.advance(std::chrono::hours(5));
  put("a", 10);
  EXPECT_EQ(read("a"), content(10));
  const auto asked = s3.server.requests("PUT /bucket/a");
  EXPECT_EQ(asked, 2);
  put("a", 10);
  EXPECT_EQ(s3.server.requests("PUT /bucket/a"), asked + 1) << "it had forgotten the time";
}

TEST_F(S3StoreTest, SaysWhatIsRefused) {
  const auto error = [this](const std::string& json) {
    no_faults();
    fault(json);
    auto written = store->put("a", content(10), {});
    EXPECT_FALSE(written.ok());
    return written.ok() ? base::Error() : written.error();
  };
  const auto denied = error(R"({"status": 403, "code": "AccessDenied"})");
  EXPECT_EQ(denied.code, Code::kPermission);
  EXPECT_THAT(denied.message, HasSubstr("do not allow it"));
  no_faults();
  s3.keys->keys.secret_access_key = net::Secret("planted-wrong");
  s3.credentials->refuse(*s3.credentials->get());
  const auto wrong = store->put("a", content(10), {});
  EXPECT_THAT(wrong.error().message, HasSubstr("the secret key is not that of the key ID"));
  EXPECT_THAT(store->stat("a").error().message, HasSubstr("the secret key"))
      << "HEAD, asked by GET";
  s3.options.bucket = "nowhere";
  const auto missing = s3.open()->list({});
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("there is no bucket \"nowhere\""));
}

TEST_F(S3StoreTest, RefusesBucketsThatAreNone) {
  for (const char* bucket : {"", "ab", "a/b", "a b", "..", ".abc", "a..b", "host:80", "a@b"}) {
    s3.options.bucket = bucket;
    EXPECT_FALSE(s3_store(s3.options).ok()) << bucket;
  }
}

TEST_F(S3StoreTest, NamesHostsAsAmazonDoes) {
  S3Options options = s3.options;
  options.endpoint.reset();
  options.addressing = S3Addressing::kAuto;
  options.region = "eu-central-1";
  const auto url = [&options](const std::string& key) {
    return S3Client(options).url_of(key).text();
  };
  EXPECT_EQ(url("a b/ä"), "https://bucket.s3.eu-central-1.amazonaws.com/a%20b/%C3%A4");
  options.bucket = "with.dots";
  EXPECT_EQ(url("a"), "https://s3.eu-central-1.amazonaws.com/with.dots/a");
  options.region = "cn-north-1";
  EXPECT_EQ(url("a"), "https://s3.cn-north-1.amazonaws.com.cn/with.dots/a");
  options.endpoint = *net::parse_url("https://host:9000/s3/");
  EXPECT_EQ(url("a"), "https://host:9000/s3/with.dots/a");
}

// Complete

TEST_F(S3StoreTest, AnErrorMaySay200) {
  const std::string error =
      R"("status": 200, "body": "\n\n<Error><Code>InternalError</Code></Error>")";
  const auto upload = start("a");
  fault("{\"method\": \"POST\", " + error + ", \"times\": 2}");
  const auto written = upload->commit();
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(read("a"), content(10));
  const auto second = start("b");
  fault(R"({"method": "POST", "status": 200, "body": "<Error><Code>InvalidPart</Code></Error>"})");
  EXPECT_FALSE(second->commit().ok());
  EXPECT_EQ(store->stat("b").error().code, Code::kNotFound);
  no_faults();
  fault(R"({"method": "POST", "status": 200, "body": "", "times": 1})");
  EXPECT_TRUE(second->commit().ok()) << "an answer without a word is none";
}

TEST_F(S3StoreTest, AnAnswerThatIsLostMakesNoSecondObject) {
  for (const bool once : {false, true}) {
    const std::string key = once ? "once" : "any";
    const auto upload = start(key, {.only_if_absent = once});
    fault(R"({"method": "POST", "contains": "uploadId", "forget": true, "times": 1})");
    const auto written = upload->commit();
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_FALSE(written->existed);
    EXPECT_EQ(written->object.version, store->stat(key)->version);
  }
  fault(R"({"method": "PUT", "forget": true, "times": 1})");
  const auto written = store->put("put", content(10), {.only_if_absent = true});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_FALSE(written->existed);
}

TEST_F(S3StoreTest, LosesTheRaceWithoutHarm) {
  const auto upload = start("a", {.only_if_absent = true});
  // Looked for and not found; then somebody writes it.
  fault(R"({"method": "POST", "status": 412, "code": "PreconditionFailed", "times": 1})");
  fault(R"({"method": "HEAD", "status": 404, "times": 1})");
  put("a", 20, 3);
  const auto written = upload->commit();
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_TRUE(written->existed);
  EXPECT_EQ(read("a"), content(20, 3));
  EXPECT_EQ(store->resume(upload->state()).error().code, Code::kNotFound) << "its parts are left";
}

TEST_F(S3StoreTest, ServersThatIgnoreTheConditionAreLookedAtFirst) {
  s3.server.control(R"({"s3": {"ignore_if_none_match_on_complete": true}})");
  const auto upload = start("a", {.only_if_absent = true});
  put("a", 20, 3);
  const auto written = upload->commit();
  ASSERT_TRUE(written.ok());
  EXPECT_TRUE(written->existed);
  EXPECT_EQ(read("a"), content(20, 3));
}

TEST_F(S3StoreTest, ServersThatIgnoreTheConditionOfACopyMixNothing) {
  s3.server.control(R"({"s3": {"ignore_copy_condition": true}})");
  put("from", 100, 1);
  const ObjectInfo source = *store->stat("from");
  const auto upload = start("to");
  EXPECT_TRUE(upload->copy_part(2, source, 0, 50).ok());
  put("from", 100, 2);
  const base::Status late = upload->copy_part(3, source, 50, 50);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kUnavailable);
  EXPECT_EQ(upload->parts().size(), 2u);
}

TEST_F(S3StoreTest, ListsServersThatDoNotEncodeKeys) {
  s3.server.control(R"({"s3": {"ignore_encoding_type": true}})");
  for (const char* key : {"%41", "a+b", "a b"}) put(key, 1);
  const auto page = store->list({});
  ASSERT_TRUE(page.ok()) << page.error().message;
  std::vector<std::string> keys;
  for (const ObjectInfo& object : page->objects) keys.push_back(object.key);
  EXPECT_THAT(keys, testing::ElementsAre("%41", "a b", "a+b"));
}

TEST_F(S3StoreTest, AnUploadThatIsGoneSaysSo) {
  const auto upload = start("a");
  ASSERT_TRUE(store->resume(upload->state()).ok());
  ASSERT_TRUE((*store->resume(upload->state()))->abort().ok());
  const auto written = upload->commit();
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, Code::kNotFound);
}

TEST_F(S3StoreTest, AnUploadThatWasCommittedUnseenIsGoneOnWith) {
  for (const bool once : {false, true}) {
    const std::string key = once ? "once" : "any";
    const auto upload = start(key, {.only_if_absent = once});
    const std::string state = upload->state();
    const auto before = upload->commit();
    ASSERT_TRUE(before.ok());
    // As after a power cut: nobody has heard of it.
    const auto resumed = store->resume(state);
    ASSERT_TRUE(resumed.ok()) << resumed.error().message;
    EXPECT_EQ((*resumed)->parts().size(), upload->parts().size());
    const auto written = (*resumed)->commit();
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_FALSE(written->existed);
    EXPECT_EQ(written->object.version, before->object.version);
    put(key, 20, 3);
    EXPECT_EQ(store->resume(state).error().code, Code::kNotFound) << "another's object is there";
  }
}

TEST_F(S3StoreTest, ResumesOnlyPartsThatAreThere) {
  s3.server.control(R"({"s3": {"page": 2}})");
  const auto upload = start("a");
  for (int i = 2; i <= 7; ++i) {
    ASSERT_TRUE(upload->put_part(i, content(10, static_cast<uint64_t>(i))).ok());
  }
  const std::string state = upload->state();
  ASSERT_TRUE(upload->put_part(3, content(10, 99)).ok());  // not what the state says
  const auto resumed = store->resume(state);
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  std::vector<int> numbers;
  for (const Part& part : (*resumed)->parts()) numbers.push_back(part.number);
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 4, 5, 6, 7));
}

TEST_F(S3StoreTest, SmallPartsAreTheErrorThatTheyAre) {
  s3.server.control(R"({"s3": {"min_part": 1000}})");
  const auto upload = start("a");
  ASSERT_TRUE(upload->put_part(2, content(10)).ok());
  const auto written = upload->commit();
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, Code::kInvalidArgument);
  EXPECT_THAT(written.error().message, HasSubstr("EntityTooSmall"));
  s3.options.min_part = 1000;
  store = s3.open();
  const auto early = start("b");
  ASSERT_TRUE(early->put_part(2, content(10)).ok());
  EXPECT_EQ(early->commit().error().code, Code::kInvalidArgument);
}

TEST_F(S3StoreTest, BytesThatChangedOnTheWayAreSentAgain) {
  fault(R"({"method": "PUT", "status": 400, "code": "XAmzContentSHA256Mismatch", "times": 1})");
  put("a", 10);
  EXPECT_EQ(read("a"), content(10));
}

TEST_F(S3StoreTest, EndsWhenCancelled) {
  std::atomic<bool> cancelled = false;
  s3.options.cancelled = &cancelled;
  store = s3.open();
  put("a", 10);
  fault(R"({"stall": true})");
  std::thread canceller([&] {
    while (s3.server.requests("HEAD /bucket/a") == 0) std::this_thread::yield();
    cancelled = true;
  });
  const auto found = store->stat("a");
  canceller.join();
  EXPECT_EQ(found.error().code, Code::kCancelled);
}

TEST_F(S3StoreTest, GivesUrlsThatWork) {
  put("a b", 10, 4);
  const S3Client client(s3.options);
  const net::Url url = net::presign(net::Method::kGet, client.url_of("a b"), s3.keys->keys,
                                    client.scope(), std::chrono::hours(1));
  const auto response = s3.http->send({.url = url});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 200) << response->body;
  EXPECT_EQ(response->body.size(), 10u);
  net::Url changed = url;
  changed.path += "c";
  EXPECT_EQ(s3.http->send({.url = changed})->status, 403);
}

// A server that answers anything: whatever comes of it, it is an answer or an error, and no secret
// is told.
TEST_F(S3StoreTest, StaysUprightOnNonsense) {
  const auto upload = start("up");
  s3.options.retry.attempts = 2;
  store = s3.open();
  const std::string more_lists =
      "<ListBucketResult><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>x</NextContinuationToken></ListBucketResult>";
  const std::string more_parts =
      "<ListPartsResult><IsTruncated>true</IsTruncated>"
      "<NextPartNumberMarker>1</NextPartNumberMarker></ListPartsResult>";
  const std::string no_size =
      "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>";
  for (const std::string& body :
       {std::string(), std::string("<"), std::string("<a/>"), std::string("<Error/>"), no_size,
        more_lists, more_parts, std::string("<Error><Code>planted \\u0000</Code></Error>"),
        std::string("<InitiateMultipartUploadResult/>")}) {
    for (const char* status : {"200", "206", "400", "301"}) {
      no_faults();
      fault(std::string("{\"status\": ") + status + ", \"body\": \"" + body + "\"}");
      std::vector<base::Error> errors;
      const auto note = [&errors](const auto& result) {
        if (!result.ok()) errors.push_back(result.error());
      };
      note(store->stat("a"));
      note(list_all(*store, ""));
      note(store->put("a", content(1), {}));
      note(store->start("a", {}));
      note(store->resume(upload->state()));
      note(upload->commit());
      for (const base::Error& error : errors) {
        EXPECT_NE(error.code, Code::kCorrupt);
        EXPECT_THAT(error.message, Not(HasSubstr("planted")));
      }
    }
  }
}

}  // namespace
}  // namespace rushes::store
