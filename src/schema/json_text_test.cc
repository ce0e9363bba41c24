#include "schema/json_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace rushes::schema {
namespace {

using base::Rational;

std::string first_error(std::string_view text) {
  const ParsedJson parsed = parse_json(text, "d.json");
  EXPECT_FALSE(parsed.diagnostics.empty()) << text;
  return parsed.diagnostics.empty() ? "" : format(parsed.diagnostics.front());
}

Value parsed(std::string_view text) {
  ParsedJson json = parse_json(text, "d.json");
  EXPECT_TRUE(json.diagnostics.empty()) << text << ": " << format(json.diagnostics.front());
  return json.value.value_or(Value());
}

TEST(JsonText, KnowsEveryPlace) {
  const Value root = parsed("{\n  \"ä\": [1,\n    \"x\"],\n  \"b\" : {\"c\":true}}");
  EXPECT_EQ(root.place, (Place{1, 1}));
  EXPECT_EQ(root.members[0].place, (Place{2, 3}));
  EXPECT_EQ(root.members[0].value.place, (Place{2, 8}));
  EXPECT_EQ(root.members[0].value.items[0].place, (Place{2, 9}));
  EXPECT_EQ(root.members[0].value.items[1].place, (Place{3, 5}));
  EXPECT_EQ(root.find("b")->find("c")->place, (Place{4, 14}));
  EXPECT_TRUE(root.find("b")->find("c")->boolean);
}

TEST(JsonText, StringsHideBrackets) {
  const Value root = parsed(R"(["a\"]},:", "\\", "é\u00e9\n", 1])");
  EXPECT_EQ(root.items[0].text, "a\"]},:");
  EXPECT_EQ(root.items[1].text, "\\");
  EXPECT_EQ(root.items[2].text, "éé\n");
  EXPECT_EQ(root.items[3].number, Rational(1));
}

TEST(JsonText, NumbersAreExact) {
  const Value root = parsed(
      "[4.004, -0.5, 1e3, 2E-3, 0.1234567890123456789, 1000000000000000000, "
      "0.30000000000000004, 6.123233995736766e-17, 1e-400, -0, "
      "12345678901.23456789012345]");
  const auto number = [&](size_t i) { return root.items[i].number; };
  EXPECT_EQ(number(0), Rational(1001, 250));
  EXPECT_EQ(number(1), Rational(-1, 2));
  EXPECT_EQ(number(2), Rational(1000));
  EXPECT_EQ(number(3), Rational(1, 500));
  EXPECT_EQ(number(4), Rational(123456789012345679, 1000000000000000000));
  EXPECT_EQ(number(5), Rational(1000000000000000000));
  EXPECT_EQ(number(6), Rational(30000000000000004, 100000000000000000));
  EXPECT_EQ(number(7), Rational(61, 1000000000000000000));
  EXPECT_EQ(number(8), Rational(0));
  EXPECT_EQ(number(9), Rational(0));
  EXPECT_EQ(number(10), Rational(123456789012345679, 10000000));
  EXPECT_EQ(root.items[7].to_double(), 6.123233995736766e-17);
}

TEST(JsonText, NumbersOutOfRange) {
  EXPECT_EQ(first_error("{\"a\": 1e19}"), "d.json:1:7: /a: the number 1e19 is too large [E0103]");
  EXPECT_EQ(first_error("[1e999]"), "d.json:1:2: the number 1e999 is too large [E0103]");
  EXPECT_EQ(first_error("[123456789012345678901234567890]").find("too large") != std::string::npos,
            true);
}

TEST(JsonText, SaysWhatIsBroken) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"", "1:1: the document is empty"},
      {"  \n ", "2:2: the document is empty"},
      {"{\"a\": 1,}", "1:8: a comma stands after the last entry; remove it"},
      {"[1, 2,\n]", "1:6: a comma stands after the last entry; remove it"},
      {"[1,,2]", "1:4: a comma too many"},
      {"[,1]", "1:2: a comma too many"},
      {"{\"a\": 1 \"b\": 2}", "1:9: a comma is missing before this"},
      {"{\"a\" 1}", "1:6: a colon is missing after the key"},
      {"{\"a\": }", "1:7: a value is missing before '}'"},
      {"{a: 1}", "1:2: the key a needs double quotes"},
      {"{'a': 1}", "1:2: keys take double quotes, not single ones"},
      {"['a']", "1:2: strings take double quotes, not single ones"},
      {"{\"a\": True}", "1:7: True is written true in JSON"},
      {"[None]", "1:2: None is written null in JSON"},
      {"[NaN]", "1:2: NaN does not exist in JSON"},
      {"[hello]", "1:2: hello needs double quotes, if it is meant as a string"},
      {"[01]", "1:2: a number must not start with 0"},
      {"[1__e5]", "1:3: a comma is missing before this"},
      {"[1.5e+3x]", "1:8: a comma is missing before this"},
      {"[truex]", "1:6: a comma is missing before this"},
      {"[.5]", "1:2: not a number as JSON writes it (like 0.5, -3 or 1e3)"},
      {"[+1]", "1:2: not a number as JSON writes it (like 0.5, -3 or 1e3)"},
      {"[1 // one\n]", "1:4: comments are not allowed in JSON; free remarks can go into \"note\""},
      {"{\n/* x */}", "2:1: comments are not allowed in JSON; free remarks can go into \"note\""},
      {"{\"a\": [1, 2}", "1:12: '}' cannot close this; ']' is wanted"},
      {"{\"a\": [1, 2]",
       "1:13: the document ends too early: 1 bracket is not closed, '}' is wanted"},
      {"[[", "1:3: the document ends too early: 2 brackets are not closed, ']' is wanted"},
      {"{} {}", "1:4: the document ended before this; only one value may stand in it"},
      {"[\"abc]", "1:2: the string is never closed"},
      {"[\"ab\nc\"]", "1:2: the string is not closed on its line (a line break is written \\n)"},
      {"[\"a\tb\"]", "1:4: a control character stands in a string (a tab is written \\t)"},
      {"[\"C:\\dir\"]",
       "1:5: a backslash before this character means nothing (write \\\\ for one)"},
      {"[\"\\ud800\"]",
       "1:2: the string has a broken \\u escape (four hexadecimal digits, pairs complete)"},
      {"[\"a\xff\"]", "1:4: the text is not valid UTF-8 here"},
      {"\xff\xfe[\0", "1:1: the document is UTF-16; save it as UTF-8"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(first_error(c.text), "d.json:" + std::string(c.error) + " [E0100]") << c.text;
  }
}

