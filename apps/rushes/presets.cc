#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "console.h"
#include "numbers.h"
#include "schema/schemas.h"

namespace rushes::app {
namespace {

int list() {
  for (const std::string_view name : schema::preset_names()) {
    const auto document = nlohmann::json::parse(schema::preset_text(name));
    print(fmt::format("{:<12} {}\n", name, document.value("note", "")));
  }
  return 0;
}

int show(const std::string& name) {
  const std::string_view text = schema::preset_text(name);
  if (!text.empty()) {
    print(text);
    return 0;
  }
  const base::Error error = usage_error(fmt::format("there is no preset \"{}\"; there is {}", name,
                                                    fmt::join(schema::preset_names(), ", ")));
  Console().error(error);
  return base::exit_code(error.code);
}

}  // namespace

void add_presets(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("presets", "List the presets of rushes transcode");
  command->footer("examples:\n  rushes presets\n  rushes presets web > mine.json");
  auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "print this one, as a file to begin with");
  command->callback(
      [name, &action] { action = [name] { return name->empty() ? list() : show(*name); }; });
}

}  // namespace rushes::app
