// The channel between the child and the broker, from both ends. With real stores: tests/remote.

#include "engine/remote_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/remote_channel.h"
#include "engine/remote_protocol.h"

namespace rushes::engine {
namespace {

using base::Code;

std::byte byte_at(uint64_t i) { return static_cast<std::byte>(i * 31 + i / 251); }

class Source final : public base::ByteSource {
 public:
  explicit Source(uint64_t size) : size_(size) {}
  uint64_t size() const override { return size_; }
  base::Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (fails) return base::Error{Code::kUnavailable, "it changed meanwhile", 287};
    const size_t n = static_cast<size_t>(std::min<uint64_t>(out.size(), size_ - offset));
    for (size_t i = 0; i < n; ++i) out[i] = byte_at(offset + i);
    return n;
  }
  std::atomic<bool> fails = false;

 private:
  uint64_t size_;
};

class RemoteInputsTest : public testing::Test {
 protected:
  RemoteInputsTest() {
    const RemoteInput input{.name = "input:0", .shown = "s3://b/k", .object = {{}, source}};
    auto fd = inputs.channel_to(input);
    socket = fd->get();
    channel = std::make_shared<RemoteChannel>(*std::move(fd), source->size());
    inputs.serve();
  }
  static bool reads_right(const base::ByteSource& from, uint64_t offset, size_t size) {
    std::vector<std::byte> out(size);
    const auto read = from.read_at(offset, out);
    const uint64_t left = offset < from.size() ? from.size() - offset : 0;
    if (!read.ok() || *read != std::min<uint64_t>(size, left)) return false;
    for (size_t i = 0; i < *read; ++i) {
      if (out[i] != byte_at(offset + i)) return false;
    }
    return true;
  }
  // What the broker says to whoever writes to the channel itself.
  bool is_over() const {
    char byte = 0;
    return !receive_all(socket, &byte, 1);
  }

