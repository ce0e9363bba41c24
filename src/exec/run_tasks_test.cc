// Several engines at once. The engine is that of src/engine/testing, or a script.

#include "exec/run_tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"
#include "exec/engine_process.h"

namespace rushes::exec {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class RunTasksTest : public testing::Test {
 protected:
  RunTasksTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "rushes-exec-XXXXXX";
    folder = mkdtemp(pattern.data());
    int fds[2];
    EXPECT_EQ(pipe(fds), 0);
    cancel_reader.reset(fds[0]);
    cancel_writer.reset(fds[1]);
  }
  ~RunTasksTest() override { std::filesystem::remove_all(folder); }

  static json task(const std::string& kind, const json& params = json::object()) {
    return {{"version", 1}, {"kind", kind}, {"params", params}};
  }
  RunOptions options(const std::string& engine = RUSHES_FAKE_ENGINE) {
    return {.engine = engine,
            .on_event = [this](size_t i, const json& event) { events.emplace_back(i, event); },
            .on_tick = {},
            .cancel_fd = cancel_reader.get()};
  }
  void cancel() const { ASSERT_EQ(write(cancel_writer.get(), "x", 1), 1); }
  std::string script(const std::string& text) const {
    const std::string path = folder / "engine";
    std::ofstream(path) << "#!/bin/sh\n" << text;
    chmod(path.c_str(), 0755);
    return path;
  }

  std::filesystem::path folder;
  base::UniqueFd cancel_reader, cancel_writer;
  std::vector<std::pair<size_t, json>> events;
};

TEST_F(RunTasksTest, RunsOne) {
  const auto outcomes = run_tasks({task("inspect")}, options());
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].status.ok());
  EXPECT_TRUE(outcomes[0].result.contains("pid"));
  EXPECT_GT(outcomes[0].wall_seconds, 0);
  EXPECT_EQ(events.front().second["type"], "started");
  EXPECT_EQ(events.back().second["type"], "done");
  EXPECT_EQ(root_failure(outcomes), nullptr);
}

TEST_F(RunTasksTest, RunsSeveralAtOnce) {
  const auto outcomes = run_tasks({task("inspect"), task("inspect"), task("inspect")}, options());
  ASSERT_EQ(outcomes.size(), 3u);
  for (const TaskOutcome& outcome : outcomes) EXPECT_TRUE(outcome.status.ok());
  EXPECT_NE(outcomes[0].result["pid"], outcomes[1].result["pid"]);
}

TEST_F(RunTasksTest, KeepsDiagnostics) {
  const auto outcomes = run_tasks({task("diagnose")}, options());
  ASSERT_EQ(outcomes[0].diagnostics.size(), 1u);
  const schema::Diagnostic& diagnostic = outcomes[0].diagnostics[0];
  EXPECT_EQ(diagnostic.number, 113);
  EXPECT_EQ(diagnostic.severity, schema::Severity::kError);
  EXPECT_EQ(diagnostic.file, "ad.json");
  EXPECT_EQ(diagnostic.place.line, 14);
  EXPECT_EQ(diagnostic.pointer, "/tracks/0");
  EXPECT_EQ(diagnostic.hint, "try 2");
  ASSERT_FALSE(outcomes[0].status.ok());
  EXPECT_EQ(outcomes[0].status.error().number, 113);
  EXPECT_EQ(outcomes[0].status.error().code, base::Code::kInvalidArgument);
}

TEST_F(RunTasksTest, OneFailureCancelsTheOthers) {
  const auto outcomes = run_tasks({task("wait"), task("fail"), task("wait")}, options());
  EXPECT_EQ(outcomes[0].status.error().code, base::Code::kCancelled);
  EXPECT_EQ(outcomes[2].status.error().code, base::Code::kCancelled);
  ASSERT_EQ(root_failure(outcomes), &outcomes[1]);
  EXPECT_EQ(outcomes[1].status.error().code, base::Code::kCorrupt);
  EXPECT_EQ(outcomes[1].cause, "failed");
}

