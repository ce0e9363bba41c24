// The programs as people meet them: rushes and rushes-engine, started, looked at and stopped.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace rushes {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr char kTimeline[] = R"({
  "version": 1,
  "variables": {"tint": {"type": "color", "default": "#336699"}},
  "output": {"size": "64x64", "fps": 30},
  "tracks": [[{"color": "{{tint}}", "duration": 1}, {"color": "#ff8800", "duration": 1}]]
})";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Ran {
  int exit = -1;
  std::string out, err;
  // The last line of what people see.
  std::string last_line() const {
    const std::string text = err.substr(0, err.find_last_not_of('\n') + 1);
    return text.substr(text.rfind('\n') + 1);
  }
};

class CliTest : public testing::Test {
 protected:
  CliTest() {
    std::string pattern = fs::temp_directory_path() / "rushes-cli-XXXXXX";
    folder = mkdtemp(pattern.data());
    fs::create_directory(folder / "cache");
    setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
    unsetenv("RUSHES_ENGINE");
    write("ad.json", kTimeline);
  }
  ~CliTest() override { fs::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }

  // Starts `rushes` in the folder, its output in files, or its messages in a pipe.
  pid_t start(std::vector<std::string> arguments, int err_pipe = -1) const {
    arguments.insert(arguments.begin(), RUSHES_PROGRAM);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      const int out = open((folder / "out.txt").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
      const int err = err_pipe >= 0
                          ? err_pipe
                          : open((folder / "err.txt").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
      dup2(out, STDOUT_FILENO);
      dup2(err, STDERR_FILENO);
      if (chdir(folder.c_str()) == 0) execv(argv[0], argv.data());
      _exit(127);
    }
    return pid;
  }
  Ran finish(pid_t pid) const {
    int status = 0;
    waitpid(pid, &status, 0);
    Ran ran;
    ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    ran.out = read_file(folder / "out.txt");
    ran.err = read_file(folder / "err.txt");
    fs::remove(folder / "out.txt");
    fs::remove(folder / "err.txt");
    return ran;
  }
  Ran run(const std::vector<std::string>& arguments) const { return finish(start(arguments)); }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  // Beside what is kept on purpose.
  std::vector<std::string> left_in_cache() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "cache")) {
      const std::string name = entry.path().lexically_relative(folder / "cache" / "rushes");
      const bool object =
          name.starts_with("objects/") && entry.path().filename().string()[0] != '.';
      if (entry.is_directory() || object || name == "lock" || name == "CACHEDIR.TAG") continue;
      names.push_back(name);
    }
    return names;
  }

  fs::path folder;
};

TEST_F(CliTest, RendersBesideTheTimeline) {
  const Ran ran = run({"render", "ad.json"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, StartsWith("rendering ad.json to "));
  EXPECT_THAT(ran.last_line(), HasSubstr("64x64, 60 frames at 30 fps"));
  EXPECT_EQ(read_file(folder / "ad.mp4").substr(4, 4), "ftyp");
  EXPECT_THAT(names(), UnorderedElementsAre("ad.json", "ad.mp4", "cache"));
  EXPECT_THAT(left_in_cache(), IsEmpty());
}

TEST_F(CliTest, SaysWhatItDidAsJson) {
  const Ran ran = run({"render", "ad.json", "-o", "b.mp4", "--json", "--progress", "none"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.err, IsEmpty());
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["version"], 1);
  EXPECT_EQ(report["ok"], true);
  EXPECT_EQ(report["frames"], 60);
  EXPECT_EQ(report["duration"], "2");
  EXPECT_EQ(report["encoder"], "libx264");
  EXPECT_EQ(report["audio"], nullptr);
  EXPECT_EQ(report["bytes"], fs::file_size(folder / "b.mp4"));
  EXPECT_EQ(report["hashes"]["xxh3_128"].get<std::string>().size(), 32u);
  EXPECT_EQ(report["warnings"], json::array());
  for (const char* phase : {"compile", "video", "assemble", "total"}) {
    EXPECT_TRUE(report["wall_seconds"].contains(phase)) << phase;
  }
}

TEST_F(CliTest, RendersOnlyWhatChanged) {
  const auto render = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"render", "ad.json",   "--json", "--progress",
                                          "none",   "--segment", "0.6"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    return json::parse(ran.out);
  };
  const json never = render({"--explain"});
  EXPECT_FALSE(fs::exists(folder / "ad.mp4"));
  EXPECT_EQ(never["explain"][0]["kept"], false);
  EXPECT_THAT(never["explain"][0]["why"][0].get<std::string>(), testing::HasSubstr("never"));

  const json first = render({});
  const size_t total = first["segments"]["total"];
  EXPECT_GE(total, 2u);
  EXPECT_EQ(first["segments"]["reused"], 0);
  const json again = render({});
  EXPECT_EQ(again["segments"], (json{{"total", total}, {"rendered", 0}, {"reused", total}}));
  for (const json& piece : render({"--explain"})["explain"]) EXPECT_EQ(piece["kept"], true);
}