  std::shared_ptr<Source> source = std::make_shared<Source>(5'000'000);
  RemoteStores stores{false};
  RemoteInputs inputs{stores, {}, {}};
  std::shared_ptr<RemoteChannel> channel;
  int socket = -1;
};

TEST_F(RemoteInputsTest, GivesTheBytesOfTheObject) {
  const auto reader = *channel->open();
  EXPECT_EQ(reader->size(), 5'000'000U);
  EXPECT_TRUE(reads_right(*reader, 0, 3'000'000));
  EXPECT_TRUE(reads_right(*reader, 4'999'990, 100));
  EXPECT_TRUE(reads_right(*reader, 6'000'000, 100));
  const base::ByteRange ranges[] = {{1000, 200}, {100'000, 500}};
  reader->will_read(ranges);
  std::vector<std::byte> out(1000);
  EXPECT_EQ(*reader->read_some(1000, out), 200U);
  EXPECT_EQ(out[7], byte_at(1007));
  EXPECT_GT(inputs.transfer().bytes, 3'000'000U);
}

TEST_F(RemoteInputsTest, HasReadersOfTheirOwn) {
  std::vector<std::unique_ptr<base::ByteSource>> readers;
  for (size_t i = 0; i < kMaxRemoteStreams; ++i) readers.push_back(*channel->open());
  EXPECT_EQ(channel->open().error().code, Code::kResource);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (uint64_t at = i * 1000; at < 4'000'000; at += 250'000) {
        right += reads_right(*readers[i], at, 10'000) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8 * 16);
  readers.pop_back();
  EXPECT_TRUE(channel->open().ok());
}

TEST_F(RemoteInputsTest, TellsErrors) {
  source->fails = true;
  const auto reader = *channel->open();
  std::vector<std::byte> out(10);
  const auto read = reader->read_at(0, out);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Code::kUnavailable);
  EXPECT_EQ(read.error().message, "it changed meanwhile");
  source->fails = false;
  EXPECT_TRUE(reads_right(*reader, 0, 10));
}

TEST_F(RemoteInputsTest, EndsWhatNoChildOfOursSays) {
  const RemoteRequest strange[] = {{.call = static_cast<RemoteCall>(99)},
                                   {.stream = 64, .size = 10},
                                   {.size = kMaxRemoteRead + 1},
                                   {.size = UINT64_MAX},
                                   {.call = RemoteCall::kWillRead, .size = kMaxRemoteRanges + 1},
                                   {.call = RemoteCall::kWillRead, .size = UINT64_MAX / 16}};
  for (const RemoteRequest& request : strange) {
    RemoteStores others(false);
    RemoteInputs fresh(others, {}, {});
    const auto fd = fresh.channel_to({.name = "a", .shown = "b", .object = {{}, source}});
    fresh.serve();
    ASSERT_TRUE(send_all(fd->get(), &request, sizeof(request)));
    char byte = 0;
    EXPECT_FALSE(receive_all(fd->get(), &byte, 1));
  }
}

TEST_F(RemoteInputsTest, TakesAnyRanges) {
  const RemoteRequest request{.call = RemoteCall::kWillRead, .size = 4};
  const RemoteRange ranges[] = {
      {UINT64_MAX, UINT64_MAX}, {0, UINT64_MAX}, {4'999'999, UINT64_MAX}, {5, 0}};
  ASSERT_TRUE(send_all(socket, &request, sizeof(request)));
  ASSERT_TRUE(send_all(socket, ranges, sizeof(ranges)));
  const auto reader = *channel->open();
  EXPECT_TRUE(reads_right(*reader, 0, 2'000'000));
}

TEST_F(RemoteInputsTest, EndWithTheirTask) {
  const auto reader = *channel->open();
  EXPECT_TRUE(reads_right(*reader, 0, 10));
  RemoteStores others(false);
  auto other = std::make_unique<RemoteInputs>(others, std::vector<std::string>(), "");
  const auto fd = other->channel_to({.name = "a", .shown = "b", .object = {{}, source}});
  other->serve();
  other.reset();
  char byte = 0;
  EXPECT_FALSE(receive_all(fd->get(), &byte, 1));
}

TEST(RemoteInput, IsNamedBySizeAndVersion) {
  const RemoteInput a{.name = "n", .shown = "s3://b/k", .object = {{"", 10, "\"v:1\""}, nullptr}};
  EXPECT_EQ(a.identity(), "remote:10:\"v:1\"");
  for (const RemoteInput& other :
       {RemoteInput{.name = "n", .shown = "s3://b/k", .object = {{"", 10, "\"v:2\""}, nullptr}},
        RemoteInput{.name = "n", .shown = "s3://b/k", .object = {{"", 11, "\"v:1\""}, nullptr}},
        RemoteInput{.name = "n", .shown = "s3://b/l", .object = {{"", 10, "\"v:1\""}, nullptr}}}) {
    EXPECT_NE(a.hash(), other.hash());
  }
}

TEST(RemoteInput, LiesWithinARoot) {
  RemoteStores stores(false);
  RemoteInputs inputs(stores, {"s3://bucket/ads", "/folder"}, {});
  const NamedPath outside[] = {{.name = "a", .path = "s3://bucket/ad"},
                               {.name = "b", .path = "s3://bucket/adsx"},
                               {.name = "c", .path = "gs://bucket/ads/a"},
                               {.name = "d", .path = "s3://other/a", .identity = "remote:1:v"}};
  std::vector<const NamedPath*> wanted;
  for (const NamedPath& path : outside) wanted.push_back(&path);
  const auto opened = inputs.open_all(wanted, [] { return base::Status(); });
  ASSERT_TRUE(opened.ok());
  for (const auto& one : *opened) {
    ASSERT_FALSE(one.ok());
    EXPECT_EQ(one.error().code, Code::kPermission);
  }
  const NamedPath strange{.name = "a", .path = "s3://bucket/ads/a", .identity = "1:2:3:4"};
  const auto refused = inputs.open_all({&strange}, [] { return base::Status(); });
  EXPECT_EQ((*refused)[0].error().code, Code::kInvalidArgument);
}

TEST(RemoteInput, CanBeLeftWhileItIsOpened) {
  RemoteStores stores(true);
  RemoteInputs inputs(stores, {}, {});
  // Nobody answers there.
  const NamedPath far{.name = "a", .path = "http://192.0.2.1/a"};
  const auto opened = inputs.open_all({&far}, [] {
    return base::Status(base::Error{Code::kCancelled, "cancelled"});
  });
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace rushes::engine
