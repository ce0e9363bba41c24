// The parts of the command line that need no engine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/uri.h"
#include "cache_folder.h"
#include "console.h"
#include "frame_range.h"
#include "numbers.h"
#include "output_path.h"
#include "progress.h"
#include "task_json.h"
#include "time_text.h"
#include "timeline_file.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

ProgramSummary program_of(int64_t frames, const std::string& fps) {
  ProgramSummary program;
  program.frames = frames;
  program.fps_text = fps;
  program.duration_text = "?";
  return program;
}

TEST(FrameRangeTest, ReadsBothEnds) {
  const ProgramSummary program = program_of(100, "30");
  const auto range = [&](const std::string& text) {
    const auto parsed = parse_frames(text, program);
    return parsed.ok() ? std::pair(parsed->first, parsed->end)
                       : std::pair(int64_t{-1}, int64_t{-1});
  };
  EXPECT_EQ(range(""), std::pair(int64_t{0}, int64_t{100}));
  EXPECT_EQ(range("10:20"), std::pair(int64_t{10}, int64_t{20}));
  EXPECT_EQ(range("10:"), std::pair(int64_t{10}, int64_t{100}));
  EXPECT_EQ(range(":1"), std::pair(int64_t{0}, int64_t{1}));
}

TEST(FrameRangeTest, RefusesWhatIsNoRange) {
  const ProgramSummary program = program_of(100, "30");
  for (const std::string text : {"5", "a:b", "-1:5", "5:5", "6:5", "0:101", "1:2:3", "1.5:2",
                                 "99999999999999999999:", "0x1:2", " 1:2"}) {
    const auto range = parse_frames(text, program);
    ASSERT_FALSE(range.ok()) << text;
    EXPECT_EQ(range.error().number, kFrameRange);
  }
}

TEST(FrameAtTest, IsTheFrameThatIsSeen) {
  const ProgramSummary program = program_of(100, "30000/1001");
  EXPECT_EQ(*frame_at("0", program), 0);
  EXPECT_EQ(*frame_at("1", program), 29);
  EXPECT_EQ(*frame_at("1.001", program), 30);
  for (const std::string text : {"-1", "3.337", "x", "1e9", ""}) {
    EXPECT_FALSE(frame_at(text, program).ok()) << text;
  }
}

TEST(PrintableTest, LetsNoControlCharacterThrough) {
  EXPECT_EQ(printable("plain \xc3\xa4 text"), "plain \xc3\xa4 text");
  EXPECT_EQ(printable("\033[31mred\r"), "\\x1b[31mred\\x0d");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "b"),
            "a\\x9b"
            "b");
  EXPECT_EQ(printable("one\ntwo"), "one\n  two");
}

TEST(NumberTest, EveryErrorHasOne) {
  EXPECT_EQ(number_of({base::Code::kInvalidArgument, "", 0}), 1);
  EXPECT_EQ(number_of({base::Code::kInternal, "", 0}), 9);
  EXPECT_EQ(number_of({base::Code::kCorrupt, "", 123}), 123);
  EXPECT_EQ(code_text(102, false), "E0102");
  EXPECT_EQ(code_text(1180, true), "W1180");
}

TEST(VariablesTest, AreSplitAtTheFirstEqualsSign) {
  const auto set = parse_variables({"a=1", "b=x=y", "c="});
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(*set, (Variables{{"a", "1"}, {"b", "x=y"}, {"c", ""}}));
  EXPECT_FALSE(parse_variables({"a"}).ok());
  EXPECT_FALSE(parse_variables({"=a"}).ok());
}

TEST(DurationTest, IsShort) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(67.4), "1:07");
  EXPECT_EQ(duration_text(3723), "1:02:03");
}

TEST(SummaryTest, TakesNoNonsense) {
  const nlohmann::json good = {{"width", 1080},
                               {"height", 1920},
                               {"fps", "30"},
                               {"frames", 645},
                               {"duration", "43/2"},
                               {"audio", true},
                               {"inputs", {{{"src", "a"}, {"identity", "1:2"}}}},
                               {"fonts", nlohmann::json::array()},
                               {"numeric_class", "x"}};
  const auto summary = summary_from_json(good);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->duration, 21.5);
  for (const char* key : {"width", "fps", "frames", "inputs", "audio", "numeric_class"}) {
    nlohmann::json bad = good;
    bad.erase(key);
    EXPECT_FALSE(summary_from_json(bad).ok()) << key;
    bad[key] = nullptr;
    EXPECT_FALSE(summary_from_json(bad).ok()) << key;
  }
  nlohmann::json empty = good;
  empty["frames"] = 0;
  EXPECT_FALSE(summary_from_json(empty).ok());
}

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::string pattern = fs::temp_directory_path() / "rushes-units-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~FolderTest() override { fs::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  fs::path folder;
};

