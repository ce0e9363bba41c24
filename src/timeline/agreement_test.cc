// Our validator against valijson, an independent one, on schema/timeline.json: they must agree on
// which documents are well formed, for the golden cases and for thousands of damaged ones.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "schema/json_text.h"
#include "schema/schemas.h"
#include "schema/validate.h"

namespace rushes::timeline {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// Without "format", which is ours, and which the peer asks of numbers too.
void drop_formats(Json& schema) {
  if (schema.is_object() && schema.contains("format") && schema["format"].is_string()) {
    schema.erase("format");
  }
  if (schema.is_structured()) {
    for (Json& inner : schema) drop_formats(inner);
  }
}

class Peer {
 public:
  Peer() : schema_json_(Json::parse(schema::schema_text("timeline"))) {
    drop_formats(schema_json_);
    valijson::SchemaParser parser;
    parser.populateSchema(Adapter(schema_json_), schema_);
  }
  bool accepts(const Json& document) const {
    valijson::Validator validator;
    return validator.validate(schema_, Adapter(document), nullptr);
  }

 private:
  Json schema_json_;
  valijson::Schema schema_;
};

const Peer& peer() {
  static const Peer instance;
  return instance;
}

struct Verdict {
  bool accepted = true;
  bool by_structure = false;  // rejected by something that JSON Schema can say
  std::string why;
};

Verdict ours(const Json& document) {
  const auto json = schema::parse_json(document.dump(), "d");
  Verdict out;
  if (!json.value) return {false, false, "not JSON"};
  for (const auto& d : schema::validate(*json.value, *schema::builtin_schema("timeline"), "d")) {
    out.accepted = false;
    out.why += format(d) + "\n";
    // 115 and part of 113 and 170 are forms of strings, of which JSON Schema knows less.
    if (d.number != 115 && d.number != 113 && d.number != 170) out.by_structure = true;
  }
  return out;
}

// Empty if the validators agree.
std::string disagreement(const Json& document) {
  const Verdict verdict = ours(document);
  const bool accepted = peer().accepts(document);
  if (verdict.accepted && !accepted) return "only ours accepts " + document.dump(1);
  if (verdict.by_structure && accepted) return verdict.why + "is not said of " + document.dump(1);
  return "";
}

std::vector<Json> corpus() {
  std::vector<Json> out;
  for (const auto& entry : fs::directory_iterator(RUSHES_TESTDATA)) {
    std::ifstream in(entry.path() / "timeline.json", std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    // Those that are not JSON, or whose variables are not filled in, say nothing here.
    const Json document = Json::parse(text.str(), nullptr, false);
    if (!document.is_discarded() && text.str().find("{{") == std::string::npos) {
      out.push_back(document);
    }
  }
  return out;
}

TEST(Agreement, OnGoldenCases) {
  const auto documents = corpus();
  EXPECT_GT(documents.size(), 30u);
  for (const Json& document : documents) EXPECT_EQ(disagreement(document), "");
}

void collect(Json& value, std::vector<Json*>& out) {
  out.push_back(&value);
  if (value.is_structured()) {
    for (Json& inner : value) collect(inner, out);
  }
}

TEST(Agreement, OnDamagedDocuments) {
  auto documents = corpus();
  std::erase_if(documents, [](const Json& d) { return !peer().accepts(d); });
  ASSERT_GT(documents.size(), 8u);
  const Json values =
      Json::parse(R"([null, true, false, 0, 1, -1, 0.5, 2, 1000, 1e6, "", "x", "50%",
    "fade", "end", "auto", "red", "center", "vertical", [], [1], [1, 2], [0.5, "50%"], ["a"], {},
    {"from": 0, "to": 1}, {"keyframes": [{"time": 0, "value": 1}]}, {"zoom": [1, 2]},
    {"same_as": "a"}, {"type": "wipe"}, {"under": "voice"}, {"color": "red", "duration": 1},
    {"x": 0, "y": 0, "width": 1, "height": 1}, {"word": "a", "start": 0, "end": 1}])");
  const std::vector<std::string> keys = {"duration", "at",    "scale", "text",
                                         "image",    "note",  "style", "motion",
                                         "reverse",  "audio", "nope",  "clips"};
  EXPECT_TRUE(rc::check("validators agree", [&] {
    // Many at a time, since a hundred are too few to meet every corner.
    for (int i = 0; i < 20; ++i) {
      Json document = documents[*rc::gen::inRange<size_t>(0, documents.size())];
      std::vector<Json*> places;
      collect(document, places);
      Json& place = *places[*rc::gen::inRange<size_t>(0, places.size())];
      Json value = values[*rc::gen::inRange<size_t>(0, values.size())];
      const int how = *rc::gen::inRange(0, 3);
      if (how == 0 && place.is_object() && !place.empty()) {
        const int at = *rc::gen::inRange<int>(0, static_cast<int>(place.size()));
        place.erase(std::next(place.begin(), at));
      } else if (how == 1 && place.is_object()) {
        place[keys[*rc::gen::inRange<size_t>(0, keys.size())]] = std::move(value);
      } else {
        place = std::move(value);
      }
      const std::string why = disagreement(document);
      if (!why.empty()) RC_FAIL(why);
    }
  }));
}

}  // namespace
}  // namespace rushes::timeline
