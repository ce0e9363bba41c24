#include "engine/child_event.h"

#include <gtest/gtest.h>

namespace rushes::engine {
namespace {

TEST(LineReader, CutsLinesHoweverTheyArrive) {
  LineReader reader(100);
  std::string line;
  ASSERT_TRUE(reader.add("on").ok());
  EXPECT_FALSE(reader.next(line));
  EXPECT_TRUE(reader.has_partial_line());
  ASSERT_TRUE(reader.add("e\n\ntwo\nthr").ok());
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "one");
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "");
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "two");
  EXPECT_FALSE(reader.next(line));
  ASSERT_TRUE(reader.add("ee\n").ok());
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "three");
  EXPECT_FALSE(reader.has_partial_line());
}

TEST(LineReader, RefusesALineThatIsTooLong) {
  LineReader reader(4);
  EXPECT_TRUE(reader.add("1234\n1234").ok());
  EXPECT_FALSE(reader.add("5").ok());
}

TEST(ChildEvent, KeepsKnownFieldsAlone) {
  const auto event =
      parse_child_event(R"({"type":"progress","done":1,"total":2,"phase":"x","seq":99,"exit":0})");
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->kind, ChildEventKind::kPublic);
  EXPECT_EQ(event->json,
            nlohmann::json({{"type", "progress"}, {"done", 1}, {"total", 2}, {"phase", "x"}}));
}

TEST(ChildEvent, RefusesWhatIsNotQuiteOne) {
  for (const std::string_view line :
       {"", "{", "3", "null", "{\"type\":3}", "{\"type\":\"started\"}", "{\"type\":\"error\"}",
        R"({"type":"progress","done":-1,"total":2,"phase":"x"})",
        R"({"type":"progress","done":1.5,"total":2,"phase":"x"})",
        R"({"type":"warning","number":1,"text":["x"],"place":""})",
        R"({"type":"result","result":[]})"}) {
    EXPECT_FALSE(parse_child_event(line).ok()) << line;
  }
}

TEST(ChildEvent, CountsNestingOutsideStringsOnly) {
  const std::string brackets(1000, '[');
  EXPECT_TRUE(
      parse_child_event(R"({"type":"warning","number":0,"place":"","text":"\")" + brackets + "\"}")
          .ok());
  EXPECT_FALSE(parse_child_event(R"({"type":"result","result":{"a":)" + std::string(70, '[') +
                                 std::string(70, ']') + "}}")
                   .ok());
}

TEST(ChildEvent, ErrorsComeBackAsTheyWere) {
  for (base::Code code :
       {base::Code::kInvalidArgument, base::Code::kNotFound, base::Code::kUnsupported,
        base::Code::kCorrupt, base::Code::kPermission, base::Code::kResource,
        base::Code::kUnavailable, base::Code::kCancelled, base::Code::kInternal}) {
    const base::Error error{code, "why", 113};
    const base::Error back = error_from_json(error_to_json(error));
    EXPECT_EQ(back.code, code);
    EXPECT_EQ(back.message, "why");
    EXPECT_EQ(back.number, 113);
  }
}

TEST(ChildEvent, LinesAreUtf8WhateverWentIn) {
  EXPECT_EQ(event_line({{"text", "a\xff\n"}}), "{\"text\":\"a\xEF\xBF\xBD\\n\"}\n");
}

}  // namespace
}  // namespace rushes::engine
