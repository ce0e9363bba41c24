// Objects of which the server copies a part: the same bytes, in parts that are long enough.

#include "store/joined_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "store/testing/backend.h"

namespace rushes::store {
namespace {

using base::Code;

constexpr uint64_t kPart = 1000;

class JoinedObjectTest : public testing::Test {
 protected:
  JoinedObjectTest() {
    s3_.options.min_part = kPart;
    s3_.server.control(R"({"s3": {"min_part": 1000}})");
    store_ = s3_.open();
    for (const auto& [key, size] : {std::pair("a b", 50'000), std::pair("c", 9'000)}) {
      EXPECT_TRUE(store_->put(key, content(static_cast<uint64_t>(size), 7), {}).ok());
    }
    s3_.server.control(R"({"no_log": true})");
  }
  std::unique_ptr<PartSender> sender(const ObjectWriterOptions& options = {.part_bytes = kPart}) {
    return std::make_unique<PartSender>(*store_, "out", options);
  }
  std::vector<std::byte> read(const std::string& key) {
    auto bytes = get(*store_, key, 64 << 20);
    EXPECT_TRUE(bytes.ok()) << bytes.error().message;
    return bytes.ok() ? *bytes : std::vector<std::byte>();
  }
  int puts() { return s3_.server.requests("PUT /bucket/out?partNumber="); }
  // What a piece is: given, or a range of an object.
  struct Piece {
    std::string key;  // empty: given
    uint64_t offset = 0, size = 0;
  };
  void write(JoinedObject& object, const std::vector<Piece>& pieces) {
    want_.clear();
    for (const Piece& piece : pieces) {
      std::vector<std::byte> bytes = content(piece.offset + piece.size, 7);
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(piece.offset));
      want_.insert(want_.end(), bytes.begin(), bytes.end());
      if (piece.key.empty()) {
        ASSERT_TRUE(object.write(bytes).ok());
        continue;
      }
      const auto info = store_->stat(piece.key);
      ASSERT_TRUE(info.ok());
      const auto source = store_->open(*info);
      const base::Status status = object.copy(*info, **source, piece.offset, piece.size);
      ASSERT_TRUE(status.ok()) << status.error().message;
    }
  }

