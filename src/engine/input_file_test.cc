#include "engine/input_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include "base/testing/scratch_folder.h"

namespace rushes::engine {
namespace {

using base::ScratchFolder;

TEST(Roots, HoldWhatLiesInThem) {
  ScratchFolder folder;
  std::filesystem::create_directory(folder.path("a"));
  const Roots roots({folder.path("a"), folder.path("none")});
  EXPECT_TRUE(roots.contain(folder.path("a/b")));
  EXPECT_FALSE(roots.contain(folder.path("ab")));
  EXPECT_FALSE(roots.contain(folder.path("a")));
  EXPECT_FALSE(roots.contain(folder.path("none/b")));
  EXPECT_TRUE(Roots({"/"}).contain("/etc/passwd"));
  EXPECT_FALSE(Roots({}).contain("/etc/passwd"));
}

TEST(OpenInput, FollowsLinksThatStayInside) {
  ScratchFolder folder;
  folder.write("real", "123");
  std::filesystem::create_symlink(folder.path("real"), folder.path("link"));
  const auto file = open_input(folder.path("link"), Roots({folder.path()}));
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->size, 3u);
  EXPECT_EQ(file->path, folder.path("real"));
  EXPECT_EQ(write(file->fd.get(), "x", 1), -1);
}

TEST(OpenInput, AcceptsARootThatIsReachedByALink) {
  ScratchFolder folder;
  std::filesystem::create_directory(folder.path("real"));
  std::filesystem::create_directory_symlink(folder.path("real"), folder.path("link"));
  folder.write("real/file", "123");
  EXPECT_TRUE(open_input(folder.path("link/file"), Roots({folder.path("link")})).ok());
}

TEST(OpenInput, DoesNotFollowLinksOut) {
  ScratchFolder inside, outside;
  outside.write("secret", "123");
  std::filesystem::create_symlink(outside.path("secret"), inside.path("file"));
  std::filesystem::create_directory_symlink(outside.path(), inside.path("folder"));
  for (const std::string name : {"file", "folder/secret"}) {
    const auto file = open_input(inside.path(name), Roots({inside.path()}));
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().code, base::Code::kPermission);
  }
}

TEST(OpenInput, RefusesALinkThatGoesInACircle) {
  ScratchFolder folder;
  std::filesystem::create_symlink(folder.path("a"), folder.path("a"));
  EXPECT_FALSE(open_input(folder.path("a"), Roots({folder.path()})).ok());
}

}  // namespace
}  // namespace rushes::engine
