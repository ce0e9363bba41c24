// Objects of a task's store, through the broker and its child.

#include "engine/object_service.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "engine/testing/engine_run.h"

namespace rushes::engine {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;

class ObjectsTest : public BrokerTest {
 protected:
  static std::string key(char digit) { return std::string(32, digit); }
  json with_store(json document) const {
    document["store"] = folder.path("cache");
    return document;
  }
  json store_task(const std::vector<std::string>& names, const json& more = {}) const {
    json params = {{"text", "some bytes"}, {"names", names}};
    if (more.is_object()) params.update(more);
    json document = with_store(task("store", params));
    char digit = 'a';
    for (const std::string& name : names) document["outputs"][name] = {{"key", key(digit++)}};
    return document;
  }
  json fetch_task(const std::string& of) const {
    json document = with_store(task("fetch", {{"name", "it"}}));
    document["inputs"]["it"] = {{"key", of}};
    return document;
  }
  std::string object(char digit) const {
    return folder.path("cache/objects/" + key(digit).substr(0, 2) + "/" + key(digit).substr(2));
  }
};

TEST_F(ObjectsTest, AreStoredOneByOne) {
  Engine engine(store_task({"one", "two"}));
  EXPECT_EQ(engine.finish(), 0);
  std::vector<std::string> stored;
  for (const json& event : engine.events()) {
    if (event["type"] != "segment") continue;
    const json& segment = event["segment"];
    stored.push_back(segment["output"]);
    EXPECT_EQ(segment["bytes"], 10);
    EXPECT_TRUE(std::filesystem::exists(object(segment["output"] == "one" ? 'a' : 'b')));
  }
  EXPECT_THAT(stored, ElementsAre("one", "two"));
  Engine reader(fetch_task(key('b')));
  EXPECT_EQ(reader.finish(), 0);
  EXPECT_EQ(reader.of("result")["result"]["text"], "some bytes");
}

TEST_F(ObjectsTest, OnlyWhatWasCommittedIsThere) {
  Engine engine(store_task({"one", "two"}, {{"but_last", true}, {"wait", true}}));
  ASSERT_NE(engine.wait_for("segment"), nullptr);
  engine.signal(SIGKILL);
  EXPECT_EQ(engine.finish(), -SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(object('a')));
  EXPECT_FALSE(std::filesystem::exists(object('b')));
}

TEST_F(ObjectsTest, AreWaitedFor) {
  Engine reader(fetch_task(key('a')));
  const json waiting = reader.wait_for("waiting");
  EXPECT_EQ(waiting["input"], "it");
  EXPECT_EQ(waiting["key"], key('a'));
  EXPECT_EQ(waiting["damaged"], false);
  Engine writer(store_task({"one"}));
  EXPECT_EQ(writer.finish(), 0);
  EXPECT_EQ(reader.finish(), 0);
  EXPECT_EQ(reader.of("result")["result"]["text"], "some bytes");
}

TEST_F(ObjectsTest, WaitingCanBeCancelled) {
  Engine reader(fetch_task(key('a')));
  ASSERT_NE(reader.wait_for("waiting"), nullptr);
  const auto start = steady_clock::now();
  reader.signal(SIGTERM);
  EXPECT_EQ(reader.finish(), 130);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(ObjectsTest, DamagedOnesAreThrownAwayAndWaitedFor) {
  EXPECT_EQ(Engine(store_task({"one"})).finish(), 0);
  std::ofstream(object('a'), std::ios::app) << "!";
  Engine reader(fetch_task(key('a')));
  EXPECT_EQ(reader.wait_for("waiting")["damaged"], true);
  EXPECT_FALSE(std::filesystem::exists(object('a')));
  EXPECT_EQ(Engine(store_task({"one"})).finish(), 0);
  EXPECT_EQ(reader.finish(), 0);
}

TEST_F(ObjectsTest, OnlyThoseOfTheTask) {
  json document = fetch_task(key('a'));
  document["params"]["name"] = "another";
  Engine engine(document);
  EXPECT_EQ(engine.finish(), 1);
  json bad = fetch_task("../../../etc/passwd");
  Engine refused(bad);
  EXPECT_EQ(refused.finish(), 2);
}

TEST_F(ObjectsTest, AnInputMustBeTheOneThatWasMeant) {
  json document = store_task({"one"});
  document["inputs"]["in"] = {{"path", folder.write("in.txt", "before")}, {"identity", "1:2:3:4"}};
  Engine engine(document);
  EXPECT_EQ(engine.finish(), 5);
  EXPECT_THAT(engine.last()["message"].get<std::string>(), HasSubstr("has changed"));
}

TEST_F(ObjectsTest, NothingIsStoredOnceAnInputHasChanged) {
  json document = store_task({"one", "two"}, {{"pauses", true}});
  document["inputs"]["in"] = folder.write("in.txt", "before");
  Engine engine(document);
  ASSERT_NE(engine.wait_for("segment"), nullptr);
  folder.write("in.txt", "after all");
  engine.signal(SIGUSR1);
  EXPECT_EQ(engine.finish(), 5);
  EXPECT_THAT(engine.last()["message"].get<std::string>(), HasSubstr("has changed"));
  EXPECT_TRUE(std::filesystem::exists(object('a')));
  EXPECT_FALSE(std::filesystem::exists(object('b')));
}

TEST_F(ObjectsTest, FilesAppearOneByOne) {
  json document = store_task({"one", "two"}, {{"pauses", true}});
  for (const char* name : {"one", "two"}) {
    document["outputs"][name] = {{"path", folder.path(name)}, {"alone", true}};
  }
  folder.write("one", "what was there before");
  Engine engine(document);
  const json piece = engine.wait_for("piece")["piece"];
  EXPECT_EQ(piece, json({{"output", "one"}, {"bytes", 10}, {"number", 0}}));
  EXPECT_EQ(folder.read("one"), "some bytes");
  EXPECT_FALSE(std::filesystem::exists(folder.path("two")));
  engine.signal(SIGUSR1);
  EXPECT_EQ(engine.finish(), 0);
  EXPECT_EQ(folder.read("two"), "some bytes");
  EXPECT_TRUE(engine.last()["outputs"].empty());
}

TEST_F(ObjectsTest, AFileThatAppearsAloneIsNoInput) {
  json document = store_task({"one"});
  const std::string path = folder.write("in.txt", "precious");
  document["inputs"]["in"] = path;
  document["outputs"]["one"] = {{"path", path}, {"alone", true}};
  Engine engine(document);
  EXPECT_EQ(engine.finish(), 2);
  EXPECT_EQ(folder.read("in.txt"), "precious");
}

TEST_F(ObjectsTest, AskedToShare) {
  Engine engine(task("share"));
  ASSERT_NE(engine.wait_for("started"), nullptr);
  engine.signal(SIGUSR1);
  EXPECT_EQ(engine.finish(), 0);
  EXPECT_EQ(engine.of("run")["end"], 3);
}

TEST_F(ObjectsTest, InputsAreHashedOnce) {
  json document = with_store(task("hashed"));
  document["hashes"] = true;
  const std::string path = folder.write("in.txt", "some bytes");
  document["inputs"]["in"] = path;
  const auto run = [&] {
    Engine engine(document);
    EXPECT_EQ(engine.finish(), 0);
    return engine.of("result")["result"]["in"];
  };
  const json fresh = run();
  EXPECT_EQ(fresh["hash"], base::hash_of("some bytes"));
  const auto settle = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2100)); };
  EXPECT_TRUE(std::filesystem::is_empty(folder.path("cache/objects")));  // too young to be trusted

  const timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), old, 0), 0);
  settle();
  const json settled = run();
  EXPECT_NE(settled["identity"], fresh["identity"]);
  EXPECT_FALSE(std::filesystem::is_empty(folder.path("cache/objects")));
  // What is remembered is used: here something wrong.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path("cache"))) {
    if (!entry.is_regular_file() || entry.file_size() != 32 + 48) continue;
    const std::string key =
        entry.path().parent_path().filename().string() + entry.path().filename().string();
    auto store = store::FileStore::open(folder.path("cache"));
    auto object = store->create(key);
    const std::string wrong(32, 'a');
    ASSERT_TRUE(base::fd_sink(object->fd())->write_at(0, std::as_bytes(std::span(wrong))).ok());
    ASSERT_TRUE(object->commit().ok());
  }
  EXPECT_EQ(run()["hash"], std::string(32, 'a'));
  // Changed, and the time set back: the same size, the same time.
  folder.write("in.txt", "SOME BYTES");
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), old, 0), 0);
  settle();
  EXPECT_EQ(run()["hash"], base::hash_of("SOME BYTES"));
  folder.write("in.txt", "other bytes");
  EXPECT_EQ(run()["hash"], base::hash_of("other bytes"));
}

}  // namespace
}  // namespace rushes::engine