  S3Backend s3_;
  std::unique_ptr<RemoteStore> store_;
  std::vector<std::byte> want_;
};

TEST_F(JoinedObjectTest, IsWhatItWasJoinedOf) {
  const std::vector<std::vector<Piece>> cases = {
      {{"", 0, 300}, {"a b", 17, 40'000}},                   // a short beginning is filled up
      {{"", 0, 300}, {"a b", 17, 40'000}, {"c", 1, 8'000}},  // of two objects
      {{"", 0, 300}, {"a b", 17, 1'500}, {"c", 1, 8'000}},   // too short to be worth it
      {{"a b", 0, 50'000}},                                  // all of it
      {{"", 0, 5'300}, {"a b", 0, 2'000}, {"", 0, 10}},      // given bytes at both ends
      {{"", 0, 999}, {"a b", 3, 1}, {"a b", 900, 30'000}, {"", 4, 1'001}, {"c", 0, 9'000}},
      {{"", 0, 10}},
  };
  for (const std::vector<Piece>& pieces : cases) {
    JoinedObject object(sender());
    write(object, pieces);
    const auto written = object.finish();
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(written->object.size, want_.size());
    EXPECT_EQ(object.size(), want_.size());
    EXPECT_EQ(read("out"), want_);
  }
}

TEST_F(JoinedObjectTest, WhatIsCopiedNeverComesHere) {
  JoinedObject object(sender());
  write(object, {{"", 0, 300}, {"a b", 17, 40'000}});
  ASSERT_TRUE(object.finish().ok());
  // The first part is filled up with 700 bytes of what follows.
  EXPECT_EQ(object.copied(), 39'300u);
  EXPECT_EQ(puts(), 2);
  EXPECT_EQ(s3_.server.requests("GET /bucket/a%20b"), 1);
}

TEST_F(JoinedObjectTest, GoesOnWithWhatIsThere) {
  std::string state;
  {
    // Its first two parts, of three.
    JoinedObject object(sender({.part_bytes = kPart, .threads = 1, .on_part = [&](const Upload& u) {
                                  state = u.state();
                                }}));
    write(object, {{"", 0, 1'500}, {"a b", 0, 20'000}, {"c", 0, 9'000}});
  }
  ASSERT_FALSE(state.empty());
  const std::vector<Part> there = (*store_->resume(state))->parts();
  ASSERT_FALSE(there.empty());
  s3_.server.control(R"({"no_log": true})");
  auto resumed = PartSender::resume(*store_, state, {.part_bytes = kPart});
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  JoinedObject object(*std::move(resumed));
  write(object, {{"", 0, 1'500}, {"a b", 0, 20'000}, {"c", 0, 9'000}});
  ASSERT_TRUE(object.finish().ok());
  EXPECT_EQ(read("out"), want_);
  EXPECT_GE(object.sender().reused(), 20'000u);
  EXPECT_EQ(puts(), 4 - static_cast<int>(there.size()));
}

// The same part of other bytes is not the same part.
TEST_F(JoinedObjectTest, OtherRangesAreCopiedAnew) {
  std::string state;
  const auto keep = [&](const Upload& upload) { state = upload.state(); };
  {
    JoinedObject object(sender({.part_bytes = kPart, .threads = 1, .on_part = keep}));
    write(object, {{"a b", 0, 20'000}, {"", 0, 10}});
  }
  auto resumed = PartSender::resume(*store_, state, {.part_bytes = kPart});
  ASSERT_TRUE(resumed.ok());
  JoinedObject object(*std::move(resumed));
  write(object, {{"a b", 1, 20'000}, {"", 0, 10}});
  ASSERT_TRUE(object.finish().ok());
  EXPECT_EQ(object.sender().reused(), 0u);
  EXPECT_EQ(read("out"), want_);
}

// Amazon may say 200 and then that it failed.
TEST_F(JoinedObjectTest, AnErrorInAnAnswerThatSays200IsOne) {
  const std::string error = R"("status": 200, "body": "<Error><Code>InternalError</Code></Error>")";
  const std::string fault = R"({"method": "PUT", "contains": "partNumber=2", )" + error;
  s3_.server.control("{\"faults\": [" + fault + R"(, "times": 2}]})");
  {
    JoinedObject object(sender());
    write(object, {{"", 0, 300}, {"a b", 17, 40'000}});
    ASSERT_TRUE(object.finish().ok());
    EXPECT_EQ(read("out"), want_);
  }
  s3_.server.control("{\"faults\": [" + fault + "}]}");
  JoinedObject object(sender());
  write(object, {{"", 0, 300}, {"a b", 17, 40'000}});
  const auto written = object.finish();
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().message, testing::HasSubstr("InternalError"));
}

TEST_F(JoinedObjectTest, AnObjectThatChangesIsNeverMixed) {
  const auto info = store_->stat("a b");
  ASSERT_TRUE(info.ok());
  const auto source = store_->open(*info);
  ASSERT_TRUE(store_->put("a b", content(50'000, 8), {}).ok());
  JoinedObject object(sender());
  static_cast<void>(object.copy(*info, **source, 0, 40'000).ok());
  const auto written = object.finish();
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, Code::kUnavailable);
  EXPECT_THAT(written.error().message, testing::HasSubstr("changed"));
  EXPECT_FALSE(store_->stat("out").ok());
}

TEST_F(JoinedObjectTest, RangesEndWithTheObject) {
  const auto info = store_->stat("c");
  const auto source = store_->open(*info);
  JoinedObject object(sender());
  for (const auto& [offset, size] :
       {std::pair<uint64_t, uint64_t>{9'001, 0}, {1, 9'000}, {UINT64_MAX, 2}, {0, UINT64_MAX}}) {
    EXPECT_EQ(object.copy(*info, **source, offset, size).error().code, Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace rushes::store