class OutputPathTest : public FolderTest {
 protected:
  OutputPathTest() {
    timeline.name = write("ad.json", "{}");
    timeline.folder = folder;
    timeline.sources = {"clip.mp4"};
    write("clip.mp4", "x");
  }
  base::Result<std::string> path(const std::string& wanted) const {
    return output_path({.wanted = wanted, .extensions = {".mp4"}}, timeline);
  }
  TimelineFile timeline;
};

TEST_F(OutputPathTest, IsBesideTheTimelineByDefault) {
  EXPECT_EQ(*path(""), folder / "ad.mp4");
  timeline.name = "<stdin>";
  EXPECT_EQ(path("").error().number, kUsage);
}

TEST_F(OutputPathTest, IsNeverAFileThatIsRead) {
  fs::create_symlink(folder / "clip.mp4", folder / "link.mp4");
  fs::create_hard_link(folder / "clip.mp4", folder / "same.mp4");
  for (const std::string name : {"clip.mp4", "link.mp4", "same.mp4"}) {
    EXPECT_EQ(path(folder / name).error().number, kOutputIsInput) << name;
  }
  timeline.name = write("timeline.mp4", "{}");
  EXPECT_EQ(path("").error().number, kOutputIsInput);
}

TEST_F(OutputPathTest, IsAPlaceForAFile) {
  fs::create_directory(folder / "folder.mp4");
  fs::create_symlink("/dev/null", folder / "null.mp4");
  for (const std::string name : {"none/a.mp4", "folder.mp4", "null.mp4", "a.avi", "a"}) {
    EXPECT_EQ(path(folder / name).error().number, kOutputUnusable) << name;
  }
  write("old.mp4", "old");
  EXPECT_TRUE(path(folder / "old.mp4").ok());
}

class WorkFolderTest : public FolderTest {
 protected:
  WorkFolderTest() { setenv("XDG_CACHE_HOME", folder.c_str(), 1); }
  size_t count() const {
    size_t n = 0;
    for (const auto& entry : fs::directory_iterator(folder / "rushes")) n += entry.is_directory();
    return n;
  }
};

