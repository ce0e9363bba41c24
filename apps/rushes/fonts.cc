#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands.h"
#include "console.h"
#include "task_runner.h"

namespace rushes::app {
namespace {

using nlohmann::json;

struct Options {
  std::string pattern;
  bool json = false;
};

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

json matching(const json& families, const std::string& pattern) {
  json result = json::array();
  for (const json& family : families) {
    const std::string name = lower(family.at("family").get<std::string>());
    if (name.find(lower(pattern)) != std::string::npos) result.push_back(family);
  }
  return result;
}

std::string as_text(const json& families) {
  std::string text;
  for (const json& family : families) {
    std::string styles;
    for (const json& face : family.at("faces")) {
      styles += (styles.empty() ? "" : ", ") + face.at("style").get<std::string>();
    }
    text += fmt::format("{}  ({})\n", printable(family.at("family").get<std::string>()),
                        printable(styles));
  }
  return text;
}

base::Result<json> installed_fonts(Console& console, Progress& progress) {
  ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console, progress));
  ASSIGN_OR_RETURN(const auto outcomes,
                   runner.run({{"fonts", {{"version", 1}, {"kind", "fonts"}}}}));
  if (!outcomes[0].result.contains("families")) return base::internal("no list of fonts");
  return outcomes[0].result["families"];
}

int list_fonts(const Options& options) {
  Console console;
  Progress progress(console, ProgressStyle::kNone);
  auto families = installed_fonts(console, progress);
  if (!families.ok()) {
    console.error(families.error());
    return base::exit_code(families.error().code);
  }
  const json found = matching(*families, options.pattern);
  if (options.json) {
    print_json({{"version", 1}, {"families", found}});
  } else {
    print(as_text(found));
  }
  if (found.empty()) console.say("no installed font family has such a name");
  return 0;
}

}  // namespace

void add_fonts(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("fonts", "List the fonts that texts can use");
  command->footer("examples:\n  rushes fonts\n  rushes fonts noto --json");
  auto options = std::make_shared<Options>();
  command->add_option("PATTERN", options->pattern, "only families with this in their names");
  command->add_flag("--json", options->json, "with files and faces, as JSON");
  command->callback([options, &action] { action = [options] { return list_fonts(*options); }; });
}

}  // namespace rushes::app
