#include "engine/upload_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/testing/scratch_folder.h"

namespace rushes::engine {
namespace {

namespace fs = std::filesystem;

constexpr char kUri[] = "s3://bucket/a.mp4";

class UploadJournalTest : public testing::Test {
 protected:
  UploadJournal open(const std::string& uri = kUri, const std::string& content = "content") const {
    auto journal = UploadJournal::open(folder.path(), uri, content);
    EXPECT_TRUE(journal.ok() && *journal);
    return **std::move(journal);
  }
  // The one file of a folder.
  fs::path file_in(const std::string& name) const {
    for (const auto& entry : fs::directory_iterator(folder.path(name))) {
      if (entry.path().extension() == ".json") return entry.path();
    }
    return {};
  }

  base::ScratchFolder folder;
};

TEST_F(UploadJournalTest, KeepsAStateUntilItIsFinished) {
  {
    UploadJournal journal = open();
    EXPECT_EQ(journal.state(), "");
    EXPECT_FALSE(journal.finished());
    ASSERT_TRUE(journal.keep("the state").ok());
  }
  {
    UploadJournal journal = open();
    EXPECT_EQ(journal.state(), "the state");
    ASSERT_TRUE(journal.finish({.version = "\"v1\"", .bytes = 77}).ok());
    EXPECT_EQ(journal.state(), "");
  }
  EXPECT_TRUE(fs::is_empty(folder.path("uploads")));
  const UploadJournal journal = open();
  ASSERT_TRUE(journal.finished());
  EXPECT_EQ(journal.finished()->version, "\"v1\"");
  EXPECT_EQ(journal.finished()->bytes, 77u);
}

TEST_F(UploadJournalTest, IsOfOneContentUnderOneName) {
  ASSERT_TRUE(open().finish({.version = "v", .bytes = 1}).ok());
  EXPECT_FALSE(open("s3://bucket/b.mp4").finished());
  EXPECT_FALSE(open(kUri, "other").finished());
}

TEST_F(UploadJournalTest, IsHeldByOneAtATime) {
  const UploadJournal journal = open();
  const auto other = UploadJournal::open(folder.path(), kUri, "content");
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(*other);
}

TEST_F(UploadJournalTest, WhatCannotBeReadIsNotKnown) {
  ASSERT_TRUE(open().finish({.version = "v", .bytes = 1}).ok());
  const fs::path path = file_in("uploaded");
  ASSERT_FALSE(path.empty());
  for (const char* text : {"", "[", "[]", "{}", R"({"uri": "s3://bucket/a.mp4", "version": 1})",
                           R"({"uri": "s3://bucket/a.mp4", "version": "v", "bytes": -1})",
                           R"({"uri": "s3://bucket/b.mp4", "version": "v", "bytes": 1})"}) {
    std::ofstream(path, std::ios::trunc) << text;
    EXPECT_FALSE(open().finished()) << text;
  }
}

}  // namespace
}  // namespace rushes::engine
