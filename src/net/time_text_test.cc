#include "net/time_text.h"

#include <gtest/gtest.h>

#include <random>

namespace rushes::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Time kNov1994(seconds(784'111'777));

TEST(TimeText, ReadsAllThreeFormsOfHttp) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text), kNov1994) << text;
  }
}

TEST(TimeText, WritesWhatItReads) {
  EXPECT_EQ(http_date(kNov1994), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(aws_time(kNov1994), "19941106T084937Z");
  EXPECT_EQ(parse_iso_time("1994-11-06T08:49:37Z"), kNov1994);
  EXPECT_EQ(parse_iso_time("1994-11-06T08:49:37.123456789Z"), kNov1994);
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const base::Time time(seconds(random() % 250'000'000'000));  // into the year 9892
    EXPECT_EQ(parse_http_date(http_date(time)), time) << http_date(time);
  }
}

TEST(TimeText, RefusesOtherThings) {
  for (const char* text : {"", "Sun", "Sun, ", "Sun, 31 Feb 2020 00:00:00 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 PST",
                           "Sun, 06 Nov 1994 08:49:37 GMTx", "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
  for (const char* text : {"", "2020", "2020-13-01T00:00:00Z", "2020-01-01T00:00:00",
                           "2020-01-01T00:00:00+02:00", "0000-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_iso_time(text), std::nullopt) << text;
  }
}

TEST(TimeText, StaysUprightOnNoise) {
  std::mt19937_64 random(7);
  constexpr std::string_view kLetters = "Sun, 0612NovGMT:-.TZ \n";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "Sun, 06 Nov 1994 08:49:37 GMT" : "1994-11-06T08:49:37Z";
    for (int changes = 0; changes < 3; ++changes) {
      text[random() % text.size()] = kLetters[random() % kLetters.size()];
    }
    text.resize(random() % (text.size() + 1));
    for (const auto time : {parse_http_date(text), parse_iso_time(text)}) {
      if (time) {
        EXPECT_GE(time->time_since_epoch().count(), 0) << text;
      }
    }
  }
}

TEST(TimeText, ReadsRetryAfter) {
  EXPECT_EQ(parse_retry_after("120", kNov1994), seconds(120));
  EXPECT_EQ(parse_retry_after("0", kNov1994), seconds(0));
  EXPECT_EQ(parse_retry_after("99999999999999999999", kNov1994), seconds(86400));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:00 GMT", kNov1994), seconds(23));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", kNov1994), milliseconds(0));
  EXPECT_EQ(parse_retry_after("-1", kNov1994), std::nullopt);
  EXPECT_EQ(parse_retry_after("soon", kNov1994), std::nullopt);
}

}  // namespace
}  // namespace rushes::net
