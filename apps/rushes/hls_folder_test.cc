#include "hls_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/testing/scratch_folder.h"
#include "numbers.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

base::Result<HlsFolder> open_local(const std::string& folder) {
  ASSIGN_OR_RETURN(auto place, local_place(folder));
  return HlsFolder::open(std::move(place));
}

class HlsFolderTest : public testing::Test {
 protected:
  std::string text(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& content) const {
    fs::create_directories(folder_);
    std::ofstream(folder_ / name) << content;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      out.push_back(entry.path().filename());
    }
    std::ranges::sort(out);
    return out;
  }

  // Three pieces of a second, with a preview of the sound.
  HlsFolder started(const std::string& version = "00000001") const {
    auto opened = open_local(folder_);
    EXPECT_TRUE(opened.ok());
    HlsFolder hls = std::move(opened).value();
    const std::vector<HlsTrack> tracks = {{"video", version, {1, 1, 1}, 64, 48},
                                          {"audio", version, {1, 1, 1}},
                                          {"preview", version, {1, 1, 1}}};
    EXPECT_TRUE(hls.start({.fps = 30, .channels = 2, .sample_rate = 48000}, tracks).ok());
    return hls;
  }
  static void header(HlsFolder& hls, const std::string& rendition) {
    const json piece = {{"output", "header"},
                        {"codec", rendition.starts_with("video") ? "avc1.640014" : "mp4a.40.2"},
                        {"bytes", 500}};
    EXPECT_TRUE(hls.take(rendition, piece).ok());
  }
  static void piece(HlsFolder& hls, const std::string& rendition, size_t i) {
    EXPECT_TRUE(hls.take(rendition, {{"number", i}, {"bytes", 1000}, {"key_bytes", 100}}).ok());
  }

  // After two pieces of three were listed: the same list, until there are more.
  void begins_anew(HlsFolder& hls, const std::string& before) const {
    header(hls, "video");
    piece(hls, "video", 0);
    EXPECT_EQ(text("video.m3u8"), before);
    piece(hls, "video", 1);
    piece(hls, "video", 2);
    EXPECT_THAT(text("video.m3u8"), StartsWith(before));
  }

  base::ScratchFolder place_;
  const fs::path folder_ = place_.path("live");
};

TEST_F(HlsFolderTest, NothingIsListedBeforeItCanBePlayed) {
  HlsFolder hls = started();
  piece(hls, "video", 0);
  EXPECT_TRUE(names().empty());
  header(hls, "video");
  EXPECT_THAT(names(), ElementsAre("video.m3u8"));
  header(hls, "preview");
  piece(hls, "preview", 0);
  EXPECT_THAT(names(), ElementsAre("master.m3u8", "preview.m3u8", "video.m3u8"));
  EXPECT_THAT(text("master.m3u8"), HasSubstr("BANDWIDTH=16000,"));
  EXPECT_THAT(text("master.m3u8"), HasSubstr("avc1.640014,mp4a.40.2"));
  EXPECT_EQ(hls.report()[0]["pieces"], 1);
}

