// What tasks keep of their inputs for one another, through the broker and its child.

#include "engine/derived_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "engine/testing/engine_run.h"

namespace rushes::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class DerivedTest : public BrokerTest {
 protected:
  DerivedTest() {
    folder.write("in.txt", "a photograph");
    folder.write("other.txt", "another");
  }

  // A file of the test's folder as an input whose identity is known.
  json input(const std::string& name) {
    const std::string path = folder.path(name);
    json hashed = task("hashed");
    hashed["inputs"]["in"] = path;
    Engine engine(hashed);
    EXPECT_EQ(engine.finish(), 0);
    return {{"path", path}, {"identity", engine.of("result")["result"]["in"]["identity"]}};
  }
  json derive_task(std::initializer_list<json> steps) {
    json document = task("derive", {{"steps", std::vector<json>(steps)}});
    document["store"] = folder.path("cache");
    document["derived"] = "this build";
    document["inputs"]["in"] = input("in.txt");
    return document;
  }
  static json answers(const json& document) {
    Engine engine(document);
    EXPECT_EQ(engine.finish(), 0) << engine.last();
    return engine.of("result")["result"]["answers"];
  }
  json answers_of(std::initializer_list<json> steps) { return answers(derive_task(steps)); }
  // Without the hashes of inputs, 32 hexadecimal digits each, which are remembered of files that
  // have lain for a while.
  std::vector<fs::path> objects() const {
    std::vector<fs::path> all;
    for (const auto& file : fs::recursive_directory_iterator(folder.path("cache/objects"))) {
      if (!file.is_regular_file()) continue;
      std::ostringstream text;
      text << std::ifstream(file.path()).rdbuf();
      if (text.str().find_first_not_of("0123456789abcdef") < 32) all.push_back(file.path());
    }
    return all;
  }

  const json store = {{"text", "reduced"}, {"end", "commit"}};
  const json find = json::object();
};

TEST_F(DerivedTest, IsThereForTheNextTask) {
  EXPECT_EQ(answers_of({find, store, find}), json({nullptr, "done", "reduced"}));
  EXPECT_EQ(answers_of({find}), json({"reduced"}));
}

TEST_F(DerivedTest, OnlyWhatWasCommittedIsThere) {
  const json dropped = {{"text", "half"}, {"end", "drop"}};
  const json left = {{"text", "half"}, {"end", "neither"}};
  EXPECT_EQ(answers_of({dropped, find, left, find}), json({"done", nullptr, "done", nullptr}));
  EXPECT_EQ(answers_of({find}), json::array({nullptr}));
  EXPECT_TRUE(objects().empty());
}

TEST_F(DerivedTest, DamagedOnesAreMadeAgain) {
  EXPECT_EQ(answers_of({store}), json({"done"}));
  ASSERT_EQ(objects().size(), 1U);
  std::fstream(objects().front(), std::ios::in | std::ios::out) << "R";
  EXPECT_EQ(answers_of({find}), json::array({nullptr}));
  EXPECT_TRUE(objects().empty());
  EXPECT_EQ(answers_of({store, find}), json({"done", "reduced"}));
}

TEST_F(DerivedTest, IsFoundByAllThatItWasMadeOf) {
  EXPECT_EQ(answers_of({store}), json({"done"}));
  EXPECT_EQ(answers_of({json{{"variant", "another"}}}), json::array({nullptr}));
  json document = derive_task({find});
  document["derived"] = "another build";
  EXPECT_EQ(answers(document), json::array({nullptr}));
  // A child that another file took over could have made it.
  document = derive_task({find});
  document["inputs"]["more"] = input("other.txt");
  EXPECT_EQ(answers(document), json::array({nullptr}));
  // Files without an identity are not media.
  document = derive_task({find});
  document["inputs"]["program"] = folder.path("other.txt");
  EXPECT_EQ(answers(document), json({"reduced"}));
  // Under another name it is the same file.
  document = derive_task({json{{"input", "photo"}}});
  document["inputs"] = {{"photo", input("in.txt")}};
  EXPECT_EQ(answers(document), json({"reduced"}));
  folder.write("in.txt", "A PHOTOGRAPH");
  EXPECT_EQ(answers_of({find}), json::array({nullptr}));
}

