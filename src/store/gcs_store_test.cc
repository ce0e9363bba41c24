// What Google has otherwise than Amazon. The rest is in store_conformance_test.cc.

#include "store/gcs_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/backend.h"

namespace rushes::store {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

class GcsStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Upload> start(const std::string& key, const WriteOptions& options) {
    auto upload = store->start(key, options);
    EXPECT_TRUE(upload.ok()) << upload.error().message;
    if (!upload.ok()) return nullptr;
    EXPECT_TRUE((*upload)->put_part(1, content(10)).ok());
    return *std::move(upload);
  }
  void fault(const std::string& json) { google.server.control("{\"faults\": [" + json + "]}"); }
  // Also what list() does not show.
  std::string everything() {
    const auto response =
        google.http->send({.url = google.server.url("/bucket/?list-type=2"),
                           .headers = {{"Authorization", "Bearer " + google.token}}});
    return response.ok() ? response->body : "";
  }
  GcsBackend google;
  std::unique_ptr<RemoteStore> store = google.open();
};

TEST_F(GcsStoreTest, FetchesAFreshTokenOnce) {
  ASSERT_TRUE(store->put("a", content(10), {}).ok());
  google.token = "planted-next";
  google.server.control(R"({"gcs": {"token": "planted-next"}})");
  EXPECT_EQ(*get(*store, "a", 100), content(10));
  EXPECT_EQ(google.fetched, 2);
  google.server.control(R"({"gcs": {"token": "planted-other"}})");
  const auto found = store->put("a", content(10), {});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kPermission);
  EXPECT_EQ(google.fetched, 3);
  EXPECT_THAT(found.error().message, Not(HasSubstr("planted")));
}

TEST_F(GcsStoreTest, KeepsAsideWhatMustNotReplaceAnything) {
  const auto upload = start("a", {.only_if_absent = true});
  EXPECT_EQ(list_all(*store, "")->size(), 0u);
  ASSERT_TRUE(upload->commit().ok());
  EXPECT_EQ(*get(*store, "a", 100), content(10));
  EXPECT_THAT(everything(), Not(HasSubstr("rushes-uploads")));
}

TEST_F(GcsStoreTest, LosesTheRaceWithoutHarm) {
  const auto upload = start("a", {.only_if_absent = true});
  // Looked for and not found; then somebody writes it.
  fault(R"({"method": "HEAD", "status": 404, "times": 1})");
  ASSERT_TRUE(store->put("a", content(20, 3), {}).ok());
  const auto written = upload->commit();
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_TRUE(written->existed);
  EXPECT_EQ(*get(*store, "a", 100), content(20, 3));
  EXPECT_THAT(everything(), Not(HasSubstr("rushes-uploads")));
}

TEST_F(GcsStoreTest, AnAnswerThatIsLostMakesNoSecondObject) {
  for (const char* lost :
       {R"({"method": "POST", "contains": "uploadId", "forget": true, "times": 1})",
        R"({"method": "PUT", "contains": "/bucket/a", "forget": true, "times": 1})"}) {
    ASSERT_TRUE(store->remove("a").ok());
    const auto upload = start("a", {.only_if_absent = true});
    fault(lost);
    const auto written = upload->commit();
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_FALSE(written->existed);
    EXPECT_EQ(*get(*store, "a", 100), content(10));
  }
}

TEST_F(GcsStoreTest, GoesOnBetweenCompletingAndCopying) {
  const auto upload = start("a", {.only_if_absent = true});
  fault(R"({"method": "PUT", "contains": "/bucket/a", "status": 400, "times": 1})");
  EXPECT_FALSE(upload->commit().ok());
  const auto resumed = store->resume(upload->state());
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  const auto written = (*resumed)->commit();
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(*get(*store, "a", 100), content(10));
  EXPECT_THAT(everything(), Not(HasSubstr("rushes-uploads")));
}

TEST_F(GcsStoreTest, RemovesWhatItHadCompleted) {
  const auto upload = start("a", {.only_if_absent = true});
  fault(R"({"method": "PUT", "contains": "/bucket/a", "status": 400, "times": 1})");
  EXPECT_FALSE(upload->commit().ok());
  EXPECT_THAT(everything(), HasSubstr("rushes-uploads"));
  EXPECT_TRUE(upload->abort().ok());
  EXPECT_THAT(everything(), Not(HasSubstr("rushes-uploads")));
}

TEST_F(GcsStoreTest, BytesThatChangedOnTheWayAreSentAgain) {
  fault(R"({"method": "PUT", "status": 400, "code": "BadDigest", "times": 1})");
  EXPECT_TRUE(store->put("a", content(10), {}).ok());
  EXPECT_THAT(google.server.log(), HasSubstr("Content-MD5"));
}

}  // namespace
}  // namespace rushes::store
