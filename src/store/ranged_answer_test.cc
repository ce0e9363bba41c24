#include "store/ranged_answer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace rushes::store {
namespace {

TEST(ContentRange, IsRead) {
  const auto range = parse_content_range("bytes 2-5/10");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 2u);
  EXPECT_EQ(range->last, 5u);
  EXPECT_EQ(range->size, 10u);
  EXPECT_EQ(parse_content_range("bytes 0-0/*")->size, std::nullopt);
}

TEST(ContentRange, IsNothingElse) {
  for (const char* text : {"", "bytes", "bytes ", "bytes */10", "bytes 5-2/10", "bytes 0-10/10",
                           "bytes 0-9/", "bytes -1-2/10", "bytes 0-99999999999999999999/*",
                           "items 0-1/2", "bytes 0-1/2x", "bytes 0/2-1"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

TEST(ContentRange, HoldsWhatItPromisesOnNoise) {
  std::mt19937_64 random(2);
  constexpr std::string_view kLetters = "bytes 0123456789-/*";
  for (int i = 0; i < 50'000; ++i) {
    std::string text = "bytes 2-5/10";
    for (int n = 0; n < 3; ++n) text[random() % text.size()] = kLetters[random() % kLetters.size()];
    const auto range = parse_content_range(text);
    if (!range) continue;
    EXPECT_LE(range->first, range->last) << text;
    if (range->size) {
      EXPECT_LT(range->last, *range->size) << text;
    }
  }
}

// The answer as a client would tell it; true if it is taken.
bool takes(RangedAnswer& answer, int status, const net::Headers& headers, size_t bytes) {
  net::Request request;
  answer.ask(request);
  if (!request.on_head(status, headers).ok()) return false;
  const std::vector<std::byte> data(bytes);
  return request.on_data(data).ok() && answer.finish().ok();
}

TEST(RangedAnswer, TakesExactlyWhatWasAskedFor) {
  std::vector<std::byte> out(4);
  const auto with = [&out](const std::string& range, size_t bytes,
                           const std::string& tag = "\"a\"") {
    RangedAnswer answer(2, out, 10, "\"a\"");
    return takes(answer, 206, {{"Content-Range", range}, {"ETag", tag}}, bytes);
  };
  EXPECT_TRUE(with("bytes 2-5/10", 4));
  EXPECT_TRUE(with("bytes 2-5/*", 4));
  EXPECT_FALSE(with("bytes 2-5/10", 3));
  EXPECT_FALSE(with("bytes 2-5/10", 5));
  EXPECT_FALSE(with("bytes 1-4/10", 4));
  EXPECT_FALSE(with("bytes 2-6/10", 4));
  EXPECT_FALSE(with("bytes 2-5/11", 4));
  EXPECT_FALSE(with("", 4));
  EXPECT_FALSE(with("bytes 2-5/10", 4, "\"b\""));
}

TEST(RangedAnswer, TakesTheWholeForAWhole) {
  std::vector<std::byte> out(10);
  RangedAnswer whole(0, out, 10, "");
  EXPECT_TRUE(takes(whole, 200, {{"Content-Length", "10"}}, 10));
  RangedAnswer other(0, out, 10, "");
  EXPECT_FALSE(takes(other, 200, {{"Content-Length", "11"}}, 10));
  EXPECT_TRUE(other.changed());
  RangedAnswer zipped(0, out, 10, "");
  EXPECT_FALSE(takes(zipped, 200, {{"Content-Length", "10"}, {"Content-Encoding", "gzip"}}, 10));
  RangedAnswer part(0, std::span(out).first(5), 10, "");
  EXPECT_FALSE(takes(part, 200, {{"Content-Length", "10"}}, 10));
  EXPECT_TRUE(part.ignored_range());
}

}  // namespace
}  // namespace rushes::store
