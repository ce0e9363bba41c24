#include "chapters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
    const auto found = chapters_of({path(name)}, probe_);
    if (!found.ok()) return {found.error().message};
    std::vector<std::string> names;
    for (const fs::path file : *found) names.push_back(file.filename());
    return names;
  }

  // What a camera leaves: a file of this size, of which an engine would say this.
  void record(const std::string& name, uint64_t bytes, const json& info) {
    touch({name});
    fs::resize_file(path(name), bytes);
    known_[path(name)] = info;
    known_[path(name)]["size"] = bytes;
  }

  fs::path folder_;
  std::map<std::string, json> known_;
  std::vector<std::string> probed_;
  const ProbeFile probe_ = [this](const std::string& file) -> std::optional<json> {
    probed_.push_back(fs::path(file).filename());
    const auto at = known_.find(file);
    return at != known_.end() ? std::optional(at->second) : std::nullopt;
  };
};

constexpr uint64_t kFull = 3'900'000'000, kSmall = 1'000'000'000;

// Of a picture and sound, made at `clock` of an hour.
json info_of(const std::string& clock, int seconds) {
  return {{"duration", std::to_string(seconds)},
          {"creation_time", "2026-02-03T01:" + clock + ".000000Z"},
          {"streams",
           {{{"kind", "video"}, {"codec", "hevc"}, {"width", 3840}, {"frame_rate", "60000/1001"}},
            {{"kind", "audio"}, {"codec", "aac"}, {"sample_rate", 48000}}}}};
}

TEST_F(Chapters, NamesOfHero6AndLater) {
  touch({"GX010123.MP4", "GX020123.MP4", "GX030123.MP4", "GX010124.MP4", "GX020123.LRV",
         "GH020123.MP4"});
  EXPECT_THAT(of("GX010123.MP4"), ElementsAre("GX010123.MP4", "GX020123.MP4", "GX030123.MP4"));
  EXPECT_THAT(of("GX010124.MP4"), ElementsAre("GX010124.MP4"));
  EXPECT_THAT(of("GX020123.MP4"), ElementsAre("GX020123.MP4"));
  EXPECT_THAT(of(""), ElementsAre(HasSubstr("3 recordings")));
}

TEST_F(Chapters, OfACardLieInFoldersOfItsDcim) {
  fs::create_directories(path("DCIM/100GOPRO"));
  fs::create_directories(path("DCIM/101GOPRO"));
  fs::create_directories(path("MISC/deeper"));
  touch({"DCIM/100GOPRO/GX010123.MP4", "DCIM/100GOPRO/GX020123.MP4", "MISC/GX010001.MP4",
         "DCIM/GX010002.txt"});
  EXPECT_THAT(of(""), ElementsAre("GX010123.MP4", "GX020123.MP4"));
  EXPECT_THAT(of("DCIM"), ElementsAre("GX010123.MP4", "GX020123.MP4"));
  touch({"DCIM/101GOPRO/GX010123.MP4"});
  EXPECT_THAT(of(""), ElementsAre(HasSubstr("2 recordings; name the first chapter of one: "
                                            "DCIM/100GOPRO/GX010123.MP4, "
                                            "DCIM/101GOPRO/GX010123.MP4")));
  touch({"a.mp4"});
  EXPECT_THAT(*videos_in(folder_),
              ElementsAre(path("DCIM/100GOPRO/GX010123.MP4"), path("DCIM/100GOPRO/GX020123.MP4"),
                          path("DCIM/101GOPRO/GX010123.MP4"), path("a.mp4")));
}

TEST_F(Chapters, NamesOfHero5AndBefore) {
  touch({"GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4", "GOPR0123.THM"});
  EXPECT_THAT(of("GOPR0123.MP4"), ElementsAre("GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4"));
  EXPECT_THAT(of(""), ElementsAre("GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4"));
  EXPECT_THAT(of("GP010123.MP4"), ElementsAre("GP010123.MP4"));
}

TEST_F(Chapters, NamesOfInsta360) {
  touch({"VID_20260203_010000_00_017.mp4", "VID_20260203_010000_00_018.mp4",
         "VID_20260203_010000_00_019.mp4", "LRV_20260203_010000_01_017.mp4",
         "VID_20260203_013000_00_020.mp4", "VID_20260203_020000_00_021.insv",
         "VID_20260203_020000_10_021.insv", "VID_20260203_020000_00_022.insv",
         "VID_20260203_020000_10_022.insv", "LRV_20260203_020000_11_021.insv"});
  EXPECT_THAT(of("VID_20260203_010000_00_017.mp4"),
              ElementsAre("VID_20260203_010000_00_017.mp4", "VID_20260203_010000_00_018.mp4",
                          "VID_20260203_010000_00_019.mp4"));
  EXPECT_THAT(of("VID_20260203_010000_00_018.mp4"), ElementsAre("VID_20260203_010000_00_018.mp4"));
  EXPECT_THAT(of("VID_20260203_013000_00_020.mp4"), ElementsAre("VID_20260203_013000_00_020.mp4"));
  // Each lens has its own.
  EXPECT_THAT(of("VID_20260203_020000_10_021.insv"),
              ElementsAre("VID_20260203_020000_10_021.insv", "VID_20260203_020000_10_022.insv"));
  EXPECT_THAT(of("LRV_20260203_010000_01_017.mp4"), ElementsAre("LRV_20260203_010000_01_017.mp4"));
  EXPECT_THAT(of(""), ElementsAre(HasSubstr("4 recordings")));
  fs::remove(path("VID_20260203_010000_00_018.mp4"));
  EXPECT_THAT(of("VID_20260203_010000_00_017.mp4"),
              ElementsAre(HasSubstr("chapter 18 is missing before")));
  EXPECT_THAT(probed_, IsEmpty());
}