TEST_F(HlsFolderTest, TheFinalSoundTakesThePlaceOfThePreview) {
  HlsFolder hls = started();
  for (const char* name : {"video", "audio", "preview"}) {
    header(hls, name);
    for (size_t i = 0; i < 3; ++i) piece(hls, name, i);
  }
  EXPECT_THAT(text("master.m3u8"), HasSubstr("URI=\"preview.m3u8\""));
  EXPECT_THAT(text("master.m3u8"), HasSubstr("loudness not adjusted"));
  ASSERT_TRUE(hls.finish().ok());
  EXPECT_THAT(text("master.m3u8"), HasSubstr("URI=\"audio.m3u8\""));
  EXPECT_THAT(text("master.m3u8"), Not(HasSubstr("loudness")));
  EXPECT_THAT(text("preview.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
}

TEST_F(HlsFolderTest, PictureAndSoundEndTogether) {
  HlsFolder hls = started();
  header(hls, "preview");
  for (size_t i = 0; i < 3; ++i) piece(hls, "preview", i);
  EXPECT_THAT(text("preview.m3u8"), HasSubstr("preview_00000001_00002"));
  EXPECT_THAT(text("preview.m3u8"), Not(HasSubstr("#EXT-X-ENDLIST")));
  header(hls, "video");
  for (size_t i = 0; i < 2; ++i) piece(hls, "video", i);
  EXPECT_THAT(text("preview.m3u8"), Not(HasSubstr("#EXT-X-ENDLIST")));
  // Who comes after somebody who was killed here carries on.
  const std::string before = text("preview.m3u8");
  { const HlsFolder gone = std::move(hls); }
  hls = started();
  EXPECT_EQ(text("preview.m3u8"), before);
  for (const char* name : {"video", "preview"}) {
    header(hls, name);
    for (size_t i = 0; i < 3; ++i) piece(hls, name, i);
  }
  EXPECT_THAT(text("preview.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
  EXPECT_THAT(text("video.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
  header(hls, "audio");
  for (size_t i = 0; i < 3; ++i) piece(hls, "audio", i);
  EXPECT_THAT(text("audio.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
}

// A task that was killed begins anew.
TEST_F(HlsFolderTest, APieceThatComesAgainIsNotListedTwice) {
  HlsFolder hls = started();
  header(hls, "video");
  piece(hls, "video", 0);
  piece(hls, "video", 1);
  const std::string before = text("video.m3u8");
  begins_anew(hls, before);
  EXPECT_EQ(hls.report()[0]["pieces"], 3);
}

TEST_F(HlsFolderTest, OlderVersionsGoAndWhatIsNotOursStays) {
  {
    HlsFolder hls = started("0000aaaa");
    header(hls, "video");
    piece(hls, "video", 0);
    for (size_t i = 0; i < 2; ++i) write(fs::path(hls.piece_path("video", i)).filename(), "old");
  }
  write("video_00000001_00000.m4s", "from the cache of a player");
  for (const char* name : {"video_mine_00000.m4s", "video_0000aaaa_1.m4s", "notes.m3u8"}) {
    write(name, "not ours");
  }
  started("00000001");
  EXPECT_THAT(names(), ElementsAre("notes.m3u8", "video_00000001_00000.m4s", "video_0000aaaa_1.m4s",
                                   "video_mine_00000.m4s"));
}

TEST_F(HlsFolderTest, AnInterruptedPlaylistIsCarriedOn) {
  {
    HlsFolder hls = started();
    header(hls, "video");
    for (size_t i = 0; i < 2; ++i) {
      piece(hls, "video", i);
      write(fs::path(hls.piece_path("video", i)).filename(), "piece");
    }
  }
  const std::string before = text("video.m3u8");
  HlsFolder hls = started();
  EXPECT_EQ(text("video.m3u8"), before);
  EXPECT_EQ(names().size(), 3U);
  begins_anew(hls, before);
  EXPECT_THAT(text("video.m3u8"), HasSubstr("video_00000001_00002"));
}

TEST_F(HlsFolderTest, AnotherOnesPlaylistIsLeftAlone) {
  write("video.m3u8", "#EXTM3U\nmine.ts\n");
  const auto refused = open_local(folder_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().number, kOutputUnusable);
  EXPECT_THAT(refused.error().message, HasSubstr("video.m3u8"));
  EXPECT_EQ(text("video.m3u8"), "#EXTM3U\nmine.ts\n");
}

TEST_F(HlsFolderTest, FoldersThatCannotBe) {
  write("file", "");
  for (const fs::path& path :
       {folder_ / "file", folder_ / "file/below", fs::path(place_.path("a/b"))}) {
    const auto refused = open_local(path);
    ASSERT_FALSE(refused.ok()) << path;
    EXPECT_EQ(refused.error().number, kOutputUnusable);
  }
}

// A ladder: all pictures are listed at once, and end together.
TEST_F(HlsFolderTest, PlayersChooseAmongPictures) {
  auto opened = open_local(folder_);
  ASSERT_TRUE(opened.ok());
  HlsFolder hls = std::move(opened).value();
  const std::vector<HlsTrack> tracks = {{"video-720p", "0000000a", {1, 1}, 1280, 720},
                                        {"video-360p", "0000000b", {1, 1}, 640, 360},
                                        {"audio", "0000000c", {1, 1}}};
  ASSERT_TRUE(hls.start({.fps = 30, .channels = 2, .sample_rate = 48000}, tracks).ok());
  for (const HlsTrack& track : tracks) {
    EXPECT_THAT(names(), Not(testing::Contains("master.m3u8")));
    header(hls, track.name);
    piece(hls, track.name, 0);
  }
  EXPECT_THAT(text("master.m3u8"), HasSubstr("RESOLUTION=1280x720"));
  EXPECT_THAT(text("master.m3u8"), HasSubstr("video-360p.m3u8"));
  EXPECT_THAT(text("master.m3u8"), Not(HasSubstr("I-FRAME")));
  piece(hls, "video-720p", 1);
  piece(hls, "audio", 1);
  EXPECT_THAT(text("video-720p.m3u8"), Not(HasSubstr("#EXT-X-ENDLIST")));
  piece(hls, "video-360p", 1);
  for (const char* name : {"video-720p.m3u8", "video-360p.m3u8", "audio.m3u8"}) {
    EXPECT_THAT(text(name), HasSubstr("#EXT-X-ENDLIST")) << name;
  }
  ASSERT_TRUE(hls.finish().ok());
  EXPECT_THAT(text("master.m3u8"), HasSubstr("AVERAGE-BANDWIDTH=16000,"));
  EXPECT_THAT(text("master.m3u8"), HasSubstr("URI=\"keyframes-360p.m3u8\""));
  EXPECT_THAT(text("keyframes-360p.m3u8"),
              HasSubstr("#EXT-X-BYTERANGE:100@0\nvideo-360p_0000000b"));
  EXPECT_THAT(text("manifest.mpd"), HasSubstr("<Representation id=\"video-720p_0000000a\""));
  EXPECT_THAT(text("manifest.mpd"), HasSubstr("mediaPresentationDuration=\"PT2.000S\""));
}

TEST_F(HlsFolderTest, AnotherLadderTakesThePlaceOfTheFirst) {
  for (const char* name : {"keyframes-720p.m3u8", "video-720p.m3u8", "master.m3u8"}) {
    write(name, std::string(plan::kPlaylistMark));
  }
  write("manifest.mpd", std::string(plan::kManifestMark));
  write("video-720p_0000000a_00000.m4s", "piece");
  write("video-Mine_0000000a_00000.m4s", "not ours");
  started();
  EXPECT_THAT(names(), ElementsAre("video-Mine_0000000a_00000.m4s"));
  write("manifest.mpd", "<MPD/>");
  EXPECT_FALSE(open_local(folder_).ok());
}

TEST_F(HlsFolderTest, AnEmptyFolderThatWasMadeInVainGoes) {
  open_local(folder_)->give_up();
  EXPECT_FALSE(fs::exists(folder_));
  fs::create_directory(folder_);
  open_local(folder_)->give_up();
  EXPECT_TRUE(fs::exists(folder_));
  fs::remove(folder_);
  auto hls = open_local(folder_);
  write("notes.txt", "somebody's");
  hls->give_up();
  EXPECT_EQ(text("notes.txt"), "somebody's");
}

TEST_F(HlsFolderTest, WhatTheJailSaysIsNotTrusted) {
  HlsFolder hls = started();
  for (const json& piece : {json{{"number", 0}, {"bytes", 0}}, json{{"number", 0}, {"bytes", -5}},
                            json{{"number", 0}, {"bytes", 10}, {"key_bytes", 11}}}) {
    EXPECT_FALSE(hls.take("video", piece).ok()) << piece;
  }
  EXPECT_FALSE(hls.take("video", {{"codec", "avc1.640014\"\nURI=\"http://elsewhere"}}).ok());
}

}  // namespace
}  // namespace rushes::app