TEST_F(RunTasksTest, StopsWhenTheUserWantsTo) {
  RunOptions stopping = options();
  stopping.on_event = [&](size_t, const json& event) {
    if (event["type"] == "result") cancel();
  };
  const auto outcomes = run_tasks({task("wait")}, stopping);
  EXPECT_EQ(outcomes[0].status.error().code, base::Code::kCancelled);
  EXPECT_EQ(outcomes[0].cause, "cancelled");
}

TEST_F(RunTasksTest, KillsAnEngineThatDoesNotStop) {
  RunOptions stopping =
      options(script("trap '' TERM\necho '{\"type\":\"started\"}'\nexec sleep 60"));
  stopping.grace_seconds = 0.1;
  stopping.on_event = [&](size_t, const json&) { cancel(); };
  const auto outcomes = run_tasks({task("wait")}, stopping);
  EXPECT_EQ(outcomes[0].status.error().code, base::Code::kCancelled);
}

TEST_F(RunTasksTest, SaysWhatAnEngineSaidBeforeItDied) {
  const auto outcomes = run_tasks({task("copy")}, options(script("echo 'no library' >&2; exit 3")));
  EXPECT_EQ(outcomes[0].status.error().code, base::Code::kInternal);
  EXPECT_THAT(outcomes[0].status.error().message, HasSubstr("status 3 and no word"));
  EXPECT_THAT(outcomes[0].status.error().message, HasSubstr("no library"));
}

TEST_F(RunTasksTest, SaysThatAnEngineWasKilled) {
  const auto outcomes = run_tasks({task("copy")}, options(script("kill -9 $$")));
  EXPECT_THAT(outcomes[0].status.error().message, HasSubstr("Killed"));
}

TEST_F(RunTasksTest, SaysThatThereIsNoEngine) {
  const auto outcomes = run_tasks({task("copy")}, options(folder / "none"));
  EXPECT_THAT(outcomes[0].status.error().message, HasSubstr("could not be started"));
}

TEST_F(RunTasksTest, TakesNoSuccessWithoutTheWord) {
  const auto outcomes = run_tasks({task("copy")}, options(script("exit 0")));
  EXPECT_FALSE(outcomes[0].status.ok());
}

TEST_F(RunTasksTest, RefusesWhatIsNoEvent) {
  for (const std::string text : {"hello", "[]", "{}", "{\\\"type\\\":1}"}) {
    const auto outcomes =
        run_tasks({task("copy")}, options(script("echo \"" + text + "\"\nexec sleep 60")));
    ASSERT_FALSE(outcomes[0].status.ok());
    EXPECT_THAT(outcomes[0].status.error().message, HasSubstr("no event")) << text;
  }
}

TEST_F(RunTasksTest, ReadsAnyDiagnostic) {
  EXPECT_EQ(diagnostic_from_json({{"number", "x"}, {"line", -4}, {"file", 3}}).place.line, 0);
  EXPECT_EQ(diagnostic_from_json({{"severity", "warning"}}).severity, schema::Severity::kWarning);
}

TEST(FindEngine, TakesTheOneThatIsNamed) {
  setenv("RUSHES_ENGINE", RUSHES_FAKE_ENGINE, 1);
  EXPECT_EQ(*find_engine(), RUSHES_FAKE_ENGINE);
  setenv("RUSHES_ENGINE", "/none", 1);
  EXPECT_EQ(find_engine().error().code, base::Code::kNotFound);
  unsetenv("RUSHES_ENGINE");
}

TEST(EngineProcess, IsKilledWithItsOwner) {
  // Orphans come to this process, so that it can see the jailed child die after the broker.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
  pid_t child = 0;
  {
    auto engine = EngineProcess::start(
        RUSHES_FAKE_ENGINE, {{"version", 1}, {"kind", "wait"}, {"params", json::object()}});
    ASSERT_TRUE(engine.ok());
    while (child == 0) {
      pollfd wait = {engine->events_fd(), POLLIN, 0};
      ASSERT_EQ(poll(&wait, 1, 60'000), 1);
      auto events = engine->read_events();
      ASSERT_TRUE(events.ok());
      for (const json& event : *events) {
        if (event["type"] == "result") child = event["result"]["pid"].get<pid_t>();
      }
    }
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace
}  // namespace rushes::exec
