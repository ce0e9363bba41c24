#include "store/upload_state.h"

#include <gtest/gtest.h>

#include <random>

namespace rushes::store {
namespace {

UploadState example() {
  return {.store = "s3://bucket/",
          .key = "a \"b\"/\xc3\xa4",
          .id = "upload id",
          .nonce = "0123",
          .options = {.only_if_absent = true, .content_type = "video/mp4"},
          .parts = {{1, 100, "hash", "\"tag\""}, {3, 5, "", "t"}}};
}

TEST(UploadState, ComesBackAsItWas) {
  const auto read = parse_upload_state(to_text(example()), "s3://bucket/");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->key, example().key);
  EXPECT_EQ(read->id, example().id);
  EXPECT_EQ(read->nonce, example().nonce);
  EXPECT_TRUE(read->options.only_if_absent);
  EXPECT_EQ(read->options.content_type, "video/mp4");
  ASSERT_EQ(read->parts.size(), 2u);
  EXPECT_EQ(read->parts[1].number, 3);
  EXPECT_EQ(read->parts[0].tag, "\"tag\"");
}

TEST(UploadState, BelongsToOneStore) {
  EXPECT_FALSE(parse_upload_state(to_text(example()), "s3://other/").ok());
}

TEST(UploadState, StaysUprightOnNoise) {
  std::mt19937_64 random(11);
  const std::string good = to_text(example());
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (int n = 0; n < 3; ++n) text[random() % text.size()] = static_cast<char>(random());
    const auto read = parse_upload_state(text, "s3://bucket/");
    if (read.ok()) {
      EXPECT_TRUE(check_key(read->key).ok());
      EXPECT_FALSE(read->id.empty());
    } else {
      EXPECT_EQ(read.error().code, base::Code::kInvalidArgument);
    }
  }
  EXPECT_FALSE(parse_upload_state(std::string(1'000'000, '['), "s3://bucket/").ok());
}

TEST(PartList, KnowsWhatIsMissing) {
  PartList list;
  EXPECT_FALSE(list.complete({}).ok());
  list.add({.number = 2, .size = 5});
  EXPECT_FALSE(list.complete({}).ok());
  list.add({.number = 1, .size = 10});
  EXPECT_TRUE(list.complete({}).ok());
  EXPECT_EQ(total_size(list.all()), 15u);
  EXPECT_FALSE(list.complete({.min_part = 11}).ok());
  EXPECT_TRUE(list.complete({.min_part = 10}).ok()) << "the last one may be smaller";
}

TEST(Nonce, IsNeverTheSame) { EXPECT_NE(new_nonce(), new_nonce()); }

}  // namespace
}  // namespace rushes::store
