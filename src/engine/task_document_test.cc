#include "engine/task_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace rushes::engine {
namespace {

TEST(TaskDocument, IsReadWhole) {
  const auto task = parse_task(R"({
    "version": 1, "kind": "segments", "durable": false, "partial": true,
    "inputs": {"program": "/w/p.json", "input:0": "/m/a.mp4"}, "outputs": {"packets": "/w/v"},
    "roots": ["/w", "/m"],
    "fonts": [{"path": "/f/a.ttc", "hash": "00", "index": 3, "family": "A"}],
    "transfer": {"send_bytes_per_second": 5000, "send_limit_file": "/w/rate", "give_up_seconds": 1.5},
    "params": {"first": 0}, "limits": {"memory_bytes": 1000, "idle_seconds": 2.5}})");
  ASSERT_TRUE(task.ok()) << task.error().message;
  EXPECT_EQ(task->kind, "segments");
  ASSERT_EQ(task->inputs.size(), 2u);
  EXPECT_EQ(task->inputs[0].name, "input:0");
  EXPECT_EQ(task->outputs[0].path, "/w/v");
  EXPECT_EQ(task->roots[1], "/m");
  EXPECT_EQ(task->fonts[0].index, 3);
  EXPECT_EQ(task->limits.memory_bytes, 1000u);
  EXPECT_EQ(task->limits.idle_seconds, 2.5);
  EXPECT_EQ(task->transfer.send_bytes_per_second, 5000u);
  EXPECT_EQ(task->transfer.send_limit_file, "/w/rate");
  EXPECT_EQ(task->transfer.give_up_seconds, 1.5);
  EXPECT_FALSE(task->durable);
  EXPECT_TRUE(task->partial);
  EXPECT_EQ(task->json["params"]["first"], 0);
}

TEST(TaskDocument, AnOutputMayBeWrittenOnce) {
  const auto task = parse_task(R"({"version": 1, "kind": "cut", "store": "/c", "outputs":
    {"output": {"path": "s3://bucket/a.mp4", "once": true, "replace": true}}})");
  ASSERT_TRUE(task.ok()) << task.error().message;
  EXPECT_TRUE(task->outputs[0].once);
  EXPECT_TRUE(task->outputs[0].replace);
}

TEST(TaskDocument, HasDefaults) {
  const auto task = parse_task(R"({"version": 1, "kind": "probe"})");
  ASSERT_TRUE(task.ok());
  EXPECT_TRUE(task->durable);
  EXPECT_FALSE(task->partial);
  EXPECT_GT(task->limits.memory_bytes, 0u);
  EXPECT_GT(task->limits.idle_seconds, 0);
  EXPECT_TRUE(task->json["params"].is_object());
}

struct Mistake {
  std::string rest;  // after the kind
  std::string named;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.rest; }

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsNamed) {
  const auto task = parse_task(R"({"version": 1, "kind": "probe", )" + GetParam().rest + "}");
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().code, base::Code::kInvalidArgument);
  EXPECT_THAT(task.error().message, testing::HasSubstr(GetParam().named));
}

INSTANTIATE_TEST_SUITE_P(
    TaskDocument, MistakeTest,
    testing::Values(
        Mistake{R"("inputs": [])", "\"inputs\""}, Mistake{R"("inputs": {"a": 1})", "\"inputs/a\""},
        Mistake{R"("inputs": {"a": "relative"})", "\"inputs/a\""},
        Mistake{R"("inputs": {"a": "/x\u0000y"})", "\"inputs/a\""},
        Mistake{R"("outputs": {"a": ""})", "\"outputs/a\""},
        Mistake{R"("inputs": {"a": {"path": "/x", "alone": true}})", "\"inputs/a\""},
        Mistake{R"("outputs": {"a": {"path": "/x", "alone": 1}})", "\"outputs/a\""},
        Mistake{R"("outputs": {"a": {"key": "0123456789abcdef0123456789abcdef", "alone": true}})",
                "\"outputs/a\""},
        Mistake{R"("transfer": [])", "\"transfer\""},
        Mistake{R"("transfer": {"rate": 1})", "\"transfer/rate\""},
        Mistake{R"("transfer": {"send_bytes_per_second": -1})",
                "\"transfer/send_bytes_per_second\""},
        Mistake{R"("transfer": {"send_limit_file": "a"})", "\"transfer/send_limit_file\""},
        Mistake{R"("transfer": {"give_up_seconds": -1})", "\"transfer/give_up_seconds\""},
        Mistake{R"("outputs": {"a": {"path": "s3://b/a", "once": true}})", "\"outputs/a\""},
        Mistake{R"("store": "/c", "outputs": {"a": {"path": "/a", "once": true}})",
                "\"outputs/a\""},
        Mistake{R"("store": "/c", "outputs": {"a": {"path": "s3://b/a", "replace": true}})",
                "\"outputs/a\""},
        Mistake{R"("store": "/c", "outputs": {"b": "/b", "a": {"path": "s3://b/a", "once": true}})",
                "\"outputs/a\""},
        Mistake{R"("store": "/c", "inputs": {"a": {"path": "s3://b/a", "once": true}})",
                "\"inputs/a\""},
        Mistake{R"("roots": "/")", "\"roots\""}, Mistake{R"("roots": [1])", "\"roots\""},
        Mistake{R"("fonts": [1])", "\"fonts\""},
        Mistake{R"("fonts": [{"path": "/a"}])", "\"hash\""},
        Mistake{R"("fonts": [{"path": "/a", "hash": "", "index": -1}])", "fonts/index"},
        Mistake{R"("params": [])", "\"params\""},
        Mistake{R"("limits": {"memory_bytes": -1})", "limits/memory_bytes"},
        Mistake{R"("limits": {"memory_bytes": 1.5})", "limits/memory_bytes"},
        Mistake{R"("limits": {"patience": 1})", "limits/patience"},
        Mistake{R"("durable": 1)", "\"durable\""}, Mistake{R"("colour": 1)", "\"colour\""}));

TEST(TaskDocument, OutputsInStoresThatAppearAloneOrAreJoined) {
  const auto with = [](const std::string& output, bool store = true) {
    return parse_task(std::string(R"({"version": 1, "kind": "k", "outputs": {"a": )") + output +
                      "}" + (store ? R"(, "store": "/s"})" : "}"));
  };
  const auto piece = with(R"({"path": "s3://b/p.m4s", "alone": true, "reuse": true})");
  ASSERT_TRUE(piece.ok()) << piece.error().message;
  EXPECT_TRUE(piece->outputs[0].alone && piece->outputs[0].reuse);
  EXPECT_TRUE(with(R"({"path": "s3://b/o.mp4", "joined": true, "once": true})")->outputs[0].joined);
  // They need a place to be written to first.
  EXPECT_FALSE(with(R"({"path": "s3://b/p.m4s", "alone": true})", false).ok());
  for (const char* wrong :
       {R"({"path": "/p", "alone": true, "reuse": true})", R"({"path": "s3://b/p", "reuse": true})",
        R"({"path": "/p", "joined": true})",
        R"({"path": "s3://b/p", "joined": true, "alone": true})"}) {
    EXPECT_FALSE(with(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace rushes::engine
