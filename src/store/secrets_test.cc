// Secrets are planted wherever there are any, everything is made to fail, and no message may hold
// one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "store/object_writer.h"
#include "store/s3_store.h"
#include "store/testing/backend.h"

namespace rushes::store {
namespace {

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    s3.keys->keys.session_token = net::Secret("planted-token");
    s3.options.min_part = 1;
    s3.options.retry.attempts = 2;
    s3.options.retry.on_retry = [this](const std::string& why, std::chrono::milliseconds) {
      const std::lock_guard lock(mutex);
      messages.push_back(why);
    };
    s3.server.control(R"({"s3": {"min_part": 1, "keys": {"TESTKEY": {"secret": "planted-secret",
                                                               "token": "planted-token"}}}})");
    store = s3.open();
  }

  template <class T>
  void note(const base::Result<T>& result) {
    const std::lock_guard lock(mutex);
    if (!result.ok()) messages.push_back(result.error().message);
  }

  // Every call there is.
  void call_everything() {
    note(store->stat("a"));
    note(get(*store, "a", 1000));
    note(store->list({}));
    note(store->put("a", content(10), {.only_if_absent = true}));
    note(store->remove("a"));
    note(store->start("a", {}));
    const auto upload = store->resume(state);
    note(upload);
    if (upload.ok()) {
      messages.push_back((*upload)->state());
      note((*upload)->put_part(2, content(10)));
      note((*upload)->copy_part(3, {"a", 10, "\"v\""}, 0, 5));
      note((*upload)->commit());
    }
    auto writer = ObjectWriter::open(*store, "w", {.part_bytes = 10});
    note((*writer)->write(content(100)));
    note((*writer)->finish());
    const S3Client client(s3.options);
    const net::Url url = net::presign(net::Method::kGet, client.url_of("a"), s3.keys->keys,
                                      client.scope(), std::chrono::hours(1));
    note(open_url({.base = url,
                   .http = s3.http.get(),
                   .clock = &s3.clock,
                   .retry = {.attempts = 2},
                   .headers = {{"Authorization", "planted-header"}}}));
  }

  S3Backend s3;
  std::unique_ptr<RemoteStore> store;
  std::string state;
  std::mutex mutex;
  std::vector<std::string> messages;
};

TEST_F(SecretsTest, StandInNoMessage) {
  const auto upload = store->start("a", {});
  ASSERT_TRUE(upload.ok()) << upload.error().message;
  state = (*upload)->state();
  for (
      const char* fault :
      {R"("status": 403, "code": "SignatureDoesNotMatch", "fields": {"StringToSign": "planted-echo"})",
       R"("status": 400, "code": "InvalidToken", "fields": {"Token-0": "planted-token"})",
       R"("status": 400, "code": "planted-secret in the code")", R"("status": 500)",
       R"("status": 400, "code": "ExpiredToken")",
       R"("status": 403, "code": "RequestTimeTooSkewed")",
       R"("status": 301, "headers": {"Location": "http://planted-host/?planted-query"})",
       R"("status": 200, "body": "planted-body")", R"("close": true)", R"("cut": 3)",
       R"("status": 404, "body": "planted-body")", R"("status": 412)", R"("status": 204)"}) {
    s3.server.control(std::string(R"({"no_faults": true, "faults": [{)") + fault + "}]}");
    call_everything();
  }
  EXPECT_GT(messages.size(), 100u);
  EXPECT_THAT(messages, testing::Each(testing::Not(testing::HasSubstr("planted"))));
  EXPECT_THAT(messages, testing::Each(testing::Not(testing::HasSubstr("Signature="))));
  EXPECT_THAT((*upload)->state(), testing::Not(testing::HasSubstr("planted")));
}

TEST_F(SecretsTest, AreNotPrinted) {
  EXPECT_THAT(testing::PrintToString(s3.keys->keys.secret_access_key),
              testing::Not(testing::HasSubstr("planted")));
}

}  // namespace
}  // namespace rushes::store
