#include "store/pending_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/testing/scratch_folder.h"

namespace rushes::store {
namespace {

using base::ScratchFolder;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class PendingFileTest : public testing::TestWithParam<bool> {
 protected:
  PendingFileOptions options(const std::string& name) const {
    return {.path = folder.path(name), .unnamed = GetParam()};
  }
  static void fill(const PendingFile& output) { ASSERT_EQ(write(output.fd(), "new", 3), 3); }
  ScratchFolder folder;
};

TEST_P(PendingFileTest, AppearsWhole) {
  auto output = PendingFile::create(options("a.mp4"));
  ASSERT_TRUE(output.ok());
  fill(*output);
  EXPECT_FALSE(std::filesystem::exists(folder.path("a.mp4")));
  EXPECT_EQ(*output->size(), 3u);
  ASSERT_TRUE(output->commit().ok());
  EXPECT_EQ(folder.read("a.mp4"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("a.mp4"));
}

TEST_P(PendingFileTest, LeavesNothingWithoutCommit) {
  {
    auto output = PendingFile::create(options("a.mp4"));
    ASSERT_TRUE(output.ok());
    fill(*output);
    PendingFile moved = *std::move(output);
    EXPECT_THAT(folder.names(), SizeIs(GetParam() ? 0 : 1));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_P(PendingFileTest, RemovesWhatAnEarlierWriterLeft) {
  PendingFileOptions named = options("a.mp4");
  named.unnamed = false;
  auto busy = PendingFile::create(named);
  ASSERT_TRUE(busy.ok());
  ASSERT_THAT(folder.names(), SizeIs(1));
  const std::string of_the_living = folder.names().front();
  folder.write(".a.mp4.rushes-1-12345678", "left when it was killed");
  folder.write(".b.mp4.rushes-1-12345678", "of another file");
  folder.write(".a.mp4", "somebody's own");
  auto output = PendingFile::create(options("a.mp4"));
  ASSERT_TRUE(output.ok());
  fill(*output);
  ASSERT_TRUE(output->commit().ok());
  EXPECT_THAT(folder.names(),
              UnorderedElementsAre(".a.mp4", ".b.mp4.rushes-1-12345678", of_the_living, "a.mp4"));
  EXPECT_TRUE(busy->commit().ok());
}

TEST_P(PendingFileTest, ReplacesAFileThroughALink) {
  folder.write("real.mp4", "old");
  std::filesystem::create_symlink(folder.path("real.mp4"), folder.path("link.mp4"));
  auto output = PendingFile::create(options("link.mp4"));
  ASSERT_TRUE(output.ok());
  struct stat info = {};
  ASSERT_EQ(stat(folder.path("real.mp4").c_str(), &info), 0);
  EXPECT_TRUE(output->replaces(info.st_dev, info.st_ino));
  EXPECT_FALSE(output->replaces(info.st_dev, info.st_ino + 1));
  fill(*output);
  ASSERT_TRUE(output->commit().ok());
  EXPECT_EQ(folder.read("real.mp4"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link.mp4")));
}

TEST_P(PendingFileTest, MakesTheFileThatALinkNames) {
  std::filesystem::create_directory(folder.path("sub"));
  std::filesystem::create_symlink("sub/new.mp4", folder.path("link.mp4"));
  std::filesystem::create_symlink("link.mp4", folder.path("link_of_link.mp4"));
  auto output = PendingFile::create(options("link_of_link.mp4"));
  ASSERT_TRUE(output.ok());
  fill(*output);
  ASSERT_TRUE(output->commit().ok());
  EXPECT_EQ(folder.read("sub/new.mp4"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link.mp4")));
  std::filesystem::create_symlink("loop.mp4", folder.path("loop.mp4"));
  EXPECT_FALSE(PendingFile::create(options("loop.mp4")).ok());
  std::filesystem::create_symlink("gone/new.mp4", folder.path("nowhere.mp4"));
  EXPECT_FALSE(PendingFile::create(options("nowhere.mp4")).ok());
}

TEST_P(PendingFileTest, TakesTheLongestNameThereIs) {
  const std::string name(255, 'n');
  auto output = PendingFile::create(options(name));
  ASSERT_TRUE(output.ok());
  fill(*output);
  ASSERT_TRUE(output->commit().ok());
  EXPECT_THAT(folder.names(), ElementsAre(name));
}

TEST_P(PendingFileTest, SaysThatItsPlaceHasBeenTaken) {
  auto output = PendingFile::create(options("a"));
  ASSERT_TRUE(output.ok());
  std::filesystem::create_directory(folder.path("a"));
  folder.write("a/b", "");
  EXPECT_FALSE(output->commit().ok());
  *output = *PendingFile::create(options("c"));
  EXPECT_THAT(folder.names(), testing::Contains("a"));
}

INSTANTIATE_TEST_SUITE_P(PendingFile, PendingFileTest, testing::Bool(), [](const auto& param) {
  return param.param ? "WithoutAName" : "UnderAnotherName";
});

}  // namespace
}  // namespace rushes::store
