#include "schema/validate.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "schema/formats.h"
#include "schema/json_text.h"
#include "schema/schemas.h"

namespace rushes::schema {
namespace {

Value parsed(std::string_view text) { return parse_json(text, "d").value.value_or(Value()); }

// The first error of a document under a schema, or "".
std::string first(std::string_view schema, std::string_view document) {
  const auto found = validate(parsed(document), parsed(schema), "");
  return found.empty() ? ""
                       : found.front().message + (found.front().hint.empty() ? "" : "; ") +
                             found.front().hint;
}

TEST(Validate, Bounds) {
  const char* schema = R"({"type": "number", "exclusiveMinimum": 0.1, "maximum": 2})";
  EXPECT_EQ(first(schema, "0.10000000000000001"), "");  // compared exactly, not as doubles
  EXPECT_EQ(first(schema, "0.1"), "must be > 0.1 (is 0.1)");
  EXPECT_EQ(first(schema, "2.00"), "");
  EXPECT_EQ(first(schema, "2.01"), "must be <= 2 (is 2.01)");
}

TEST(Validate, NumbersInQuotes) {
  EXPECT_EQ(first(R"({"type": "number"})", R"("3")"),
            "must be a number (is \"3\"); write 3 without quotes");
  const char* either =
      R"({"anyOf": [{"type": "number"}, {"enum": ["end"]}], "x-plain": "seconds or \"end\""})";
  EXPECT_EQ(first(either, R"("3s")"),
            "must be seconds or \"end\" (is \"3s\"); write 3 without quotes");
  EXPECT_EQ(first(either, R"("ende")"), "must be \"end\" (is \"ende\"); did you mean \"end\"?");
  EXPECT_EQ(first(either, "true"), "must be seconds or \"end\" (is true)");
}

TEST(Validate, AlternativesAreToldApartByTheirFirstKey) {
  const char* schema = R"({"anyOf": [
    {"type": "object", "required": ["zoom"], "additionalProperties": false, "properties": {"zoom": {"type": "number"}}},
    {"type": "object", "required": ["from", "to"], "additionalProperties": false, "properties": {"from": {}, "to": {}}}]})";
  EXPECT_EQ(first(schema, R"({"zoom": 1})"), "");
  EXPECT_EQ(first(schema, R"({"from": 1})"), "needs \"to\"");
  EXPECT_EQ(first(schema, R"({"zoon": 1})"),
            "needs \"zoom\" or \"from\"; did you mean \"zoom\" in place of \"zoon\"?");
  EXPECT_EQ(first(schema, R"({"zoom": 1, "from": 2})"),
            "has \"zoom\" and \"from\", and may have only one of them");
}

TEST(Validate, StopsAtItsLimit) {
  const Value schema = parsed(R"({"type": "array", "items": {"type": "string"}})");
  const auto found = validate(parsed("[1,2,3,4,5]"), schema, "", "", 3);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found.back().hint, "there are more errors after this one");
  EXPECT_EQ(found.back().pointer, "/2");
}

TEST(DidYouMean, IsNearButNotWild) {
  const std::vector<std::string_view> keys = {"duration", "opacity", "at", "position"};
  EXPECT_EQ(nearest("duraton", keys), "duration");
  EXPECT_EQ(nearest("opactiy", keys), "opacity");
  EXPECT_EQ(nearest("Dura-tion", keys), "duration");
  EXPECT_EQ(nearest("banana", keys), "");
  EXPECT_EQ(nearest("x", keys), "");
  EXPECT_EQ(nearest(std::string(10000, 'a'), keys), "");
  EXPECT_EQ(nearest("", keys), "");
}

TEST(Diagnostic, IsOneLine) {
  Diagnostic d{.number = 113,
               .file = "ad.json",
               .place = {14, 22},
               .pointer = "/tracks/0",
               .message = "must be > 0 (is -2)"};
  EXPECT_EQ(format(d), "ad.json:14:22: /tracks/0: must be > 0 (is -2) [E0113]");
  d.severity = Severity::kWarning;
  d.hint = "a\nb\x1b[31m";
  EXPECT_EQ(format(d),
            "ad.json:14:22: warning: /tracks/0: must be > 0 (is -2); a\\x0ab\\x1b[31m [W0113]");
}

