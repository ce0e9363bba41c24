#include "chapters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Chapters : public testing::Test {
 protected:
  Chapters() {
    char name[] = "/tmp/rushes-chapters-XXXXXX";
    folder_ = fs::canonical(mkdtemp(name));
  }
  ~Chapters() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ / name; }
  void touch(const std::vector<std::string>& names) const {
    for (const std::string& name : names) std::ofstream(path(name)) << "x";
  }
  // Names in the folder, or what is wrong.
  std::vector<std::string> of(const std::string& name) const {
    const auto found = chapters_of({path(name)});
    if (!found.ok()) return {found.error().message};
    std::vector<std::string> names;
    for (const fs::path file : *found) names.push_back(file.filename());
    return names;
  }

  fs::path folder_;
};

TEST_F(Chapters, NamesOfHero6AndLater) {
  touch({"GX010123.MP4", "GX020123.MP4", "GX030123.MP4", "GX010124.MP4", "GX020123.LRV",
         "GH020123.MP4"});
  EXPECT_THAT(of("GX010123.MP4"), ElementsAre("GX010123.MP4", "GX020123.MP4", "GX030123.MP4"));
  EXPECT_THAT(of("GX010124.MP4"), ElementsAre("GX010124.MP4"));
  EXPECT_THAT(of("GX020123.MP4"), ElementsAre("GX020123.MP4"));
  EXPECT_THAT(of(""), ElementsAre(HasSubstr("3 recordings")));
}

TEST_F(Chapters, NamesOfHero5AndBefore) {
  touch({"GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4", "GOPR0123.THM"});
  EXPECT_THAT(of("GOPR0123.MP4"), ElementsAre("GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4"));
  EXPECT_THAT(of(""), ElementsAre("GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4"));
  EXPECT_THAT(of("GP010123.MP4"), ElementsAre("GP010123.MP4"));
}

TEST_F(Chapters, OneThatIsMissingIsToldOf) {
  touch({"GOPR0123.MP4", "GP020123.MP4"});
  EXPECT_THAT(of("GOPR0123.MP4"),
              ElementsAre(HasSubstr("chapter 1 is missing before \"GP020123.MP4\"")));
}

TEST_F(Chapters, OtherNamesAreRecordingsOfTheirOwn) {
  touch({"GX0101234.MP4", "gx010123.mp4", "GOPRABCD.MP4", "GXAB0123.MP4", "movie.mp4"});
  for (const char* name :
       {"GX0101234.MP4", "gx010123.mp4", "GOPRABCD.MP4", "GXAB0123.MP4", "movie.mp4"}) {
    EXPECT_THAT(of(name), ElementsAre(name));
  }
  EXPECT_THAT(of(""), ElementsAre(HasSubstr("no chapters with names that are known")));
  EXPECT_THAT(of("gone.mp4"), ElementsAre(HasSubstr("gone.mp4")));
}

TEST_F(Chapters, SeveralAreTakenAsTheyAre) {
  touch({"GX010123.MP4", "GX020123.MP4", "b.mp4"});
  const auto found = chapters_of({path("GX010123.MP4"), path("b.mp4")});
  ASSERT_TRUE(found.ok());
  EXPECT_THAT(*found, ElementsAre(path("GX010123.MP4"), path("b.mp4")));
  EXPECT_FALSE(chapters_of({path("b.mp4"), path("")}).ok());
}

TEST_F(Chapters, OfAllFilesOfACardEachRecordingIsTakenOnce) {
  touch({"GX010123.MP4", "GX020123.MP4", "GX010124.MP4", "b.mov", "GX010123.THM", ".GX010125.MP4"});
  fs::create_directory(path("c.mp4"));
  const auto files = videos_in(path(""));
  ASSERT_TRUE(files.ok());
  const std::vector<NamedRecording> found = recordings_of(*files);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(*found[0].chapters, ElementsAre(path("GX010123.MP4"), path("GX020123.MP4")));
  EXPECT_THAT(*found[1].chapters, ElementsAre(path("GX010124.MP4")));
  EXPECT_THAT(*found[2].chapters, ElementsAre(path("b.mov")));
  EXPECT_EQ(videos_in(path("c.mp4")).error().code, base::Code::kNotFound);
  EXPECT_EQ(videos_in(path("gone")).error().code, base::Code::kNotFound);
}

TEST_F(Chapters, OneThatIsNotThereIsNoReasonToLeaveTheOthers) {
  touch({"GOPR0123.MP4", "GP020123.MP4", "b.mp4"});
  const auto found = recordings_of({path("GOPR0123.MP4"), path("gone.mp4"), path("b.mp4")});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_FALSE(found[0].chapters.ok());
  EXPECT_FALSE(found[1].chapters.ok());
  EXPECT_TRUE(found[2].chapters.ok());
}