TEST_F(CliTest, SegmentsThatShowTheSameAreToldAsOne) {
  std::ofstream(folder / "same.json") << R"({"version": 1,
      "output": {"size": "160x120", "fps": 30, "video": {"preset": "ultrafast"}},
      "tracks": [[{"color": "#333", "duration": 6}]]})";
  const std::vector<std::string> render = {"render", "same.json", "--json", "--progress",
                                           "none",   "--segment", "2s"};
  std::vector<std::string> explain = render;
  explain.emplace_back("--explain");
  const auto why = [&] {
    std::vector<std::string> out;
    const json report = json::parse(run(explain).out);
    for (const json& piece : report["explain"]) {
      out.push_back(piece["kept"] == true ? "kept" : piece["why"][0].get<std::string>());
    }
    return out;
  };
  const std::string same = "the same as frames 0 to 59, rendered once";
  EXPECT_THAT(why(), ElementsAre(HasSubstr("never"), same, same));
  const json report = json::parse(run(render).out);
  EXPECT_EQ(report["segments"], (json{{"total", 3}, {"rendered", 1}, {"reused", 2}}));
  EXPECT_THAT(why(), ElementsAre("kept", "kept", "kept"));
}

TEST_F(CliTest, SaysWhatItCannotReach) {
  std::ofstream(folder / "plain.json") << R"({"version": 1,
    "output": {"size": "64x36", "fps": 25, "video": {"bitrate": "4M", "preset": "ultrafast"}},
    "tracks": [[{"color": "red", "duration": 2}]]})";
  const Ran ran = run({"render", "plain.json", "--json", "--progress", "none", "--workers", "64",
                       "--memory", "300M"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["workers"], 2);
  std::vector<int> numbers;
  for (const json& warning : report["warnings"]) numbers.push_back(warning["number"]);
  EXPECT_THAT(numbers, testing::UnorderedElementsAre(308, 309));
}

TEST_F(CliTest, KeepsWhereItIsTold) {
  EXPECT_EQ(run({"render", "ad.json", "--cache", "kept", "--progress", "none"}).exit, 0);
  EXPECT_TRUE(fs::exists(folder / "kept" / "objects"));
  const json status = json::parse(run({"cache", "--cache", "kept", "--json"}).out);
  EXPECT_GT(status["objects"], 0);
  EXPECT_EQ(run({"cache", "clear", "--cache", "kept"}).exit, 0);
  EXPECT_EQ(json::parse(run({"cache", "status", "--cache", "kept", "--json"}).out)["objects"], 0);
  EXPECT_EQ(run({"cache", "prune", "--cache", "kept", "--cache-size", "much"}).exit, 2);
  EXPECT_EQ(run({"cache", "eat"}).exit, 2);
}

// A folder that is named by mistake stays as it is.
TEST_F(CliTest, CachesAreNotMadeByLookingAtThem) {
  EXPECT_EQ(run({"cache", "--cache", "nothing"}).exit, 0);
  EXPECT_FALSE(fs::exists(folder / "nothing"));
  // Work files lie where caches do when nobody says otherwise.
  fs::create_directories(folder / "cache" / "rushes" / "render-running");
  EXPECT_EQ(run({"cache"}).exit, 0);
  EXPECT_EQ(run({"cache", "--cache", "cache/rushes/"}).exit, 0);
  fs::create_directory(folder / "mine");
  write("mine/letter.txt", "dear");
  for (const char* command : {"status", "verify", "prune", "clear"}) {
    const Ran ran = run({"cache", command, "--cache", "mine"});
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.err, HasSubstr("is not a cache"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "mine"), fs::directory_iterator()), 1);
}

// The render's own pieces count, once it is done with them.
TEST_F(CliTest, CacheStaysBelowItsLimit) {
  EXPECT_EQ(
      run({"render", "ad.json", "--cache", "kept", "--cache-size", "0", "--progress", "none"}).exit,
      0);
  EXPECT_EQ(json::parse(run({"cache", "--cache", "kept", "--json"}).out)["objects"], 0);
}

TEST_F(CliTest, GivesTheSameBytesAgain) {
  const auto hash = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"render", "ad.json", "--json", "--progress", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json::parse(run(arguments).out)["hashes"];
  };
  EXPECT_EQ(hash({}), hash({"-o", "other.mp4"}));
  EXPECT_NE(hash({}), hash({"--set", "tint=#000000"}));
}

