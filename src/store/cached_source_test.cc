#include "store/cached_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "store/testing/counted_source.h"

namespace rushes::store {
namespace {

class CachedSourceTest : public testing::Test {
 protected:
  void open(uint64_t size, const CachedSourceOptions& options) {
    auto owned = std::make_unique<CountedSource>(size);
    inner = owned.get();
    source = cached_source(std::move(owned), options);
  }
  bool reads_right(uint64_t offset, size_t size) const {
    return store::reads_right(*source, offset, size);
  }
  CountedSource* inner = nullptr;
  std::unique_ptr<base::ByteSource> source;
};

TEST_F(CachedSourceTest, ReadsBlocksOnce) {
  open(1005, {.block_bytes = 100, .blocks = 3});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(reads_right(static_cast<uint64_t>(i), 1));
  EXPECT_EQ(inner->reads, 1);
  EXPECT_TRUE(reads_right(0, 300));
  EXPECT_EQ(inner->reads, 3);
  EXPECT_TRUE(reads_right(1000, 100));
  EXPECT_EQ(inner->reads, 4);
  EXPECT_TRUE(reads_right(150, 100));
  EXPECT_EQ(inner->reads, 4) << "a block was thrown away that was used since";
  EXPECT_TRUE(reads_right(50, 1));
  EXPECT_EQ(inner->reads, 5);
}

TEST_F(CachedSourceTest, ReadsWhatTheSourceHas) {
  open(1005, {.block_bytes = 64, .blocks = 2});
  std::mt19937_64 random(4);
  for (int i = 0; i < 2000; ++i) {
    EXPECT_TRUE(reads_right(random() % 1100, static_cast<size_t>(random() % 300)));
  }
}

TEST_F(CachedSourceTest, TriesAgainAfterAFailure) {
  open(100, {});
  inner->fails = true;
  EXPECT_FALSE(reads_right(0, 10));
  inner->fails = false;
  EXPECT_TRUE(reads_right(0, 10));
}

TEST_F(CachedSourceTest, ServesManyThreads) {
  open(100'000, {.block_bytes = 1000, .blocks = 100});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (uint64_t at = 0; at < 100'000; at += 500) wrong += reads_right(at, 500) ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(inner->reads, 100);
}

}  // namespace
}  // namespace rushes::store
