#include "net/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "base/testing/fake_clock.h"
#include "base/testing/scratch_folder.h"
#include "net/http_client.h"
#include "net/testing/fake_server.h"

namespace rushes::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::unique_ptr<RateLimiter> limiter(const RateLimiterOptions& options) {
  auto opened = RateLimiter::open(options);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return *std::move(opened);
}

nanoseconds time_of(const base::FakeClock& clock) { return clock.now().time_since_epoch(); }

RateLimiterOptions on(base::FakeClock& clock, uint64_t rate, const std::string& file = {}) {
  return {.bytes_per_second = rate, .file = file, .clock = &clock, .now = [&] {
            return time_of(clock);
          }};
}

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

TEST(RateLimiter, TakesAsLongAsTheRateSays) {
  for (const uint64_t rate : {uint64_t{1024}, uint64_t{100'003}, uint64_t{20 << 20}}) {
    base::FakeClock clock;
    const auto limit = limiter(on(clock, rate));
    const nanoseconds begin = time_of(clock);
    uint64_t sent = 0;
    while (sent < 10 * rate) {
      ASSERT_TRUE(limit->take(limit->piece(), nullptr).ok());
      sent += limit->piece();
    }
    EXPECT_GE(seconds(time_of(clock) - begin), 10 - 0.3) << rate;
    EXPECT_LE(seconds(time_of(clock) - begin), 10 + 0.3) << rate;
  }
}

TEST(RateLimiter, MakesUpForLittleOfWhatWasNotUsed) {
  base::FakeClock clock;
  const auto limit = limiter(on(clock, 1'000'000));
  ASSERT_TRUE(limit->take(1, nullptr).ok());
  clock.advance(std::chrono::hours(1));
  const nanoseconds begin = time_of(clock);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(limit->take(50'000, nullptr).ok());
  EXPECT_GE(seconds(time_of(clock) - begin), 0.7);
}

TEST(RateLimiter, IsOneForAllThatNameItsFile) {
  const base::ScratchFolder folder;
  base::FakeClock clock;
  const std::string file = folder.path("rate");
  const auto one = limiter(on(clock, 1'000'000, file));
  const auto other = limiter(on(clock, 1'000'000, file));
  const nanoseconds begin = time_of(clock);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(one->take(50'000, nullptr).ok());
    ASSERT_TRUE(other->take(50'000, nullptr).ok());
  }
  EXPECT_GE(seconds(time_of(clock) - begin), 10 - 0.3);
  EXPECT_LE(seconds(time_of(clock) - begin), 10 + 0.3);
}

TEST(RateLimiter, CountsWhatOtherProcessesSend) {
  const base::ScratchFolder folder;
  const std::string file = folder.path("rate");
  base::FakeClock clock;
  const auto limit = limiter(on(clock, 1'000'000, file));
  const pid_t child = fork();
  if (child == 0) {
    base::FakeClock own;
    const auto same = RateLimiter::open(on(own, 1'000'000, file));
    for (int i = 0; same.ok() && i < 100; ++i)
      static_cast<void>((*same)->take(50'000, nullptr).ok());
    _exit(same.ok() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  // It has taken five seconds of a time that for us has yet to come.
  const nanoseconds begin = time_of(clock);
  ASSERT_TRUE(limit->take(1, nullptr).ok());
  EXPECT_GE(seconds(time_of(clock) - begin), 4.5);
}

TEST(RateLimiter, CanBeLeft) {
  base::FakeClock clock;
  const auto limit = limiter(on(clock, 1024));
  const std::atomic<bool> cancelled{true};
  base::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) status = limit->take(limit->piece(), &cancelled);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::Code::kCancelled);
}

TEST(RateLimiter, SaysWhatCannotBe) {
  EXPECT_EQ(RateLimiter::open({.bytes_per_second = 0}).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(RateLimiter::open({.bytes_per_second = 5000, .file = "/nowhere/rate"}).error().code,
            base::Code::kNotFound);
}

TEST(RateLimiter, HoldsAllRequestsOfItsClientsTogether) {
  FakeServer server;
  constexpr uint64_t kRate = 2 << 20;
  const auto limit = limiter({.bytes_per_second = kRate});
  const auto http =
      *HttpClient::open({.reach = HttpClientOptions::Reach::kAny, .send_limit = limit.get()});
  const std::vector<std::byte> body(1 << 20, std::byte{7});
  const auto source = base::memory_source(body);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      Request request{.method = i % 2 == 0 ? Method::kPut : Method::kPost,
                      .url = server.url("/plain/echo")};
      if (i < 2) request.body = body;
      if (i >= 2) request.source = source.get();
      const auto response = http->send(request);
      ASSERT_TRUE(response.ok()) << response.error().message;
      EXPECT_EQ(response->status, 200);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = seconds(std::chrono::steady_clock::now() - begin);
  // Never faster, however busy the machine is.
  EXPECT_GE(took, 4.0 * (1 << 20) / kRate - seconds(kBurst) - 0.1);
}

TEST(RateLimiter, ARequestThatWaitsForItIsCancelled) {
  FakeServer server;
  std::atomic<bool> cancelled{false};
  int turns = 0;
  // In the middle of its body.
  const auto now = [&] {
    if (++turns > 5) cancelled = true;
    return std::chrono::steady_clock::now().time_since_epoch();
  };
  const auto limit = limiter({.bytes_per_second = kLeastRate, .now = now});
  const auto http =
      *HttpClient::open({.reach = HttpClientOptions::Reach::kAny, .send_limit = limit.get()});
  const std::vector<std::byte> body(8 << 20);
  const auto response = http->send({.method = Method::kPut,
                                    .url = server.url("/plain/echo"),
                                    .body = body,
                                    .cancelled = &cancelled});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, base::Code::kCancelled);
}

}  // namespace
}  // namespace rushes::net