TEST_F(CliTest, RendersSomeFramesOnly) {
  const Ran ran = run({"render", "ad.json", "--frames", "10:40", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["frames"], 30);
  EXPECT_EQ(run({"render", "ad.json", "--frames", "50:70"}).exit, 2);
}

TEST_F(CliTest, MakesAStill) {
  const Ran ran = run({"render", "ad.json", "--still", "1.5", "-o", "x.png"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(read_file(folder / "x.png").substr(1, 3), "PNG");
  EXPECT_EQ(run({"render", "ad.json", "--still", "2", "-o", "x.png"}).exit, 2);
}

TEST_F(CliTest, ReadsATimelineFromStdin) {
  const base::UniqueFd input(open((folder / "ad.json").c_str(), O_RDONLY));
  const base::UniqueFd before(dup(STDIN_FILENO));
  dup2(input.get(), STDIN_FILENO);
  const Ran ran = run({"render", "-", "-o", "x.mp4"});
  dup2(before.get(), STDIN_FILENO);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_TRUE(fs::exists(folder / "x.mp4"));
}

TEST_F(CliTest, ShowsProgressAsJson) {
  const Ran ran = run({"render", "ad.json", "--progress", "json"});
  ASSERT_EQ(ran.exit, 0);
  std::istringstream lines(ran.err);
  std::set<std::string> tasks;
  int64_t done = 0;
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    tasks.insert(event.value("task", ""));
    if (event["type"] != "progress" || event["task"] != "video") continue;
    EXPECT_GE(event["done"], done);
    done = event["done"];
  }
  EXPECT_EQ(done, 60);
  EXPECT_THAT(tasks, UnorderedElementsAre("compile", "video", "assemble"));
}

TEST_F(CliTest, TellsEveryMistakeAndWhatItMeansLast) {
  write("bad.json", R"({"version": 1, "output": {"size": "64x64", "fsp": 30},
    "tracks": [[{"color": "#fff", "duration": -2}, {"colour": "red"}]]})");
  const Ran ran = run({"render", "bad.json"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, HasSubstr("bad.json:1:"));
  EXPECT_THAT(ran.err, HasSubstr("did you mean \"fps\"?"));
  EXPECT_THAT(ran.err, HasSubstr("bad.json:2:"));
  EXPECT_THAT(ran.last_line(), StartsWith("error E0"));
  EXPECT_THAT(ran.last_line(), EndsWith(" errors"));
  const json report = json::parse(run({"validate", "bad.json", "--json"}).out);
  EXPECT_EQ(report["ok"], false);
  EXPECT_GE(report["diagnostics"].size(), 3u);
}

TEST_F(CliTest, TellsEveryFileThatCannotBeUsed) {
  write("empty.png", "");
  write("text.png", "not a picture");
  fs::create_directory(folder / "folder.png");
  fs::create_symlink("/etc/passwd", folder / "link.png");
  write("files.json", R"({"version": 1, "output": {"size": "64x64"}, "tracks": [[
    {"image": "none.png", "duration": 1},
    {"image": "empty.png", "duration": 1},
    {"image": "folder.png", "duration": 1},
    {"image": "link.png", "duration": 1},
    {"image": "text.png", "duration": 1}]]})");
  const Ran ran = run({"validate", "files.json"});
  EXPECT_EQ(ran.exit, 2);
  for (int line = 2; line <= 6; ++line) {
    EXPECT_THAT(ran.err, HasSubstr("files.json:" + std::to_string(line) + ":"));
  }
  EXPECT_THAT(ran.last_line(), HasSubstr("5 errors"));
}

TEST_F(CliTest, ReadsOutsideItsFolderOnlyWhatARootAllows) {
  fs::create_directory(folder / "project");
  fs::create_directory(folder / "library");
  run({"render", "ad.json", "--still", "0", "-o", "library/a.png"});
  write("project/p.json", R"({"version": 1, "output": {"size": "64x64"},
    "tracks": [[{"image": "../library/a.png", "duration": 1}]]})");
  const Ran refused = run({"validate", "project/p.json"});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, HasSubstr("--root"));
  const Ran allowed = run({"validate", "project/p.json", "--root", "library"});
  EXPECT_EQ(allowed.exit, 0) << allowed.err;
}

TEST_F(CliTest, NeverWritesOverAnInput) {
  run({"render", "ad.json", "-o", "clip.mp4"});
  write("again.json", R"({"version": 1, "output": {"size": "64x64"},
    "tracks": [[{"video": "clip.mp4"}]]})");
  const std::string before = read_file(folder / "clip.mp4");
  const Ran ran = run({"render", "again.json", "-o", "clip.mp4"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.last_line(), StartsWith("error E0302: "));
  EXPECT_EQ(read_file(folder / "clip.mp4"), before);
}

