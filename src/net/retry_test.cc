#include "net/retry.h"

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace rushes::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Classify, GoesByStatus) {
  EXPECT_EQ(classify(200), Outcome::kSuccess);
  EXPECT_EQ(classify(206), Outcome::kSuccess);
  for (const int status : {408, 500, 502, 503, 504, 599}) {
    EXPECT_EQ(classify(status), Outcome::kTransient) << status;
  }
  for (const int status : {429, 509}) EXPECT_EQ(classify(status), Outcome::kThrottled) << status;
  EXPECT_EQ(classify(401), Outcome::kExpired);
  EXPECT_EQ(classify(403), Outcome::kDenied);
  for (const int status : {404, 410}) EXPECT_EQ(classify(status), Outcome::kNotFound) << status;
  for (const int status : {304, 412}) EXPECT_EQ(classify(status), Outcome::kPrecondition) << status;
  for (const int status : {301, 400, 405, 409, 416, 501, 505}) {
    EXPECT_EQ(classify(status), Outcome::kInvalid) << status;
  }
}

TEST(Classify, LetsTheCodeDecide) {
  EXPECT_EQ(classify(503, "SlowDown"), Outcome::kThrottled);
  EXPECT_EQ(classify(200, "InternalError"), Outcome::kTransient);
  EXPECT_EQ(classify(200, "SlowDown"), Outcome::kThrottled);
  EXPECT_EQ(classify(400, "RequestTimeout"), Outcome::kTransient);
  EXPECT_EQ(classify(409, "ConditionalRequestConflict"), Outcome::kTransient);
  EXPECT_EQ(classify(400, "ExpiredToken"), Outcome::kExpired);
  EXPECT_EQ(classify(403, "RequestTimeTooSkewed"), Outcome::kClockSkew);
  EXPECT_EQ(classify(403, "SignatureDoesNotMatch"), Outcome::kDenied);
  EXPECT_EQ(classify(403, "userRateLimitExceeded"), Outcome::kThrottled);
  EXPECT_EQ(classify(404, "NoSuchUpload"), Outcome::kNotFound);
  EXPECT_EQ(classify(500, "NeverHeardOf"), Outcome::kTransient);
  EXPECT_EQ(classify(400, "NeverHeardOf"), Outcome::kInvalid);
}

TEST(Classify, OnlyRetriesWhatMayPass) {
  EXPECT_EQ(code_of(Outcome::kThrottled), base::Code::kUnavailable);
  EXPECT_EQ(code_of(Outcome::kDenied), base::Code::kPermission);
  EXPECT_TRUE(is_retried(Outcome::kTransient));
  EXPECT_TRUE(is_retried(Outcome::kThrottled));
  for (const Outcome outcome : {Outcome::kDenied, Outcome::kExpired, Outcome::kNotFound,
                                Outcome::kPrecondition, Outcome::kInvalid}) {
    EXPECT_FALSE(is_retried(outcome));
  }
}

TEST(Backoff, IsAnywhereBelowACeilingThatDoubles) {
  const RetryPolicy policy{.first = milliseconds(100), .longest = milliseconds(1000)};
  for (const auto& [failures, ceiling] : {std::pair(1, 100), std::pair(2, 200), std::pair(4, 800),
                                          std::pair(5, 1000), std::pair(1000, 1000)}) {
    EXPECT_EQ(backoff(policy, failures, static_cast<uint64_t>(ceiling)).count(), ceiling);
    EXPECT_EQ(backoff(policy, failures, static_cast<uint64_t>(ceiling) + 1).count(), 0);
  }
}

TEST(Retries, EndAfterTheLastAttempt) {
  base::FakeClock clock;
  Retries retries({.attempts = 3, .first = milliseconds(100)}, clock, [] { return 100; });
  EXPECT_TRUE(*retries.again("why", {}, nullptr));
  EXPECT_TRUE(*retries.again("why", {}, nullptr));
  EXPECT_FALSE(*retries.again("why", {}, nullptr));
  EXPECT_EQ(clock.slept().size(), 2u);
}

TEST(Retries, WaitAsLongAsTheyAreTold) {
  base::FakeClock clock;
  Retries retries({}, clock, [] { return 7; });
  EXPECT_TRUE(*retries.again("why", seconds(3), nullptr));
  EXPECT_EQ(clock.slept().front(), milliseconds(3007));
  EXPECT_FALSE(*retries.again("why", seconds(100'000), nullptr));
}

TEST(Retries, GoOnForAsLongAsTheyMay) {
  base::FakeClock clock;
  const base::Time begin = clock.now();
  Retries retries({.attempts = 3,
                   .first = milliseconds(100),
                   .longest = seconds(60),
                   .give_up_after = std::chrono::hours(1)},
                  clock, [] { return ~uint64_t{0} >> 1; });
  int failures = 1;
  while (*retries.again("why", {}, nullptr) && failures < 100'000) ++failures;
  EXPECT_GE(clock.now() - begin, std::chrono::hours(1));
  EXPECT_LE(clock.now() - begin, std::chrono::hours(1) + seconds(60));
  EXPECT_GT(failures, 60);
}

TEST(Retries, AreNotEndedByAClockThatIsSet) {
  base::FakeClock clock(base::Time(seconds(0)));
  Retries retries({.give_up_after = std::chrono::hours(1)}, clock, [] { return 7; });
  EXPECT_TRUE(*retries.again("why", {}, nullptr));
  clock.advance(std::chrono::hours(24 * 365 * 50));
  EXPECT_TRUE(*retries.again("why", {}, nullptr));
  clock.advance(-std::chrono::hours(24 * 365));
  EXPECT_TRUE(*retries.again("why", {}, nullptr));
}

TEST(Retries, AreTold) {
  base::FakeClock clock;
  std::string told;
  Retries retries(
      {.attempts = 2,
       .on_retry = [&](const std::string& why,
                       milliseconds wait) { told += why + " " + std::to_string(wait.count()); }},
      clock, [] { return 7; });
  EXPECT_TRUE(*retries.again("first", seconds(1), nullptr));
  EXPECT_FALSE(*retries.again("second", {}, nullptr));
  EXPECT_EQ(told, "first 1007") << "what is given up is no retry";
}

TEST(Retries, EndWhenCancelled) {
  base::FakeClock clock;
  const std::atomic<bool> cancelled = true;
  Retries retries({}, clock, [] { return 7; });
  const auto again = retries.again("why", {}, &cancelled);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, base::Code::kCancelled);
}

TEST(SystemRandom, Varies) {
  const Random random = system_random();
  EXPECT_NE(random(), random());
}

}  // namespace
}  // namespace rushes::net