TEST_F(Chapters, OfDjiThoseWhoseClocksGoOn) {
  record("DJI_0007.MP4", kFull, info_of("00:00", 420));
  record("DJI_0008.MP4", kFull, info_of("07:01", 421));
  record("DJI_0009.MP4", kSmall, info_of("14:01", 60));
  // Begins when the one before has ended, which was not full.
  record("DJI_0010.MP4", kSmall, info_of("15:01", 60));
  record("DJI_0011.LRF", kSmall, info_of("16:01", 60));
  const auto all = ElementsAre("DJI_0007.MP4", "DJI_0008.MP4", "DJI_0009.MP4");
  EXPECT_THAT(of("DJI_0007.MP4"), all);
  EXPECT_THAT(of("DJI_0008.MP4"), ElementsAre("DJI_0008.MP4"));
  EXPECT_THAT(of("DJI_0010.MP4"), ElementsAre("DJI_0010.MP4"));
  EXPECT_THAT(of(""), ElementsAre(HasSubstr("2 recordings; name the first chapter of one: "
                                            "DJI_0007.MP4, DJI_0010.MP4")));
  const auto found = recordings_of(
      {path("DJI_0007.MP4"), path("DJI_0008.MP4"), path("DJI_0009.MP4"), path("DJI_0010.MP4")},
      probe_);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].chapters->size(), 3U);
  fs::remove(path("DJI_0010.MP4"));
  EXPECT_THAT(of(""), all);
}

TEST_F(Chapters, DjiMayDateFilesByTheirEnds) {
  record("DJI_0007.MP4", kFull, info_of("07:00", 420));
  record("DJI_0008.MP4", kSmall, info_of("08:01", 60));
  EXPECT_THAT(of("DJI_0007.MP4"), ElementsAre("DJI_0007.MP4", "DJI_0008.MP4"));
}

TEST_F(Chapters, DatesInNamesCountToo) {
  json first = info_of("00:00", 420), next = info_of("00:00", 60);
  // A camera whose clock was never set.
  for (json* info : {&first, &next}) info->erase("creation_time");
  record("DJI_20260203090000_0007_D.MP4", kFull, first);
  record("DJI_20260203090701_0008_D.MP4", kSmall, next);
  EXPECT_THAT(of("DJI_20260203090000_0007_D.MP4"),
              ElementsAre("DJI_20260203090000_0007_D.MP4", "DJI_20260203090701_0008_D.MP4"));
  // Of the same number, but on another day; and of another lens.
  record("DJI_20260204090701_0008_D.MP4", kSmall, next);
  record("DJI_20260203090701_0008_W.MP4", kSmall, next);
  EXPECT_THAT(of("DJI_20260203090000_0007_D.MP4"),
              ElementsAre("DJI_20260203090000_0007_D.MP4", "DJI_20260203090701_0008_D.MP4"));
  fs::remove(path("DJI_20260203090701_0008_D.MP4"));
  EXPECT_THAT(of("DJI_20260203090000_0007_D.MP4"), ElementsAre("DJI_20260203090000_0007_D.MP4"));
}

