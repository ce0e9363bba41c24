#include "store/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "store/testing/counted_source.h"

namespace rushes::store {
namespace {

using base::ByteRange;

class ReadAheadTest : public testing::Test {
 protected:
  // Nothing is fetched along, but for `along`.
  void open(uint64_t size, ReadAheadOptions options, uint64_t along = 0) {
    options.along_bytes = along;
    far = std::make_shared<CountedSource>(size);
    source = read_ahead(far, options);
  }
  bool reads_right(uint64_t offset, size_t size) const {
    return store::reads_right(*source, offset, size);
  }
  void announce(std::vector<ByteRange> ranges) const { source->will_read(ranges); }
  std::shared_ptr<CountedSource> far;
  std::unique_ptr<base::ByteSource> source;
};

TEST_F(ReadAheadTest, FetchesWhatWasAnnouncedAndNothingElse) {
  open(100'000, {.window_bytes = 4000, .request_bytes = 1000, .requests = 3, .block_bytes = 500});
  announce({{10'000, 5000}, {20'300, 200}, {40'000, 2500}});
  for (uint64_t at = 10'000; at < 15'000; at += 100) EXPECT_TRUE(reads_right(at, 100));
  EXPECT_TRUE(reads_right(20'300, 200));
  for (uint64_t at = 40'000; at < 42'500; at += 500) EXPECT_TRUE(reads_right(at, 500));
  EXPECT_EQ(far->bytes, 5000U + 200 + 2500);
}

TEST_F(ReadAheadTest, FetchesLittleAlongRatherThanAskTwice) {
  open(100'000, {.request_bytes = 10'000}, 100);
  announce({{1000, 50}, {1150, 50}, {1301, 50}});
  EXPECT_TRUE(reads_right(1000, 50));
  EXPECT_TRUE(reads_right(1150, 50));
  EXPECT_TRUE(reads_right(1301, 50));
  EXPECT_EQ(far->reads, 2);
  EXPECT_EQ(far->bytes, 250U);
}

// Requests share the line: there is something to read before all of them are answered.
TEST_F(ReadAheadTest, TheFirstRequestsAreSmall) {
  open(100'000, {.request_bytes = 16'000, .requests = 1, .block_bytes = 1000});
  std::vector<size_t> sizes;  // there is one thread
  far->on_read = [&](uint64_t /*offset*/, size_t size) { sizes.push_back(size); };
  announce({{20'000, 60'000}});
  EXPECT_TRUE(reads_right(20'000, 60'000));
  EXPECT_EQ(sizes,
            (std::vector<size_t>{1000, 1000, 2000, 2000, 4000, 4000, 8000, 8000, 16'000, 14'000}));
}

class KeptReadsTest : public ReadAheadTest {
 protected:
  void SetUp() override {
    path = testing::TempDir() + "/reads-" + std::to_string(std::random_device()());
  }
  void TearDown() override { std::filesystem::remove(path); }
  // As another task does.
  void open_anew(uint64_t along = 0) {
    auto kept = KeptRanges::open(path, 100'000);
    ASSERT_TRUE(kept.ok());
    open(100'000, {.request_bytes = 10'000, .block_bytes = 500, .kept = std::move(kept).value()},
         along);
  }
  std::string path;
};

TEST_F(KeptReadsTest, WhatIsReadByTheWayIsReadOnce) {
  open_anew();
  EXPECT_TRUE(reads_right(40'100, 10));
  EXPECT_EQ(far->bytes, 500U);
  open_anew();
  EXPECT_TRUE(reads_right(40'200, 300));
  EXPECT_EQ(far->bytes, 0U);
  EXPECT_TRUE(reads_right(99'900, 100));
  open_anew();
  EXPECT_TRUE(reads_right(99'900, 100));
  EXPECT_EQ(far->bytes, 0U);
}

TEST_F(KeptReadsTest, WhatIsWantedLaterIsKept) {
  open_anew();
  const std::vector<ByteRange> later{{2000, 50}, {1100, 50}, {7000, 50}};
  source->wanted_later(later);
  announce({{1000, 2000}});
  EXPECT_TRUE(reads_right(1000, 2000));
  EXPECT_EQ(far->bytes, 2000U);
  open_anew(1000);
  announce({{1100, 50}, {2000, 50}, {2500, 50}, {7000, 50}});
  EXPECT_TRUE(reads_right(1100, 50));
  EXPECT_TRUE(reads_right(2000, 50));
  EXPECT_TRUE(reads_right(2500, 50));
  EXPECT_TRUE(reads_right(7000, 50));
  EXPECT_EQ(far->bytes, 100U) << "what is there is neither fetched nor joined with what is not";
}

TEST_F(KeptReadsTest, WhatIsDamagedIsFetched) {
  open_anew();
  EXPECT_TRUE(reads_right(40'100, 10));
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(200).put('x');
  open_anew();
  EXPECT_TRUE(reads_right(40'100, 10));
  EXPECT_EQ(far->bytes, 500U);
}

TEST_F(ReadAheadTest, AsksForSeveralAtOnce) {
  open(100'000, {.window_bytes = 10'000, .request_bytes = 1000, .requests = 4});
  far->gather = 4;
  announce({{0, 8000}});
  EXPECT_TRUE(reads_right(0, 8000));
  EXPECT_TRUE(far->gathered);
}

TEST_F(ReadAheadTest, HoldsNoMoreThanItsWindow) {
  open(1'000'000, {.window_bytes = 5000, .request_bytes = 1000, .requests = 8});
  std::atomic<uint64_t> reader = 0, lead = 0;
  far->on_read = [&](uint64_t offset, size_t size) {
    const uint64_t end = offset + size;
    uint64_t most = lead;
    while (end > reader + most && !lead.compare_exchange_weak(most, end - reader)) {
    }
  };
  announce({{0, 1'000'000}});
  for (uint64_t at = 0; at < 1'000'000; at += 500) {
    reader = at;
    ASSERT_TRUE(reads_right(at, 500));
  }
  EXPECT_LE(lead, 5000U);
  EXPECT_GT(lead, 1000U) << "nothing was fetched ahead";
  EXPECT_EQ(far->bytes, 1'000'000U);
}

TEST_F(ReadAheadTest, GivesNoMoreThanIsAtHandToWhoTakesLess) {
  open(100'000, {.request_bytes = 1000, .requests = 2, .block_bytes = 500});
  announce({{1000, 120}, {9000, 80}});
  std::vector<std::byte> out(64'000);
  const auto read = source->read_some(1000, out);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, 120U);
  const auto next = source->read_some(9000, out);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(*next, 80U);
  EXPECT_EQ(far->bytes, 200U);
}

TEST_F(ReadAheadTest, KeepsWhatANewPlanWantsToo) {
  open(100'000, {.window_bytes = 100'000, .request_bytes = 1000, .requests = 2});
  announce({{0, 10'000}});
  EXPECT_TRUE(reads_right(0, 10'000));
  const uint64_t before = far->bytes;
  announce({{8000, 12'000}});
  EXPECT_TRUE(reads_right(8000, 12'000));
  EXPECT_EQ(far->bytes, before + 10'000) << "bytes that were there were fetched again";
}

TEST_F(ReadAheadTest, ExpectsAReaderThatGoesOnToGoOn) {
  open(50'000'000, {.request_bytes = 1 << 20, .requests = 4, .block_bytes = 128 << 10});
  for (uint64_t at = 0; at < 40'000'000; at += 65'536) ASSERT_TRUE(reads_right(at, 65'536));
  EXPECT_LE(far->reads, 70);
  EXPECT_LE(far->bytes, 50'100'000U + (1 << 20));
  // One that jumps about is given blocks, beside what is still under way.
  EXPECT_TRUE(reads_right(10, 10));
  const uint64_t bytes = far->bytes + (4 << 20);
  std::mt19937_64 random(7);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(reads_right((random() % 180) * 200'000, 1000));
  EXPECT_LE(far->bytes, bytes + 20U * (256 << 10));
}

// A line is idle for a whole round trip where nothing more is asked for until all is read.
TEST_F(ReadAheadTest, ExpectsMoreBeforeAllIsRead) {
  open(60'000'000, {.request_bytes = 1 << 20, .requests = 4, .block_bytes = 128 << 10});
  struct Asked {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t end = 0;
  };
  // Threads still ask when the test is over.
  const auto asked = std::make_shared<Asked>();
  far->on_read = [asked](uint64_t offset, size_t size) {
    const std::lock_guard lock(asked->mutex);
    asked->end = std::max(asked->end, offset + size);
    asked->changed.notify_all();
  };
  for (uint64_t at = 0; at < 50'000'000; at += 65'536) {
    ASSERT_TRUE(reads_right(at, 65'536));
    if (at < 4'000'000) continue;
    std::unique_lock lock(asked->mutex);
    const bool is_ahead = asked->changed.wait_for(lock, std::chrono::seconds(10),
                                                  [&] { return asked->end >= at + (1 << 20); });
    ASSERT_TRUE(is_ahead) << "at " << at << " only " << asked->end << " was asked for";
  }
}

TEST_F(ReadAheadTest, ReadsWhatTheSourceHas) {
  open(100'005, {.window_bytes = 3000, .request_bytes = 700, .requests = 3, .block_bytes = 64});
  std::mt19937_64 random(4);
  for (int i = 0; i < 2000; ++i) {
    if (i % 50 == 0) {
      std::vector<ByteRange> ranges(5);
      for (ByteRange& range : ranges) range = {random() % 110'000, random() % 5000};
      announce(ranges);
    }
    ASSERT_TRUE(reads_right(random() % 101'000, static_cast<size_t>(random() % 300)));
  }
}

TEST_F(ReadAheadTest, NobodyWaitsForWhatAnotherReaderLeftOut) {
  open(1'000'000, {.window_bytes = 3000, .request_bytes = 700, .requests = 3, .block_bytes = 64});
  std::vector<std::thread> readers;
  std::atomic<int> wrong = 0;
  for (unsigned seed = 0; seed < 4; ++seed) {
    readers.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      for (int i = 0; i < 2000; ++i) {
        if (i % 20 == 0) announce({{random() % 900'000, 60'000}, {random() % 900'000, 5000}});
        wrong += reads_right(random() % 1'000'000, 300) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(ReadAheadTest, SaysWhatFailedAndTriesAgain) {
  open(100'000, {.request_bytes = 1000, .requests = 2});
  far->fails = true;
  announce({{0, 10'000}});
  EXPECT_FALSE(reads_right(0, 10));
  EXPECT_FALSE(reads_right(50'000, 10));
  far->fails = false;
  for (int i = 0; i < 12; ++i) static_cast<void>(reads_right(static_cast<uint64_t>(i) * 1000, 10));
  EXPECT_TRUE(reads_right(0, 10'000));
  EXPECT_TRUE(reads_right(50'000, 10));
}

}  // namespace
}  // namespace rushes::store