TEST_F(DerivedTest, OnlyOfInputsThatTheTaskInsistsOn) {
  for (const char* name : {"program", "missing", "", "../in.txt"}) {
    json document = derive_task({{{"input", name}}, {{"input", name}, {"end", "commit"}}});
    document["inputs"]["program"] = folder.path("other.txt");
    for (const json& answer : answers(document)) {
      EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("keeps nothing of an input"));
    }
  }
  EXPECT_TRUE(objects().empty());
}

TEST_F(DerivedTest, OddVariantsAreRefused) {
  const std::string long_one(kMaxVariantBytes + 1, 'v');
  for (const std::string& variant :
       {std::string(), long_one, std::string("two\nlines"), std::string("a\0b", 3),
        std::string("\x7f"), std::string("\xc3\xa4")}) {
    for (const json& answer :
         answers_of({{{"variant", variant}}, {{"variant", variant}, {"end", "commit"}}})) {
      EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("variant")) << variant;
    }
  }
  EXPECT_TRUE(objects().empty());
  // One that looks like a path names no place.
  const json path = {{"variant", "../../../in.txt"}, {"text", "x"}, {"end", "commit"}};
  EXPECT_EQ(answers_of({path, {{"variant", "../../../in.txt"}}}), json({"done", "x"}));
  EXPECT_EQ(objects().size(), 1U);
  EXPECT_EQ(folder.read("in.txt"), "a photograph");
}

TEST_F(DerivedTest, NotWithoutAStoreOrAClass) {
  json document = derive_task({find, store});
  document.erase("derived");
  for (const json& answer : answers(document)) {
    EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("keeps nothing"));
  }
  document = derive_task({find});
  document.erase("store");
  Engine engine(document);
  EXPECT_EQ(engine.finish(), 2);
  EXPECT_THAT(engine.last()["message"].get<std::string>(), HasSubstr("\"derived\""));
}

TEST_F(DerivedTest, ATaskStoresOnlySoMany) {
  json many = store;
  many["times"] = kMaxDerived + 3;
  const json got = answers_of({many, find});
  for (size_t i = 0; i < kMaxDerived; ++i) EXPECT_EQ(got[i], "done") << i;
  for (size_t i = kMaxDerived; i < kMaxDerived + 3; ++i) {
    EXPECT_THAT(got[i]["error"].get<std::string>(), HasSubstr("too much"));
  }
  EXPECT_EQ(got.back(), "reduced");  // looking is free
}

TEST_F(DerivedTest, OnesThatAreTooLargeAreDropped) {
  const json large = {{"bytes", kMaxDerivedBytes + 1}, {"end", "commit"}};
  EXPECT_EQ(answers_of({large, find}), json({"done", nullptr}));
  EXPECT_TRUE(objects().empty());
}

TEST_F(DerivedTest, AStoreThatCannotBeWrittenIsNoFailure) {
  EXPECT_EQ(answers_of({store}), json({"done"}));
  // A folder in which nobody may write, not even root.
  const fs::path group = objects().front().parent_path();
  fs::remove_all(group);
  fs::create_directory_symlink("/proc", group);
  const json got = answers_of({find, store});
  EXPECT_EQ(got[0], nullptr);
  EXPECT_TRUE(got[1].contains("error"));
}

TEST_F(DerivedTest, NothingIsKeptOfAnInputThatHasChanged) {
  json document = derive_task({store, find});
  document["params"]["waits"] = true;
  Engine engine(document);
  ASSERT_NE(engine.wait_for("started"), nullptr);
  folder.write("in.txt", "changed meanwhile");
  engine.signal(SIGUSR1);
  EXPECT_EQ(engine.finish(), 0);
  EXPECT_EQ(engine.of("result")["result"]["answers"][1], nullptr);
  EXPECT_TRUE(objects().empty());
}

TEST_F(DerivedTest, CommittingNothingDoesNothing) {
  json document =
      task("raw", {{"text", "{\"type\":\"commit_derived\"}\n{\"type\":\"drop_derived\"}\n"}});
  document["store"] = folder.path("cache");
  document["derived"] = "this build";
  EXPECT_EQ(Engine(document).finish(), 0);
  EXPECT_TRUE(objects().empty());
}

}  // namespace
}  // namespace rushes::engine
