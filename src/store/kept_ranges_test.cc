#include "store/kept_ranges.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "net/testing/fake_server.h"

namespace rushes::store {
namespace {

using base::ByteRange;
namespace fs = std::filesystem;

constexpr uint64_t kSize = 1 << 20;

std::vector<std::byte> content(uint64_t offset, size_t size) {
  std::vector<std::byte> out(size);
  for (size_t i = 0; i < size; ++i) out[i] = net::content_byte(offset + i);
  return out;
}

class KeptRangesTest : public testing::Test {
 protected:
  void SetUp() override {
    path = testing::TempDir() + "/kept-" + std::to_string(std::random_device()());
  }
  void TearDown() override { fs::remove(path); }
  std::unique_ptr<KeptRanges> open(uint64_t size = kSize) const {
    auto kept = KeptRanges::open(path, size);
    EXPECT_TRUE(kept.ok());
    return std::move(kept).value();
  }
  static std::vector<ByteRange> missing(KeptRanges& kept, std::vector<ByteRange> ranges) {
    return kept.missing(ranges);
  }
  static void keep(KeptRanges& kept, uint64_t offset, size_t size, std::vector<ByteRange> ranges) {
    kept.keep(offset, content(offset, size), ranges);
  }
  static bool holds(KeptRanges& kept, uint64_t offset, size_t size) {
    std::vector<std::byte> out(size);
    for (size_t done = 0; done < size;) {
      const size_t n = kept.read_some(offset + done, std::span(out).subspan(done));
      if (n == 0) return false;
      done += n;
    }
    return out == content(offset, size);
  }
  std::string path;
};

using Ranges = std::vector<ByteRange>;

TEST_F(KeptRangesTest, GivesWhatWasKept) {
  const auto kept = open();
  EXPECT_EQ(missing(*kept, {{10, 100}}), (Ranges{{10, 100}}));
  keep(*kept, 1000, 500, {{1000, 100}, {1200, 50}, {1490, 20}});
  EXPECT_TRUE(holds(*kept, 1000, 100));
  EXPECT_TRUE(holds(*kept, 1020, 30));
  EXPECT_TRUE(holds(*kept, 1200, 50));
  EXPECT_FALSE(holds(*kept, 1100, 1));
  EXPECT_FALSE(holds(*kept, 1490, 1)) << "it did not lie in the data whole";
  EXPECT_EQ(missing(*kept, {{990, 120}, {1200, 50}, {1240, 20}}),
            (Ranges{{990, 10}, {1100, 10}, {1250, 10}}));
  EXPECT_EQ(missing(*kept, {{kSize, 5}, {kSize - 5, 50}}), (Ranges{{kSize - 5, 5}}));
}

TEST_F(KeptRangesTest, SharesItWithOthers) {
  const auto one = open(), other = open();
  keep(*one, 0, 100, {{0, 100}});
  EXPECT_TRUE(missing(*other, {{20, 30}}).empty());
  keep(*other, 50, 100, {{50, 100}});
  EXPECT_TRUE(missing(*one, {{0, 150}}).empty());
  EXPECT_TRUE(holds(*one, 0, 150));
  EXPECT_TRUE(holds(*open(), 0, 150));
}

TEST_F(KeptRangesTest, DoesNotKeepTwice) {
  const auto kept = open();
  keep(*kept, 0, 100, {{0, 100}});
  const auto size = fs::file_size(path);
  keep(*kept, 0, 100, {{0, 100}, {20, 30}});
  EXPECT_EQ(fs::file_size(path), size);
}

TEST_F(KeptRangesTest, KeepsNoByteTwiceThatIsWantedAgainAndAgain) {
  const auto kept = open();
  keep(*kept, 0, 10'000, std::vector<ByteRange>(1000, {0, 10'000}));
  EXPECT_LT(fs::file_size(path), 11'000U);
  EXPECT_TRUE(holds(*kept, 0, 10'000));
}

TEST_F(KeptRangesTest, GrowsToAboutTheWholeObject) {
  const auto kept = open(1000);
  for (uint64_t at = 0; at + 20'000 <= 10'000'000; at += 20'000) {
    kept->keep(at, content(at, 20'000), Ranges{{at, 20'000}});
  }
  EXPECT_LT(fs::file_size(path), 1'100'000U);
}

// Any byte of it.
TEST_F(KeptRangesTest, WhatIsDamagedIsNotThere) {
  {
    const auto kept = open();
    keep(*kept, 0, 64, {{0, 16}, {32, 16}});
    keep(*kept, 100, 64, {{100, 64}});
  }
  const auto size = static_cast<int64_t>(fs::file_size(path));
  std::vector<char> whole(static_cast<size_t>(size));
  std::ifstream(path, std::ios::binary).read(whole.data(), size);
  for (size_t i = 0; i < whole.size(); ++i) {
    auto bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x41);
    std::ofstream(path, std::ios::binary).write(bytes.data(), size);
    const auto kept = open();
    for (const ByteRange& r : Ranges{{0, 16}, {32, 16}, {100, 64}}) {
      if (kept->missing(Ranges{r}).empty()) {
        EXPECT_TRUE(holds(*kept, r.offset, static_cast<size_t>(r.size))) << i;
      }
    }
    for (uint64_t at = 0; at < 400; ++at) {
      std::byte out{};
      if (kept->read_some(at, std::span(&out, 1)) == 0) continue;
      EXPECT_EQ(out, net::content_byte(at)) << i << " " << at;
    }
    keep(*kept, 200, 10, {{200, 10}});
    EXPECT_TRUE(holds(*kept, 200, 10)) << i;
  }
}

TEST_F(KeptRangesTest, WhatIsTornIsBegunAnew) {
  {
    const auto kept = open();
    keep(*kept, 0, 64, {{0, 64}});
    keep(*kept, 100, 64, {{100, 64}});
  }
  for (auto size = fs::file_size(path); size-- > 0;) {
    fs::resize_file(path, size);
    const auto kept = open();
    EXPECT_TRUE(missing(*kept, {{0, 64}}).empty() || !holds(*kept, 0, 64));
    keep(*kept, 100, 64, {{100, 64}});
    EXPECT_TRUE(holds(*open(), 100, 64)) << size;
    if (size < 8) break;
    size = std::min(size, fs::file_size(path));
  }
}

TEST_F(KeptRangesTest, TakesThePlaceOfWhatLiesThere) {
  std::ofstream(path) << "something else altogether";
  keep(*open(), 0, 10, {{0, 10}});
  EXPECT_TRUE(holds(*open(), 0, 10));
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  keep(*open(), 0, 10, {{0, 10}});
  EXPECT_TRUE(holds(*open(), 0, 10));
}

}  // namespace
}  // namespace rushes::store