TEST(JsonText, SkipsByteOrderMark) {
  EXPECT_EQ(parsed("\xef\xbb\xbf[1]").items[0].place, (Place{1, 2}));
}

TEST(JsonText, RepeatedKeys) {
  const ParsedJson json = parse_json(R"({"x": [{"a": 1, "b": 2, "a": 3, "b": 4}]})", "d.json");
  ASSERT_EQ(json.diagnostics.size(), 2u);
  EXPECT_EQ(format(json.diagnostics[0]),
            "d.json:1:25: /x/0/a: the key \"a\" is given twice [E0101]");
  EXPECT_EQ(format(json.diagnostics[1]),
            "d.json:1:33: /x/0/b: the key \"b\" is given twice [E0101]");
  ASSERT_TRUE(json.value.has_value());
  EXPECT_EQ(json.value->find("x")->items[0].members.size(), 2u);
}

TEST(JsonText, Limits) {
  EXPECT_EQ(parsed(std::string(64, '[') + std::string(64, ']')).items.size(), 1u);
  EXPECT_EQ(first_error(std::string(65, '[') + std::string(65, ']')),
            "d.json:1:65: more than 64 levels of nesting [E0102]");
  EXPECT_EQ(format(parse_json("[1,2,3]", "d", {.values = 3}).diagnostics.front()),
            "d:1:6: more than 3 values [E0102]");
  EXPECT_EQ(format(parse_json("[1,2,3]", "d", {.bytes = 3}).diagnostics.front()),
            "d:1:1: the document has 7 bytes; the limit is 3 [E0102]");
}

TEST(JsonText, PointersAreEscaped) {
  EXPECT_EQ(child(child("", "a/b~c"), size_t{3}), "/a~1b~0c/3");
}

// Whatever a double is, reading its text gives it back, and the exact number is near it.
TEST(JsonText, DoublesComeBack) {
  EXPECT_TRUE(rc::check("doubles come back", [](int32_t mantissa, uint8_t shift) {
    const double x = mantissa / static_cast<double>(uint64_t{1} << (shift % 40));
    const Value value = parsed("[" + nlohmann::json(x).dump() + "]");
    RC_ASSERT(value.items[0].to_double() == x);
    RC_ASSERT(std::abs(value.items[0].number.to_double() - x) <= 1e-12 * (1 + std::abs(x)));
  }));
}

// The tree holds what the library reads from the same text.
TEST(JsonText, AgreesWithTheLibrary) {
  EXPECT_TRUE(rc::check("strings come back", [](const std::vector<std::string>& strings) {
    nlohmann::json list = nlohmann::json::array();
    for (std::string s : strings) {
      for (char& c : s) c = static_cast<char>(c & 0x7f);
      list.push_back(s);
    }
    const Value value = parsed(list.dump());
    RC_ASSERT(value.items.size() == list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      RC_ASSERT(value.items[i].text == list[i].get<std::string>());
    }
  }));
}

TEST(JsonText, PointersLeadToValues) {
  const ParsedJson json = parse_json(R"({"a/b": [1, {"~": "x"}], "": 2})", "t.json");
  ASSERT_TRUE(json.value.has_value());
  const Value& root = *json.value;
  EXPECT_EQ(find(root, ""), &root);
  EXPECT_EQ(find(root, "/a~1b/1/~0")->text, "x");
  EXPECT_EQ(find(root, "/")->text, "2");
  for (const char* nowhere : {"/a", "/a~1b/2", "/a~1b/x", "/a~1b/0/0", "/a~1b/-1"}) {
    EXPECT_EQ(find(root, nowhere), nullptr) << nowhere;
  }
  // As the document writes them, so what `child` makes is found again.
  EXPECT_EQ(find(root, child("", "a/b")), &root.members[0].value);
}

}  // namespace
}  // namespace rushes::schema
