#include "store/folder_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "store/testing/backend.h"

namespace rushes::store {
namespace {

namespace fs = std::filesystem;
using base::Code;
using testing::ElementsAre;

TEST(FolderStorePaths, AreThoseOfTheKeys) {
  for (const auto& [key, path] :
       std::vector<std::pair<std::string, std::string>>{{"a/b.mp4", "a/b.mp4"},
                                                        {"a//b", "a/%/b"},
                                                        {"/a", "%/a"},
                                                        {"a/", "a/%"},
                                                        {"..", "%2E."},
                                                        {"../../x", "%2E./%2E./x"},
                                                        {".", "%2E"},
                                                        {"%", "%25"},
                                                        {".a", "%2Ea"},
                                                        {"a.b%2E", "a.b%252E"},
                                                        {"//", "%/%/%"}}) {
    EXPECT_EQ(path_of_key(key), path);
    EXPECT_EQ(key_of_path(path), key);
  }
}

TEST(FolderStorePaths, OthersAreNoKeys) {
  for (const char* path : {"%41", "a%2Eb", ".a", "a//b", "%%"}) {
    EXPECT_EQ(key_of_path(path), std::nullopt) << path;
  }
}

class FolderStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = folder_store(folder.path("store"));
    ASSERT_TRUE(opened.ok());
    store = *std::move(opened);
  }
  std::string text(const std::string& key) {
    const auto bytes = get(*store, key, 1000);
    if (!bytes.ok()) return bytes.error().message;
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  }
  std::vector<std::string> keys() {
    const auto objects = list_all(*store, "");
    EXPECT_TRUE(objects.ok());
    std::vector<std::string> out;
    if (objects.ok()) {
      for (const ObjectInfo& object : *objects) out.push_back(object.key);
    }
    return out;
  }
  base::ScratchFolder folder;
  std::unique_ptr<RemoteStore> store;
};

TEST_F(FolderStoreTest, ObjectsArePlainFiles) {
  ASSERT_TRUE(store->put("renders/ad.mp4", std::as_bytes(std::span("abc", 3)), {}).ok());
  EXPECT_EQ(folder.read("store/renders/ad.mp4"), "abc");
  fs::create_directory(folder.path("store/other"));
  folder.write("store/other/file", "of somebody else");
  EXPECT_EQ(text("other/file"), "of somebody else");
  EXPECT_THAT(keys(), ElementsAre("other/file", "renders/ad.mp4"));
}

TEST_F(FolderStoreTest, StaysInItsFolder) {
  folder.write("outside", "planted-secret");
  fs::create_symlink(folder.path(), folder.path("store/out"));
  fs::create_symlink(folder.path("outside"), folder.path("store/link"));
  for (const char* key : {"../outside", "out/outside", "link", "a/../../outside", "/etc/passwd"}) {
    EXPECT_EQ(store->stat(key).error().code, Code::kNotFound) << key;
  }
  EXPECT_THAT(keys(), ElementsAre());
  ASSERT_TRUE(store->put("../outside", content(1), {}).ok());
  EXPECT_EQ(folder.read("outside"), "planted-secret");
}

TEST_F(FolderStoreTest, OnlyFilesAreObjects) {
  fs::create_directory(folder.path("store/folder"));
  ASSERT_EQ(mkfifo(folder.path("store/fifo").c_str(), 0600), 0);
  EXPECT_EQ(store->stat("folder").error().code, Code::kNotFound);
  EXPECT_EQ(store->stat("fifo").error().code, Code::kNotFound);
  EXPECT_THAT(keys(), ElementsAre());
  EXPECT_TRUE(store->remove("folder").ok());
  EXPECT_TRUE(fs::exists(folder.path("store/folder")));
}

TEST_F(FolderStoreTest, LeavesNothingOfUploadsBehind) {
  ASSERT_TRUE(store->put("a", content(1), {}).ok());
  ASSERT_TRUE(store->put("a", content(1), {.only_if_absent = true})->existed);
  EXPECT_FALSE(store->put("a/b", content(1), {}).ok());  // "a" is a file
  EXPECT_TRUE(fs::is_empty(folder.path("store/.rushes-uploads")));
}

TEST_F(FolderStoreTest, SeesAFileThatIsWrittenInPlace) {
  folder.write("store/a", "first content");
  const auto source = store->open(*store->stat("a"));
  folder.write("store/a", "other content!");
  std::vector<std::byte> out(5);
  const auto read = (*source)->read_at(0, out);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Code::kUnavailable);
}

TEST_F(FolderStoreTest, PutsPartsAgainThatWereNotWhole) {
  const auto upload = *store->start("a", {});
  ASSERT_TRUE(upload->put_part(1, content(100)).ok());
  ASSERT_TRUE(upload->put_part(2, content(100)).ok());
  for (const auto& file : fs::recursive_directory_iterator(folder.path("store"))) {
    if (file.path().filename() == "2") fs::resize_file(file.path(), 50);
  }
  const auto resumed = store->resume(upload->state());
  ASSERT_TRUE(resumed.ok());
  ASSERT_EQ((*resumed)->parts().size(), 1u);
  EXPECT_EQ((*resumed)->parts()[0].number, 1);
}

}  // namespace
}  // namespace rushes::store
