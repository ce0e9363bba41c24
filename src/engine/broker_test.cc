// The broker and its jailed child as others see them: a task in, events out, files where they
// belong. The engine here is testing/fake_engine.cc.

#include "engine/broker.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "base/error_catalog.h"
#include "base/hash.h"
#include "base/unique_fd.h"
#include "engine/jail.h"
#include "engine/testing/engine_run.h"

namespace rushes::engine {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(BrokerTest, DoesATask) {
  Engine engine(copy_task());
  EXPECT_EQ(engine.finish(), 0);
  EXPECT_EQ(folder.read("to.txt"), "some bytes");
  EXPECT_THAT(folder.names(), UnorderedElementsAre("from.txt", "to.txt"));
  std::vector<std::string> types;
  for (size_t i = 0; i < engine.events().size(); ++i) {
    EXPECT_EQ(engine.events()[i]["seq"], i);
    types.push_back(engine.events()[i]["type"]);
  }
  ASSERT_GE(types.size(), 5u);
  EXPECT_EQ(types.front(), "started");
  EXPECT_EQ(engine.of("started")["kind"], "copy");
  EXPECT_EQ(engine.of("result")["result"]["bytes"], 10);
  EXPECT_EQ(types.back(), "done");
  EXPECT_EQ(engine.last()["outputs"]["to"]["bytes"], 10);
}

TEST_F(BrokerTest, TellsTheChildNoSecretOfAnAddress) {
  json task = this->task("inspect");
  task["partial"] = true;
  task["roots"].push_back("https://host/root?planted");
  task["inputs"] = {
      {"near", folder.write("near?a", "a")},
      {"far", "http://127.0.0.1:1/a%20b.mp4?key=planted"},
      {"pinned", {{"path", "http://user:planted@127.0.0.1:1/c.mp4"}, {"identity", "remote:1:v"}}}};
  Engine engine(task);
  ASSERT_EQ(engine.finish(), 0);
  const json result = engine.of("result")["result"];
  EXPECT_THAT(result.dump(), testing::Not(HasSubstr("planted")));
  EXPECT_EQ(result["task"]["inputs"]["near"], folder.path("near?a"));
  EXPECT_EQ(result["task"]["inputs"]["far"], "http://127.0.0.1:1/a%20b.mp4");
  EXPECT_EQ(result["task"]["inputs"]["pinned"]["path"], "http://127.0.0.1:1/c.mp4");
}

TEST_F(BrokerTest, KeepsTheLastProgressOfAPhase) {
  Engine engine(copy_task());
  engine.finish();
  json last;
  for (const json& event : engine.events()) {
    if (event["type"] == "progress") last = event;
  }
  EXPECT_EQ(last["done"], 10);
  EXPECT_EQ(last["total"], 10);
  EXPECT_EQ(last["phase"], "copy");
}

TEST_F(BrokerTest, SaysWhatTheJailIs) {
  Engine engine(copy_task());
  engine.finish();
  const json started = engine.of("started");
  EXPECT_EQ(started["jail"]["seccomp"], jail_is_built_in());
  if (!jail_is_built_in()) {
    EXPECT_THAT(engine.of("warning")["text"], HasSubstr("the jail is off"));
  }
}

TEST_F(BrokerTest, GivesTheChildNothingButItsDescriptors) {
  setenv("RUSHES_SECRET", "hunter2", 1);
  const base::UniqueFd leaked(open("/dev/null", O_RDONLY));  // inherited by the broker
  json inspect = task("inspect");
  inspect["inputs"]["a"] = folder.write("a", "a");
  inspect["outputs"]["b"] = folder.path("b");
  Engine engine(inspect);
  ASSERT_EQ(engine.finish(), 0);
  const json result = engine.of("result")["result"];
  // 0 to 2 nothing and last words, 3 packages, 4 events; the input and the output.
  EXPECT_EQ(result["fds"].size(), 7u) << result;
  for (const std::string text : result["environment"]) {
    EXPECT_TRUE(text == "LC_ALL=C.UTF-8" || text.find("GLIBC_TUNABLES=") == 0 ||
                text.find("SAN_OPTIONS") != std::string::npos)
        << text;
  }
  EXPECT_EQ(result["opens_files"], !jail_is_built_in());
}

TEST_F(BrokerTest, PassesOnDiagnosticsAndErrors) {
  Engine engine(task("diagnose"));
  EXPECT_EQ(engine.finish(), 2);
  const json diagnostic = engine.of("diagnostic");
  EXPECT_EQ(diagnostic["file"], "ad.json");
  EXPECT_EQ(diagnostic["line"], 14);
  EXPECT_EQ(diagnostic["column"], 22);
  EXPECT_EQ(diagnostic["severity"], "error");
  EXPECT_EQ(diagnostic["hint"], "try 2");
  EXPECT_EQ(engine.last()["type"], "error");
  EXPECT_EQ(engine.last()["number"], 113);
  EXPECT_EQ(engine.last()["class"], "invalid");
}

struct Failure {
  std::string name;
  json task;
  int exit;
  std::string cause;
  std::string message;
};

void PrintTo(const Failure& failure, std::ostream* out) { *out << failure.task; }

class FailureTest : public BrokerTest, public testing::WithParamInterface<Failure> {};

TEST_P(FailureTest, EndsInAClearErrorAndLeavesNothing) {
  const Failure& failure = GetParam();
  json failing = task("", failure.task.value("params", json::object()));
  failing.update(failure.task);
  failing["outputs"]["to"] = folder.path("to");
  Engine engine(failing);
  EXPECT_EQ(engine.finish(), failure.exit);
  const json error = engine.last();
  EXPECT_EQ(error["type"], "error") << error;
  EXPECT_EQ(error["cause"], failure.cause) << error;
  EXPECT_EQ(error["exit"], failure.exit);
  const int number = error["number"];
  EXPECT_TRUE(number == 0 || base::find_error(number) != nullptr) << number;
  EXPECT_EQ(number == 0, failure.cause == "failed") << number;
  EXPECT_THAT(error.value("message", ""), HasSubstr(failure.message));
  EXPECT_THAT(folder.names(), IsEmpty());
}

json raw_task(const std::string& text, int times = 1) {
  return {{"kind", "raw"}, {"params", {{"text", text}, {"times", times}}}};
}

std::vector<Failure> failures() {
  std::vector<Failure> all = {
      {"Fails", {{"kind", "fail"}}, 3, "failed", "packet 918"},
      {"Throws", {{"kind", "throw"}}, 1, "failed", "from a library"},
      {"UnknownKind", {{"kind", "juggle"}}, 2, "failed", "no such kind"},
      {"LeavesWithoutAWord", {{"kind", "leave"}}, 1, "crashed", "without a word"},
      {"IsKilled", {{"kind", "signal"}, {"params", {{"signal", SIGKILL}}}}, 4, "killed", "memory"},
      {"Hangs",
       {{"kind", "wait"},
        {"params", {{"listens", false}, {"speaks", false}}},
        {"limits", {{"idle_seconds", 0.3}}}},
       5,
       "hung",
       "no sign of life"},
      {"TakesTooLong",
       {{"kind", "wait"}, {"limits", {{"wall_seconds", 0.3}}}},
       4,
       "timeout",
       "longer than its limit"},
      {"WritesGarbage", raw_task("garbage\n"), 1, "protocol", "no JSON object"},
      {"WritesBinary", raw_task(std::string("\0\x01\n", 3)), 1, "protocol", "no JSON object"},
      {"WritesUnknownEvents", raw_task("{\"type\":\"done\"}\n"), 1, "protocol", "unknown type"},
      {"WritesNoType", raw_task("{}\n"), 1, "protocol", "without a type"},
      {"WritesWrongTypes", raw_task("{\"type\":\"progress\",\"done\":\"x\"}\n"), 1, "protocol",
       "\"progress\" without a proper \"done\""},
      {"WritesDeepNesting", raw_task("{\"type\":" + std::string(100'000, '[') + "\n"), 1,
       "protocol", "nested too deeply"},
      {"WritesAnEndlessLine", raw_task(std::string(1 << 16, 'x'), 200), 1, "protocol",
       "a line of more than"},
      {"AsksForFontsBadly",
       raw_task(
           "{\"type\":\"find_fonts\",\"families\":[1],\"code_points\":[],\"substitute\":true}\n"),
       1, "protocol", "fonts"},
  };
  if (jail_is_built_in()) {
    // A sanitizer has its own ways with these.
    all.push_back({"Crashes",
                   {{"kind", "signal"}, {"params", {{"signal", SIGSEGV}}}},
                   1,
                   "crashed",
                   "Segmentation fault"});
    all.push_back({"BreaksOut", {{"kind", "break_out"}}, 2, "forbidden", "something forbidden"});
    all.push_back({"EatsMemory",
                   {{"kind", "grow"}, {"limits", {{"memory_bytes", 200 << 20}}}},
                   4,
                   "failed",
                   "out of memory"});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Broker, FailureTest, testing::ValuesIn(failures()),
                         [](const auto& param) { return param.param.name; });

TEST_F(BrokerTest, RefusesATaskThatIsNone) {
  for (const std::string text : {"", "nonsense", "[]", "{}", "{\"version\":2,\"kind\":\"copy\"}"}) {
    Engine engine(text);
    EXPECT_EQ(engine.finish(), 2) << text;
    EXPECT_EQ(engine.last()["type"], "error");
    EXPECT_THAT(engine.last().value("message", ""), HasSubstr("task: ")) << text;
  }
}

TEST_F(BrokerTest, TellsEveryInputThatCannotBeRead) {
  mkfifo(folder.path("fifo").c_str(), 0600);
  std::filesystem::create_directory(folder.path("folder"));
  std::filesystem::create_symlink("/etc/passwd", folder.path("link"));
  json all = copy_task();
  all["inputs"] = {{"a", folder.path("none")},
                   {"b", folder.path("fifo")},
                   {"c", folder.path("folder")},
                   {"d", folder.path("link")},
                   {"e", "/etc/passwd"},
                   {"f", folder.write("empty", "")},
                   {"g", folder.path() + "/../../etc/passwd"},
                   {"h", "/dev/zero"}};
  Engine engine(all);
  EXPECT_EQ(engine.finish(), 2);
  const std::string message = engine.last().value("message", "");
  const auto said = [&](const std::string& path, const std::string& why) {
    return HasSubstr("\"" + path + "\": " + why);
  };
  EXPECT_THAT(message, said(folder.path("none"), "there is no such file\n"));
  EXPECT_THAT(message, said(folder.path("fifo"), "it is a pipe"));
  EXPECT_THAT(message, said(folder.path("folder"), "it is a folder"));
  EXPECT_THAT(message, said(folder.path("link"), "it lies at /etc/passwd, outside the folders"));
  EXPECT_THAT(message, said("/etc/passwd", "it lies outside the folders"));
  EXPECT_THAT(message, said(folder.path("empty"), "the file is empty"));
  EXPECT_THAT(message, said(folder.path() + "/../../etc/passwd",
                            "it lies at /etc/passwd, outside the folders"));
  EXPECT_THAT(message, said("/dev/zero", "it lies outside the folders"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("to.txt")));
}

TEST_F(BrokerTest, HandsOnWhatIsMissingToAPartialTask) {
  json partial = task("inspect");
  partial["partial"] = true;
  partial["inputs"] = {{"a", folder.write("a", "a")}, {"b", folder.path("none")}};
  Engine engine(partial);
  EXPECT_EQ(engine.finish(), 0);
  EXPECT_EQ(engine.of("result")["result"]["missing"], json({{"b", "there is no such file"}}));
}

TEST_F(BrokerTest, RefusesOutputsThatCannotBe) {
  std::filesystem::create_directory(folder.path("folder"));
  std::filesystem::create_hard_link(folder.write("from.txt", "x"), folder.path("same"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {folder.path("from.txt"), "is also input \"" + folder.path("from.txt") + "\""},
      {folder.path("same"), "is also input \"" + folder.path("from.txt") + "\""},
      {folder.path("folder"), "is a folder"},
      {folder.path("none/to"), "there is no folder"},
      {"/dev/null", "is not a file"}};
  for (const auto& [path, message] : cases) {
    json copy = copy_task();
    copy["outputs"]["to"] = path;
    Engine engine(copy);
    EXPECT_EQ(engine.finish(), 2) << path;
    EXPECT_THAT(engine.last().value("message", ""), HasSubstr(message));
  }
  EXPECT_EQ(folder.read("from.txt"), "some bytes");
  EXPECT_THAT(folder.names(), UnorderedElementsAre("folder", "from.txt", "same"));
}

TEST_F(BrokerTest, ReplacesAnOutputOnlyByAWholeOne) {
  json fail = task("fail");
  fail["outputs"]["to"] = folder.write("to.txt", "old");
  Engine(fail).finish();
  EXPECT_EQ(folder.read("to.txt"), "old");
  EXPECT_EQ(Engine(copy_task()).finish(), 0);
  EXPECT_EQ(folder.read("to.txt"), "some bytes");
}

TEST_F(BrokerTest, SaysThatTheDiskIsFull) {
  json fill = task("fill", {{"bytes", 1 << 20}});
  fill["outputs"]["to"] = folder.path("to");
  fill["limits"]["output_bytes"] = 300'000;
  Engine engine(fill);
  EXPECT_EQ(engine.finish(), 4);
  EXPECT_EQ(engine.last()["class"], "out of resources");
  EXPECT_THAT(folder.names(), IsEmpty());
}

// Others make room on the disk of the cache when they are told that it is full.
TEST_F(BrokerTest, ATaskSaysNothingForTheBroker) {
  const auto said = [&](int number) {
    Engine engine(
        task("raw", {{"text", R"({"type":"failed","class":"out of resources","number":)" +
                                  std::to_string(number) + R"(,"message":"x"})" + "\n"}}));
    EXPECT_EQ(engine.finish(), 4);
    return engine.last()["number"];
  };
  EXPECT_EQ(said(170), 170);
  for (const int number : {280, 286, 299}) EXPECT_NE(said(number), number);
}

class CancelTest : public BrokerTest, public testing::WithParamInterface<bool> {};

TEST_P(CancelTest, StopsWithinASecond) {
  json slow = task("wait", {{"listens", GetParam()}});
  slow["outputs"]["to"] = folder.path("to");
  for (int number : {SIGTERM, SIGINT}) {
    Engine engine(slow);
    const pid_t child = engine.wait_for("result")["result"]["pid"];
    ASSERT_TRUE(is_alive(child));
    engine.signal(number);
    EXPECT_EQ(engine.finish(), 130);
    EXPECT_EQ(engine.last()["cause"], "cancelled");
    EXPECT_FALSE(is_alive(child));
    EXPECT_THAT(folder.names(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Broker, CancelTest, testing::Bool(), [](const auto& param) {
  return param.param ? "AChildThatListens" : "AChildThatDoesNot";
});

TEST_F(BrokerTest, StopsWhenNobodyReadsItsEvents) {
  Engine engine(task("flood"));
  engine.wait_for("started");
  engine.stop_reading();
  EXPECT_EQ(engine.finish(), 130);
}

TEST_F(BrokerTest, CanBeCancelledWhileItsReaderSleeps) {
  Engine engine(task("flood"));
  engine.wait_for("warning");
  engine.signal(SIGTERM);
  EXPECT_EQ(engine.finish(), 130);
}

TEST_F(BrokerTest, TakesItsChildAlongWhenItIsKilled) {
  // Orphans come to this process, so that it can see the child die.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
  json slow = task("wait", {{"listens", false}});
  slow["outputs"]["to"] = folder.path("to");
  Engine engine(slow);
  const pid_t child = engine.wait_for("result")["result"]["pid"];
  engine.signal(SIGKILL);
  EXPECT_EQ(engine.finish(), -SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_F(BrokerTest, OpensPinnedFonts) {
  json use = task("use_fonts");
  use["fonts"] = {{{"path", folder.write("a.ttf", "font a")},
                   {"hash", base::hash_of("font a")},
                   {"index", 1},
                   {"family", "A"}},
                  {{"path", folder.path("a.ttf")}, {"hash", base::hash_of("font a")}}};
  Engine engine(use);
  ASSERT_EQ(engine.finish(), 0) << engine.last();
  const json pinned = engine.of("result")["result"]["pinned"];
  ASSERT_EQ(pinned.size(), 2u);
  EXPECT_EQ(pinned[0]["file"], folder.path("a.ttf"));
  EXPECT_EQ(pinned[0]["index"], 1);
  EXPECT_EQ(pinned[0]["size"], 6);
  EXPECT_EQ(pinned[0]["readable"], true);
  EXPECT_EQ(pinned[1]["path"], pinned[0]["path"]);
}

TEST_F(BrokerTest, RefusesPinnedFontsThatAreNotTheSameOrNotAllowed) {
  folder.write("a.ttf", "another font");
  std::filesystem::create_symlink("/etc/passwd", folder.path("link.ttf"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {folder.path("a.ttf"), "not the file that the program was made with"},
      {folder.path("link.ttf"), "outside the folders"},
      {"/etc/passwd", "outside the folders"},
      {folder.path("none.ttf"), "no such file"}};
  for (const auto& [path, message] : cases) {
    json use = task("use_fonts");
    use["fonts"] = {{{"path", path}, {"hash", base::hash_of("font a")}}};
    Engine engine(use);
    EXPECT_EQ(engine.finish(), 2) << path;
    EXPECT_THAT(engine.last().value("message", ""), HasSubstr(message));
  }
}

TEST_F(BrokerTest, FindsFontsForTheChild) {
  const std::string a = folder.write("a.ttf", "font a"), b = folder.write("b.ttf", "font b");
  Engine engine(task("use_fonts",
                     {{"own", {"own.ttf", b}},
                      {"ask", json::array({json::array({a, "own.ttf"}), json::array({a, b})})}}));
  ASSERT_EQ(engine.finish(), 0) << engine.last();
  const json found = engine.of("result")["result"]["found"];
  ASSERT_EQ(found.size(), 6u) << found;
  EXPECT_EQ(found[0]["file"], a);
  EXPECT_EQ(found[0]["hash"], base::hash_of("font a"));
  EXPECT_EQ(found[0]["index"], 2);
  EXPECT_EQ(found[0]["readable"], true);
  EXPECT_EQ(found[1]["path"], "own.ttf");
  EXPECT_EQ(found[2], 0x1F600);
  EXPECT_EQ(found[3]["path"], found[0]["path"]);
  // What the child calls its own is never opened for it, whatever the path.
  EXPECT_EQ(found[4]["path"], b);
  EXPECT_EQ(found[4]["hash"], "");
}

TEST_F(BrokerTest, TellsTheChildWhenThereIsNoSuchFont) {
  Engine engine(task("use_fonts", {{"ask", {{"Comic Serif"}}}}));
  EXPECT_EQ(engine.finish(), 2);
  EXPECT_THAT(engine.last().value("message", ""), HasSubstr("did you mean \"Fake\"?"));
}

TEST_F(BrokerTest, ListsFontsWithoutAChild) {
  Engine engine(task("fonts"));
  EXPECT_EQ(engine.finish(), 0);
  const json family = engine.of("result")["result"]["families"][0];
  EXPECT_EQ(family["family"], "Fake");
  EXPECT_EQ(family["faces"][0]["weight"], 700);
}

}  // namespace
}  // namespace rushes::engine