TEST_F(CliTest, StopsAtOnceAndLeavesNothing) {
  write("long.json", R"({"version": 1, "output": {"size": "1080x1920"},
    "tracks": [[{"gradient": {"colors": ["#000", "#fff"]}, "duration": 600}]]})");
  for (int number : {SIGINT, SIGTERM}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const base::UniqueFd reader(ends[0]);
    base::UniqueFd writer(ends[1]);
    const pid_t pid = start({"render", "long.json", "--progress", "json"}, writer.get());
    writer.reset();
    std::string events;
    bool told = false;
    char bytes[4096];
    for (ssize_t n; (n = read(reader.get(), bytes, sizeof(bytes))) > 0;) {
      events.append(bytes, static_cast<size_t>(n));
      // Once frames are being rendered.
      if (!told && events.find("\"phase\":\"render\"") != std::string::npos) {
        told = true;
        kill(pid, number);
      }
    }
    EXPECT_TRUE(told) << events;
    const Ran ran = finish(pid);
    EXPECT_EQ(ran.exit, 130);
    EXPECT_THAT(names(), UnorderedElementsAre("ad.json", "cache", "long.json"));
    EXPECT_THAT(left_in_cache(), IsEmpty());
  }
}

TEST_F(CliTest, SaysThatTheEngineIsMissing) {
  setenv("RUSHES_ENGINE", "/none", 1);
  const Ran ran = run({"render", "ad.json"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.last_line(), StartsWith("error E0303: "));
}

TEST_F(CliTest, ExplainsErrors) {
  EXPECT_THAT(run({"explain", "E0120"}).out, StartsWith("E0120: "));
  EXPECT_THAT(run({"explain"}).out, HasSubstr("\nE0303  The engine is missing\n"));
  EXPECT_EQ(run({"explain", "E9999"}).exit, 2);
}

TEST_F(CliTest, PrintsSchemas) {
  EXPECT_TRUE(json::accept(run({"schema", "timeline"}).out));
  const Ran none = run({"schema", "cinema"});
  EXPECT_EQ(none.exit, 2);
  EXPECT_THAT(none.err, HasSubstr("timeline"));
}

TEST_F(CliTest, ProbesMedia) {
  run({"render", "ad.json"});
  const json info = json::parse(run({"probe", "ad.mp4", "--json"}).out);
  EXPECT_EQ(info["container"], "mp4");
  EXPECT_EQ(info["duration"], "2");
  EXPECT_THAT(run({"probe", "ad.mp4"}).out, HasSubstr("video h264, 64x64"));
  write("text.mp4", "not a video");
  const Ran text = run({"probe", "text.mp4"});
  EXPECT_NE(text.exit, 0);
  EXPECT_THAT(text.out, IsEmpty());
}

TEST_F(CliTest, ListsFonts) {
  const Ran ran = run({"fonts", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_TRUE(json::parse(ran.out)["families"].is_array());
}

TEST_F(CliTest, KnowsItsVersionAndThatOfItsLibraries) {
  const Ran ran = run({"--version"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, StartsWith("rushes "));
  EXPECT_THAT(ran.out, HasSubstr("\nrushes-engine "));
  EXPECT_THAT(ran.out, HasSubstr("\nlibavcodec so."));
  // Releases, not the numbers of their files.
  EXPECT_THAT(ran.out, HasSubstr("\nlibass 0."));
  EXPECT_THAT(ran.out, HasSubstr("\nlibpango-1.0 1."));
  EXPECT_THAT(ran.out, HasSubstr("\nlibfontconfig 2."));
}

TEST_F(CliTest, HelpsEverywhere) {
  for (const std::string command :
       {"render", "verify", "validate", "probe", "schema", "fonts", "explain"}) {
    const Ran ran = run({command, "--help"});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out, HasSubstr("example")) << command;
  }
  EXPECT_THAT(run({"--help"}).out, HasSubstr("exit: 0 done"));
  const Ran none = run({});
  EXPECT_EQ(none.exit, 2);
  EXPECT_THAT(none.out, IsEmpty());
}

TEST_F(CliTest, RefusesWhatItDoesNotKnow) {
  const std::vector<std::vector<std::string>> wrong = {
      {"rendr"},
      {"render"},
      {"render", "ad.json", "--fast"},
      {"render", "ad.json", "--set", "x"},
      {"render", "ad.json", "--progress", "loud"},
      {"render", "ad.json", "--still", "1", "--frames", "0:1"}};
  for (const auto& arguments : wrong) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.last_line(), StartsWith("error E0300: "));
  }
}

}  // namespace
}  // namespace rushes