// A bucket, as a list of URIs; how often it was asked for one.
struct Bucket {
  std::vector<std::string> uris;
  int lists = 0;
  std::vector<std::string> warnings = {};
  base::Status status = {};

  FarFolders far() {
    return {.list = [this](const std::string& folder) -> base::Result<std::vector<std::string>> {
              ++lists;
              RETURN_IF_ERROR(status);
              std::vector<std::string> in;
              for (const std::string& uri : uris) {
                if (uri.starts_with(folder) && uri.find('/', folder.size()) == std::string::npos) {
                  in.push_back(uri);
                }
              }
              return in;
            },
            .warn = [this](const std::string& text,
                           const std::string& place) { warnings.push_back(place + ": " + text); }};
  }
};

TEST(FarChapters, AreFoundByTheirNamesAsThoseOfFolders) {
  Bucket bucket{{"s3://b/card/GX010123.MP4", "s3://b/card/GX020123.MP4", "s3://b/card/GX010124.MP4",
                 "s3://b/card/old/GX030123.MP4", "s3://b/GOPR0001.MP4", "s3://b/GP010001.MP4"}};
  const auto of = [&](const std::string& name) { return chapters_of({name}, bucket.far()); };
  EXPECT_THAT(*of("s3://b/card/GX010123.MP4"),
              ElementsAre("s3://b/card/GX010123.MP4", "s3://b/card/GX020123.MP4"));
  EXPECT_EQ(bucket.lists, 1);
  EXPECT_THAT(*of("s3://b/card/GX020123.MP4"), ElementsAre("s3://b/card/GX020123.MP4"));
  EXPECT_THAT(of("s3://b/card/").error().message, HasSubstr("2 recordings"));
  for (const char* root : {"s3://b", "s3://b/"}) {
    EXPECT_THAT(*of(root), ElementsAre("s3://b/GOPR0001.MP4", "s3://b/GP010001.MP4")) << root;
  }
  EXPECT_THAT(of("s3://b/none/").error().message, HasSubstr("s3://b/none/"));
  bucket.lists = 0;
  EXPECT_THAT(*of("s3://b/movie.mp4"), ElementsAre("s3://b/movie.mp4"));
  EXPECT_THAT(*of("https://example.org/GX010123.MP4"),
              ElementsAre("https://example.org/GX010123.MP4"));
  EXPECT_EQ(bucket.lists, 0);
}

TEST(FarChapters, OneThatIsMissingIsToldOf) {
  Bucket bucket{{"s3://b/GX010123.MP4", "s3://b/GX030123.MP4"}};
  EXPECT_THAT(chapters_of({"s3://b/GX010123.MP4"}, bucket.far()).error().message,
              HasSubstr("chapter 2 is missing"));
}

// Who may read objects may not always list them.
TEST(FarChapters, AFolderThatMayNotBeListedIsToldOf) {
  Bucket bucket{{}, 0, {}, base::permission("AccessDenied")};
  const auto one = chapters_of({"s3://b/GX010123.MP4"}, bucket.far());
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(*one, ElementsAre("s3://b/GX010123.MP4"));
  EXPECT_THAT(bucket.warnings, ElementsAre(HasSubstr("may not be listed")));
  EXPECT_FALSE(chapters_of({"s3://b/card/"}, bucket.far()).ok());
  bucket.status = base::Error{base::Code::kUnavailable, "down"};
  EXPECT_FALSE(chapters_of({"s3://b/GX010123.MP4"}, bucket.far()).ok());
}

TEST(FarChapters, VideosOfAFolderAndEachRecordingOnce) {
  Bucket bucket{{"s3://b/c/GX010123.MP4", "s3://b/c/GX020123.MP4", "s3://b/c/a.mov",
                 "s3://b/c/a.txt", "s3://b/c/.b.mp4", "s3://b/c/d/e.mp4"}};
  const auto videos = videos_in("s3://b/c/", bucket.far());
  ASSERT_TRUE(videos.ok());
  EXPECT_THAT(*videos,
              ElementsAre("s3://b/c/GX010123.MP4", "s3://b/c/GX020123.MP4", "s3://b/c/a.mov"));
  const auto found = recordings_of(*videos, bucket.far());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].chapters->size(), 2u);
  EXPECT_EQ(videos_in("s3://b/none/", bucket.far()).error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace rushes::app