TEST_F(Chapters, RecordingsOfTheirOwnAreNotJoined) {
  const json first = info_of("00:00", 420), next = info_of("07:01", 60);
  const auto joined = [&](uint64_t bytes, const json& a, const json& b, uint64_t next_bytes) {
    record("DJI_0007.MP4", bytes, a);
    record("DJI_0008.MP4", next_bytes, b);
    return of("DJI_0007.MP4").size() == 2;
  };
  EXPECT_TRUE(joined(kFull, first, next, kSmall));
  EXPECT_TRUE(joined(16'500'000'000, first, next, kSmall));
  EXPECT_FALSE(joined(kSmall, first, next, kSmall));
  EXPECT_FALSE(joined(8'000'000'000, first, next, kSmall));
  EXPECT_FALSE(joined(kFull, first, next, 2 * kFull));
  EXPECT_FALSE(joined(kFull, first, info_of("07:04", 60), kSmall));
  EXPECT_FALSE(joined(kFull, first, info_of("06:55", 60), kSmall));
  json other = next;
  other["streams"][0]["width"] = 1920;
  EXPECT_FALSE(joined(kFull, first, other, kSmall));
  other = next;
  other["streams"][0]["frame_rate"] = "30000/1001";
  EXPECT_FALSE(joined(kFull, first, other, kSmall));
  other = next;
  other["streams"].erase(1);
  EXPECT_FALSE(joined(kFull, first, other, kSmall));
  other = next;
  other.erase("creation_time");
  EXPECT_FALSE(joined(kFull, first, other, kSmall));
  known_.erase(path("DJI_0008.MP4"));
  EXPECT_THAT(of("DJI_0007.MP4"), ElementsAre("DJI_0007.MP4"));
}

TEST_F(Chapters, FilesThatAreNotFullAreNotProbed) {
  record("DJI_0007.MP4", kSmall, info_of("00:00", 420));
  record("DJI_0008.MP4", kSmall, info_of("07:01", 60));
  EXPECT_THAT(of("DJI_0007.MP4"), ElementsAre("DJI_0007.MP4"));
  EXPECT_THAT(probed_, IsEmpty());
  for (const char* name : {"DJI_007.MP4", "DJI_00007.MP4", "DJI_20261303090000_0007_D.MP4",
                           "DJI_0007_001.MP4", "DJI_0007.JPG"}) {
    touch({name});
    EXPECT_THAT(of(name), ElementsAre(name));
  }
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
  const auto found = chapters_of({path("GX010123.MP4"), path("b.mp4")}, probe_);
  ASSERT_TRUE(found.ok());
  EXPECT_THAT(*found, ElementsAre(path("GX010123.MP4"), path("b.mp4")));
  EXPECT_FALSE(chapters_of({path("b.mp4"), path("")}, probe_).ok());
}

TEST_F(Chapters, OfAllFilesOfACardEachRecordingIsTakenOnce) {
  touch({"GX010123.MP4", "GX020123.MP4", "GX010124.MP4", "b.mov", "GX010123.THM", ".GX010125.MP4"});
  fs::create_directory(path("c.mp4"));
  const auto files = videos_in(path(""));
  ASSERT_TRUE(files.ok());
  const std::vector<NamedRecording> found = recordings_of(*files, probe_);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(*found[0].chapters, ElementsAre(path("GX010123.MP4"), path("GX020123.MP4")));
  EXPECT_THAT(*found[1].chapters, ElementsAre(path("GX010124.MP4")));
  EXPECT_THAT(*found[2].chapters, ElementsAre(path("b.mov")));
  EXPECT_EQ(videos_in(path("c.mp4")).error().code, base::Code::kNotFound);
  EXPECT_EQ(videos_in(path("gone")).error().code, base::Code::kNotFound);
}

TEST_F(Chapters, OneThatIsNotThereIsNoReasonToLeaveTheOthers) {
  touch({"GOPR0123.MP4", "GP020123.MP4", "b.mp4"});
  const auto found = recordings_of({path("GOPR0123.MP4"), path("gone.mp4"), path("b.mp4")}, probe_);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_FALSE(found[0].chapters.ok());
  EXPECT_FALSE(found[1].chapters.ok());
  EXPECT_TRUE(found[2].chapters.ok());
}

// Names tell all.
const ProbeFile no_probe = [](const std::string& path) -> std::optional<nlohmann::json> {
  ADD_FAILURE() << path << " was probed";
  return std::nullopt;
};

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
  const auto of = [&](const std::string& name) {
    return chapters_of({name}, no_probe, bucket.far());
  };
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
  EXPECT_THAT(chapters_of({"s3://b/GX010123.MP4"}, no_probe, bucket.far()).error().message,
              HasSubstr("chapter 2 is missing"));
}

// Who may read objects may not always list them.
TEST(FarChapters, AFolderThatMayNotBeListedIsToldOf) {
  Bucket bucket{{}, 0, {}, base::permission("AccessDenied")};
  const auto one = chapters_of({"s3://b/GX010123.MP4"}, no_probe, bucket.far());
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(*one, ElementsAre("s3://b/GX010123.MP4"));
  EXPECT_THAT(bucket.warnings, ElementsAre(HasSubstr("may not be listed")));
  EXPECT_FALSE(chapters_of({"s3://b/card/"}, no_probe, bucket.far()).ok());
  bucket.status = base::Error{base::Code::kUnavailable, "down"};
  EXPECT_FALSE(chapters_of({"s3://b/GX010123.MP4"}, no_probe, bucket.far()).ok());
}

TEST(FarChapters, VideosOfAFolderAndEachRecordingOnce) {
  Bucket bucket{{"s3://b/c/GX010123.MP4", "s3://b/c/GX020123.MP4", "s3://b/c/a.mov",
                 "s3://b/c/a.txt", "s3://b/c/.b.mp4", "s3://b/c/d/e.mp4"}};
  const auto videos = videos_in("s3://b/c/", bucket.far());
  ASSERT_TRUE(videos.ok());
  EXPECT_THAT(*videos,
              ElementsAre("s3://b/c/GX010123.MP4", "s3://b/c/GX020123.MP4", "s3://b/c/a.mov"));
  const auto found = recordings_of(*videos, no_probe, bucket.far());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].chapters->size(), 2u);
  EXPECT_EQ(videos_in("s3://b/none/", bucket.far()).error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace rushes::app
