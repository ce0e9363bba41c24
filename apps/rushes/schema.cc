#include <memory>

#include "commands.h"
#include "console.h"
#include "numbers.h"
#include "schema/diagnostic.h"
#include "schema/schemas.h"

namespace rushes::app {
namespace {

int print_schema(const std::string& name) {
  const std::string_view text = schema::schema_text(name);
  if (!text.empty()) {
    print(text);
    if (text.back() != '\n') print("\n");
    return 0;
  }
  std::string known;
  for (std::string_view other : schema::schema_names()) {
    known += (known.empty() ? "" : ", ") + std::string(other);
  }
  base::Error error = base::not_found("there is no schema \"" + name + "\"; there is: " + known);
  error.number = kUsage;
  Console().error(error);
  return base::exit_code(error.code);
}

}  // namespace

void add_schema(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of a document");
  command->footer("example:\n  rushes schema timeline > timeline.schema.json");
  auto name = std::make_shared<std::string>("timeline");
  command->add_option("NAME", *name, "the document")->capture_default_str();
  command->callback([name, &action] { action = [name] { return print_schema(*name); }; });
}

}  // namespace rushes::app
