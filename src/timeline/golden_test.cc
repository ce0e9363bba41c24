// Each folder of testdata/ is a case: timeline.json is loaded and resolved with fake facts, and
// what comes of it, diagnostics and program, is compared with expect.txt. set.txt holds --set
// values, one name=value a line. RUSHES_UPDATE=1 rewrites what differs.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "schema/program_json.h"
#include "timeline/document.h"
#include "timeline/fake_facts.h"
#include "timeline/resolve.h"

namespace rushes::timeline {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

LoadOptions options_of(const fs::path& folder) {
  LoadOptions options;
  std::istringstream lines(contents(folder / "set.txt"));
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    options.set[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return options;
}

// One property a line, but short objects and lists on one line.
void print(const nlohmann::ordered_json& json, const std::string& indent, std::string& out) {
  const std::string flat = json.dump();
  if (!json.is_structured() || flat.size() + indent.size() <= 90) {
    out += flat;
    return;
  }
  out += json.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    out += (first ? "\n" : ",\n") + indent + " ";
    if (json.is_object()) out += "\"" + key + "\":";
    print(value, indent + " ", out);
    first = false;
  }
  out += json.is_array() ? "]" : "}";
}

std::string outcome(const fs::path& folder) {
  const Loaded loaded = load(contents(folder / "timeline.json"), "t.json", options_of(folder));
  const Resolved resolved = resolve(loaded, fake_facts(loaded));
  std::string out;
  for (const auto& d : loaded.diagnostics) out += format(d) + "\n";
  for (const auto& d : resolved.diagnostics) out += format(d) + "\n";
  if (!loaded.ok() || !resolved.ok()) return out;
  const std::string text = schema::write_program(resolved.program);
  const auto back = schema::read_program(text);
  EXPECT_TRUE(back.ok()) << back.error().message;
  EXPECT_TRUE(back.ok() && *back == resolved.program);
  print(nlohmann::ordered_json::parse(text), "", out);
  return out + "\n";
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, IsAsExpected) {
  const fs::path folder = fs::path(RUSHES_TESTDATA) / GetParam();
  const std::string found = outcome(folder);
  const std::string expected = contents(folder / "expect.txt");
  if (found != expected && std::getenv("RUSHES_UPDATE") != nullptr) {
    std::ofstream(folder / "expect.txt", std::ios::binary) << found;
    return;
  }
  EXPECT_EQ(found, expected);
}

std::vector<std::string> cases() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(RUSHES_TESTDATA)) {
    out.push_back(entry.path().filename().string());
  }
  std::ranges::sort(out);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(cases()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace rushes::timeline