// ---- the timeline's schema itself

// Calls `visit` with every schema within a schema.
void walk(const Value& schema, const std::function<void(const Value&)>& visit) {
  visit(schema);
  for (const char* group : {"properties", "definitions"}) {
    if (const Value* list = schema.find(group)) {
      for (const Member& member : list->members) walk(member.value, visit);
    }
  }
  for (const char* group : {"anyOf", "oneOf"}) {
    if (const Value* list = schema.find(group)) {
      for (const Value& item : list->items) walk(item, visit);
    }
  }
  for (const char* one : {"items", "additionalProperties"}) {
    const Value* inner = schema.find(one);
    if (inner == nullptr) continue;
    if (inner->is_object()) walk(*inner, visit);
    for (const Value& item : inner->items) walk(item, visit);
  }
}

TEST(TimelineSchema, DefaultsAndExamplesAreValid) {
  const Value* root = builtin_schema("timeline");
  ASSERT_NE(root, nullptr);
  int checked = 0;
  walk(*root, [&](const Value& schema) {
    Value alone = schema;
    std::erase_if(alone.members, [](const Member& m) { return m.key == "definitions"; });
    alone.members.push_back(*root->find_member("definitions"));
    const auto expect_valid = [&](const Value& value) {
      ++checked;
      for (const Diagnostic& d : validate(value, alone, "")) {
        ADD_FAILURE() << "schema/timeline.json:" << value.place.line << ": " << excerpt(value)
                      << ": " << d.message;
      }
    };
    if (const Value* value = schema.find("default")) expect_valid(*value);
    if (const Value* list = schema.find("examples")) {
      for (const Value& value : list->items) expect_valid(value);
    }
  });
  EXPECT_GT(checked, 60);
}

TEST(TimelineSchema, EveryReferenceExists) {
  const Value* root = builtin_schema("timeline");
  const Value* definitions = root->find("definitions");
  std::set<std::string> used;
  walk(*root, [&](const Value& schema) {
    const Value* ref = schema.find("$ref");
    if (ref == nullptr) return;
    const std::string name = ref->text.substr(std::string("#/definitions/").size());
    EXPECT_NE(definitions->find(name), nullptr) << ref->text;
    used.insert(name);
  });
  for (const Member& member : definitions->members) {
    EXPECT_TRUE(used.contains(member.key)) << member.key << " is never used";
  }
}

TEST(TimelineSchema, ListsTheEasingsThatExist) {
  const Value* easing = builtin_schema("timeline")->find("definitions")->find("easing");
  std::vector<std::string> listed;
  for (const Value& name : easing->find("anyOf")->items[0].find("enum")->items) {
    listed.push_back(name.text);
  }
  const auto known = easing_names();
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()),
            std::set<std::string>(known.begin(), known.end()));
}

// Every property is described, by itself or by what it refers to.
TEST(TimelineSchema, IsDescribed) {
  const Value* root = builtin_schema("timeline");
  const Value* definitions = root->find("definitions");
  int undescribed = 0;
  walk(*root, [&](const Value& schema) {
    const Value* properties = schema.find("properties");
    if (properties == nullptr) return;
    for (const Member& member : properties->members) {
      const Value* at = &member.value;
      bool described = false;
      for (int i = 0; i < 4 && at != nullptr && !described; ++i) {
        described = at->find("description") != nullptr || at->find("x-not-yet") != nullptr;
        const Value* ref = at->find("$ref");
        at = ref != nullptr ? definitions->find(ref->text.substr(14)) : nullptr;
      }
      if (!described) {
        ++undescribed;
        ADD_FAILURE() << "schema/timeline.json:" << member.place.line << ": " << member.key;
      }
    }
  });
  EXPECT_EQ(undescribed, 0);
}

}  // namespace
}  // namespace rushes::schema