TEST_F(WorkFolderTest, IsPrivateAndGoesAway) {
  std::string path;
  {
    auto work = WorkFolder::create();
    ASSERT_TRUE(work.ok());
    path = work->path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    std::ofstream(work->path("packets")) << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(WorkFolderTest, RemovesWhatAKilledRenderLeft) {
  auto first = WorkFolder::create();
  ASSERT_TRUE(first.ok());
  fs::create_directory(folder / "rushes" / "render-abcdef");
  write("rushes/render-abcdef/lock", "");
  write("rushes/render-abcdef/packets", "x");
  const auto second = WorkFolder::create();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(count(), 2u);
  EXPECT_TRUE(fs::exists(first->path()));
}

// Whoever is killed before the lock is made, or after it is removed, leaves a folder without one.
TEST_F(WorkFolderTest, RemovesWhatWasLeftWithoutALock) {
  fs::create_directories(folder / "rushes" / "render-abcdef");
  ASSERT_TRUE(WorkFolder::create().ok());
  EXPECT_FALSE(fs::exists(folder / "rushes" / "render-abcdef"));
}

// Nobody takes away what another one is only just making.
TEST_F(WorkFolderTest, ManyAreMadeAtOnce) {
  std::array<std::thread, 4> makers;
  for (std::thread& maker : makers) {
    maker = std::thread([] {
      for (int k = 0; k < 50; ++k) {
        const auto work = WorkFolder::create();
        ASSERT_TRUE(work.ok());
        EXPECT_TRUE(fs::exists(work->path("lock")));
      }
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(count(), 0U);
}

// One without a lock would be taken for left behind.
TEST_F(WorkFolderTest, IsNoneWithoutALock) {
  ASSERT_TRUE(WorkFolder::create().ok());
  setenv("TMPDIR", (folder / "tmp").c_str(), 1);
  fs::create_directories(folder / "tmp");
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const int next = dup(STDERR_FILENO);
  close(next);
  // Enough for the lock of makers, not for the folder's own beside it.
  const rlimit few = {static_cast<rlim_t>(next) + 1, files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto work = WorkFolder::create();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  unsetenv("TMPDIR");
  EXPECT_FALSE(work.ok());
  EXPECT_EQ(count(), 0U);
}

TEST_F(WorkFolderTest, GoesElsewhereWhereItCannotBe) {
  write("rushes", "a file in its place");
  setenv("TMPDIR", (folder / "tmp").c_str(), 1);
  const auto work = WorkFolder::create();
  unsetenv("TMPDIR");
  ASSERT_TRUE(work.ok()) << work.error().message;
  EXPECT_THAT(work->path(), HasSubstr((folder / "tmp").string()));
}

TEST(Times, AreReadAsTheyAreWritten) {
  const std::vector<std::pair<std::string, nlohmann::json>> times = {
      {"0", {{"seconds", "0"}}},
      {"418.5", {{"seconds", "837/2"}}},
      {"418.5s", {{"seconds", "837/2"}}},
      {"6:58", {{"seconds", "418"}}},
      {"90:00", {{"seconds", "5400"}}},
      {"1:06:58.25", {{"seconds", "16073/4"}}},
      {"12540f", {{"frame", 12540}}},
      {"1970-01-01T00:00:00Z", {{"clock", "0"}}},
      {"2026-02-03T01:00:00Z", {{"clock", "1770080400"}}},
      {"2026-02-03 09:00:00.5+08:00", {{"clock", "3540160801/2"}}},
      {"2026-02-02T20:30:00-0430", {{"clock", "1770080400"}}}};
  for (const auto& [text, time] : times) {
    const auto got = parse_time(text, "--from");
    ASSERT_TRUE(got.ok()) << text;
    EXPECT_EQ(*got, time) << text;
  }
  for (const char* text : {"",
                           " ",
                           "f",
                           "s",
                           ":",
                           "1:",
                           ":1",
                           "1:60",
                           "1:60:00",
                           "1:2:3:4",
                           "-1",
                           "1e3",
                           "1.",
                           "1.5f",
                           "0x10",
                           "1234567890",
                           "2026-02-30T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:00:00",
                           "2026-01-01T00:00:00+8",
                           "2026-1-1T00:00:00Z",
                           "1 2"}) {
    EXPECT_EQ(parse_time(text, "--from").error().number, kUsage) << text;
  }
}

TEST(Sizes, AreReadAsTheyAreWritten) {
  const std::vector<std::pair<std::string, uint64_t>> sizes = {
      {"0", 0},     {"123456", 123456}, {"500M", 500 << 20}, {"2g", 2UL << 30}, {"1.5G", 3UL << 29},
      {".5k", 512}, {"1T", 1UL << 40},  {"0.001K", 1}};
  for (const auto& [text, bytes] : sizes) {
    const auto size = parse_size(text, "--memory");
    ASSERT_TRUE(size.ok()) << text;
    EXPECT_EQ(*size, bytes) << text;
  }
  for (const char* text : {"", "G", "-1G", "1e3", "1X", "1GG", "nan", "inf", "0x10", "1.5.G", "1.5",
                           "9999999T", "99999999999999999999"}) {
    EXPECT_EQ(parse_size(text, "--memory").error().number, kUsage) << text;
  }
}

TEST(Timelines, HideWhatMayBeSecretInAddresses) {
  const std::string text = R"({"version": 1, "variables": {"v": "https://host/v.mp4?made=of"},
"output": {"size": "320x180", "fps": 30}, "tracks": [{"clips": [{"text": "日本"},
  {"video": "https://host/a.mp4?X=planted&y=1"}, {"image": "https://user:planted@host/b.png"},
  {"text": "https://host/a.mp4?X=planted&y=1"}, {"video": "https://host/a.mp4?1____________"},
  {"text": "日本", "duration": 1}, {"video": "https://host/a.mp4?X=planted&y=1"},
  {"image": "c.png?d"}, {"video": "{{v}}"}, {"image": "https://host/e.png?x"}]}]})";
  const TimelineFile timeline = timeline_of(text, "ad.json", "/folder");
  const std::vector<std::string> addresses = {
      "https://host/a.mp4?X=planted&y=1", "https://user:planted@host/b.png",
      "https://host/a.mp4?1____________", "/folder/c.png?d",
      "https://host/v.mp4?made=of",       "https://host/e.png?x",
  };
  std::vector<std::string> found;
  for (const std::string& src : timeline.sources) {
    EXPECT_THAT(src, Not(HasSubstr("planted")));
    found.push_back(timeline.path_of(src));
  }
  EXPECT_EQ(found, addresses);
  // What is shown stays, and so do the places of all that stands there.
  EXPECT_EQ(timeline.text.size(), text.size());
  EXPECT_THAT(timeline.text, HasSubstr(R"({"text": "https://host/a.mp4?X=planted&y=1"})"));
  const auto before = timeline::sources(timeline::load(text, "ad.json"));
  const auto after = timeline::sources(timeline.loaded);
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].place, before[i].place);
    EXPECT_EQ(base::shown_uri(after[i].src), base::shown_uri(before[i].src));
  }
}

TEST_F(FolderTest, TimelinesAreFoundAndNamed) {
  const std::string file = write("ad.json", "{");
  const auto timeline = read_timeline(file, {});
  ASSERT_TRUE(timeline.ok());
  EXPECT_FALSE(timeline->loaded.ok());
  EXPECT_EQ(timeline->path_of("sub/../a.jpg"), folder / "a.jpg");
  EXPECT_EQ(timeline->path_of("/b.jpg"), "/b.jpg");
  for (const std::string& path : {(folder / "none.json").string(), folder.string()}) {
    EXPECT_EQ(read_timeline(path, {}).error().number, kDocumentUnreadable) << path;
  }
}

}  // namespace
}  // namespace rushes::app
