#include "store/object_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "store/testing/backend.h"
#include "store/testing/faulty_store.h"

namespace rushes::store {
namespace {

using base::Code;

class ObjectWriterTest : public testing::Test {
 protected:
  std::unique_ptr<ObjectWriter> writer(RemoteStore& to, ObjectWriterOptions options = {}) {
    options.part_bytes = 100;
    auto opened = ObjectWriter::open(to, "a", options);
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }
  std::vector<std::byte> stored() {
    auto bytes = get(*store, "a", 64 << 20);
    EXPECT_TRUE(bytes.ok()) << bytes.error().message;
    return bytes.ok() ? *bytes : std::vector<std::byte>();
  }
  // In pieces of any size.
  static base::Status write(ObjectWriter& to, std::span<const std::byte> data) {
    std::mt19937 random(1);
    while (!data.empty()) {
      const size_t n = std::min<size_t>(data.size(), random() % 250);
      RETURN_IF_ERROR(to.write(data.first(n)));
      data = data.subspan(n);
    }
    return {};
  }
  FaultyStore faulty(std::function<base::Status(const std::string&)> fault) {
    return {*store, std::move(fault)};
  }

  std::unique_ptr<RemoteStore> store = memory_store();
};

TEST_F(ObjectWriterTest, WritesAnySize) {
  for (const uint64_t size : {0u, 1u, 99u, 100u, 101u, 200u, 201u, 5000u, 12'345u}) {
    const auto to = writer(*store);
    ASSERT_TRUE(write(*to, content(size, size)).ok());
    const auto written = to->finish();
    ASSERT_TRUE(written.ok()) << size << ": " << written.error().message;
    EXPECT_EQ(written->object.size, size);
    EXPECT_EQ(stored(), content(size, size));
  }
}

TEST_F(ObjectWriterTest, PutsWhatFitsIntoOnePart) {
  int uploads = 0;
  FaultyStore counted = faulty([&](const std::string& call) -> base::Status {
    uploads += call.starts_with("start") ? 1 : 0;
    return {};
  });
  const auto to = writer(counted);
  ASSERT_TRUE(write(*to, content(100)).ok());
  ASSERT_TRUE(to->finish().ok());
  EXPECT_EQ(uploads, 0);
}

TEST_F(ObjectWriterTest, PartsGrowSoThatTheyAreEnough) {
  const StoreLimits limits{.min_part = 5 << 20};
  uint64_t total = 0;
  for (int i = 1; i <= limits.max_parts; ++i) total += part_size(8 << 20, i, limits);
  EXPECT_GT(total, uint64_t{5} << 40) << "less than the largest object of S3";
  EXPECT_EQ(part_size(1, 1, limits), limits.min_part);
  EXPECT_EQ(part_size(8 << 20, 1000, limits), 8u << 20);
  EXPECT_EQ(part_size(8 << 20, 1001, limits), 16u << 20);
  EXPECT_EQ(part_size(4ull << 30, 9000, limits), limits.max_part);
}

TEST_F(ObjectWriterTest, APartThatAlwaysFailsEndsIt) {
  FaultyStore bad = faulty([](const std::string& call) -> base::Status {
    if (call == "part 57") return base::Error{Code::kPermission, "part 57 is refused"};
    return {};
  });
  const auto to = writer(bad);
  base::Status status = write(*to, content(10'000));
  if (status.ok())
    status = [&]() -> base::Status {
      const auto written = to->finish();
      return written.ok() ? base::Status() : base::Status(written.error());
    }();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kPermission);
  EXPECT_FALSE(to->finish().ok());
  EXPECT_TRUE(to->abort().ok());
  EXPECT_EQ(store->stat("a").error().code, Code::kNotFound);
}

TEST_F(ObjectWriterTest, GoesOnAfterACrash) {
  std::string state;
  std::atomic<int> sent = 0;
  FaultyStore dies = faulty([&](const std::string& call) -> base::Status {
    if (call.starts_with("part") && call != "part 1" && ++sent > 40) {
      return base::Error{Code::kCancelled, "killed"};
    }
    return {};
  });
  const auto data = content(10'000, 3);
  ObjectWriterOptions options{.part_bytes = 100,
                              .on_part = [&](const Upload& upload) { state = upload.state(); }};
  {
    const auto to = writer(dies, options);
    EXPECT_FALSE(write(*to, data).ok() && to->finish().ok());
  }
  std::atomic<int> parts = 0;
  FaultyStore counted = faulty([&](const std::string& call) -> base::Status {
    parts += call.starts_with("part") ? 1 : 0;
    return {};
  });
  const auto resumed = ObjectWriter::resume(counted, state, options);
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  ASSERT_TRUE(write(**resumed, data).ok());
  ASSERT_TRUE((*resumed)->finish().ok());
  EXPECT_EQ(stored(), data);
  EXPECT_GE((*resumed)->reused(), 4000u);
  EXPECT_EQ(parts, 100 - static_cast<int>((*resumed)->reused() / 100));
}

TEST_F(ObjectWriterTest, SendsPartsAgainThatHaveOtherBytes) {
  std::string state;
  ObjectWriterOptions options{.part_bytes = 100,
                              .on_part = [&](const Upload& upload) { state = upload.state(); }};
  {
    const auto to = writer(*store, options);
    ASSERT_TRUE(write(*to, content(1000, 1)).ok());
  }
  const auto resumed = ObjectWriter::resume(*store, state, options);
  ASSERT_TRUE(resumed.ok());
  ASSERT_TRUE(write(**resumed, content(950, 2)).ok());
  ASSERT_TRUE((*resumed)->finish().ok());
  EXPECT_EQ((*resumed)->reused(), 0u);
  EXPECT_EQ(stored(), content(950, 2));
}

TEST_F(ObjectWriterTest, ACommitThatFailsMayBeTriedAgain) {
  int commits = 0;
  FaultyStore bad = faulty([&](const std::string& call) -> base::Status {
    if (call == "commit" && ++commits == 1) return base::Error{Code::kUnavailable, "not now"};
    return {};
  });
  const auto to = writer(bad);
  ASSERT_TRUE(write(*to, content(500)).ok());
  EXPECT_EQ(to->finish().error().code, Code::kUnavailable);
  EXPECT_TRUE(to->finish().ok());
  EXPECT_EQ(stored(), content(500));
}

// Through everything that there is, with one part of a hundred failing now and then.
TEST(ObjectWriterOnS3, GetsThroughABadDay) {
  S3Backend s3;
  s3.options.min_part = 1;
  s3.server.control(R"({"s3": {"min_part": 1}, "faults": [
      {"contains": "partNumber=57&", "status": 503, "code": "SlowDown", "times": 3},
      {"contains": "partNumber=58&", "close": true, "times": 1},
      {"contains": "partNumber=59&", "forget": true, "times": 1},
      {"method": "POST", "contains": "uploadId", "forget": true, "times": 1}]})");
  const auto store = s3.open();
  const auto data = content(100'000, 9);
  auto writer = ObjectWriter::open(*store, "a", {.part_bytes = 1000});
  ASSERT_TRUE((*writer)->write(data).ok());
  const auto written = (*writer)->finish();
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(*get(*store, "a", 1 << 20), data);
}

TEST(ObjectWriterOnS3, CleansUpWhenAPartAlwaysFails) {
  S3Backend s3;
  s3.options.min_part = 1;
  s3.server.control(R"({"s3": {"min_part": 1}, "faults": [
      {"contains": "partNumber=57&", "status": 503, "code": "SlowDown"}]})");
  const auto store = s3.open();
  std::string state;
  auto writer = ObjectWriter::open(
      *store, "a",
      {.part_bytes = 1000, .on_part = [&](const Upload& upload) { state = upload.state(); }});
  const bool ended = (*writer)->write(content(100'000)).ok() && (*writer)->finish().ok();
  EXPECT_FALSE(ended);
  EXPECT_TRUE((*writer)->abort().ok());
  EXPECT_EQ(store->resume(state).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace rushes::store
