#include "store/object_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <random>

#include "store/testing/backend.h"
#include "store/testing/faulty_store.h"

namespace rushes::store {
namespace {

using base::Code;

class ObjectSinkTest : public testing::Test {
 protected:
  ObjectSink sink(ObjectWriterOptions options = {}) {
    options.part_bytes = 100;
    return ObjectSink(std::make_unique<PartSender>(faulty, "a", options));
  }
  std::vector<std::byte> stored() {
    auto bytes = get(*store, "a", 64 << 20);
    EXPECT_TRUE(bytes.ok()) << bytes.error().message;
    return bytes.ok() ? *bytes : std::vector<std::byte>();
  }
  std::vector<std::string> calls_that_begin_with(const std::string& name) {
    const std::lock_guard lock(mutex);
    std::vector<std::string> found;
    std::ranges::copy_if(calls, std::back_inserter(found),
                         [&](const std::string& call) { return call.starts_with(name); });
    return found;
  }

  std::unique_ptr<RemoteStore> store = memory_store();
  std::mutex mutex;
  std::vector<std::string> calls;
  FaultyStore faulty{*store, [this](const std::string& call) -> base::Status {
                       const std::lock_guard lock(mutex);
                       calls.push_back(call);
                       return {};
                     }};
};

TEST_F(ObjectSinkTest, WritesAnySize) {
  for (const uint64_t size : {0u, 1u, 99u, 100u, 101u, 200u, 201u, 5000u, 12'345u}) {
    const auto data = content(size, size);
    ObjectSink to = sink();
    std::mt19937 random(1);
    for (size_t at = 0; at < data.size();) {
      const size_t n = std::min<size_t>(data.size() - at, random() % 250);
      ASSERT_TRUE(to.write_at(at, std::span(data).subspan(at, n)).ok());
      at += n;
    }
    const auto written = to.finish();
    ASSERT_TRUE(written.ok()) << size << ": " << written.error().message;
    EXPECT_EQ(stored(), data);
  }
}

// A muxer's way: some bytes, room for an index, what it points to, and at last the index and a
// length in the first bytes behind it.
TEST_F(ObjectSinkTest, LeavesRoomForAnIndex) {
  for (const size_t room : {0u, 10u, 60u, 92u, 93u, 350u, 1000u}) {
    auto data = content(5000, 7);
    ObjectSink to = sink();
    const size_t begin = 8 + room;
    ASSERT_TRUE(to.write_at(0, std::span(data).first(8)).ok());
    for (size_t at = begin; at < data.size(); at += 70) {
      const size_t n = std::min<size_t>(70, data.size() - at);
      ASSERT_TRUE(to.write_at(at, std::span(data).subspan(at, n)).ok());
    }
    EXPECT_GT(to.sender().sent(), 0U) << "nothing was sent before the end";
    for (size_t i = 8; i < begin; ++i) data[i] = std::byte{3};
    ASSERT_TRUE(to.write_at(8, std::span(data).subspan(8, room)).ok());
    data[begin] = std::byte{9};
    ASSERT_TRUE(to.write_at(begin, std::span(data).subspan(begin, 1)).ok());
    ASSERT_TRUE(to.finish().ok());
    EXPECT_EQ(stored(), data) << room;
  }
}

TEST_F(ObjectSinkTest, RefusesToChangeWhatWasSent) {
  ObjectSink to = sink();
  const auto data = content(1000);
  ASSERT_TRUE(to.write_at(0, data).ok());
  const auto again = to.write_at(250, std::span(data).first(10));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kInternal);
}

TEST_F(ObjectSinkTest, GoesOnWithAnUpload) {
  const auto data = content(2000, 5);
  std::string state;
  {
    ObjectSink to = sink({.on_part = [&](const Upload& upload) { state = upload.state(); }});
    ASSERT_TRUE(to.write_at(0, std::span(data).first(1500)).ok());
  }
  ASSERT_FALSE(state.empty());
  auto sender = PartSender::resume(faulty, state, {.part_bytes = 100});
  ASSERT_TRUE(sender.ok());
  ObjectSink to(*std::move(sender));
  ASSERT_TRUE(to.write_at(0, data).ok());
  ASSERT_TRUE(to.finish().ok());
  EXPECT_EQ(stored(), data);
  EXPECT_GE(to.sender().reused(), 1000U);
  EXPECT_EQ(to.sender().sent(), 2000U);
  EXPECT_EQ(calls_that_begin_with("start").size(), 1U);
}

TEST_F(ObjectSinkTest, CanFindOutThatItMayWrite) {
  FaultyStore denied(*store, [](const std::string& call) -> base::Status {
    if (call.starts_with("start")) return base::Error{Code::kPermission, "denied"};
    return {};
  });
  PartSender sender(denied, "a", {});
  EXPECT_EQ(sender.start().error().code, Code::kPermission);
}

}  // namespace
}  // namespace rushes::store
