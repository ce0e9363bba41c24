// rushes: the command line. It links no codec: whatever opens media is done by rushes-engine.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/private_memory.h"
#include "base/result.h"
#include "commands.h"
#include "console.h"
#include "numbers.h"
#include "schema/diagnostic.h"
#include "signals.h"

namespace rushes::app {
namespace {

constexpr char kFooter[] =
    "examples:\n"
    "  rushes render ad.json                     makes ad.mp4\n"
    "  rushes render ad.json --set name=Anna -o anna.mp4\n"
    "  rushes validate ad.json                   says all that is wrong with it\n"
    "  rushes explain E0120                      says more about an error\n"
    "\n"
    "exit: 0 done, 1 internal error, 2 invalid input, 3 unreadable media, 4 out of memory, disk\n"
    "      or another limit, 5 try again, 7 an output failed its verification, 130 cancelled";

// CLI11's messages as errors of ours; --help and --version go to stdout.
int usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    return app.exit(error);
  }
  const CLI::App* called = &app;
  while (!called->get_subcommands().empty()) called = called->get_subcommands().front();
  std::string message = error.what();
  if (called == &app && !app.remaining().empty()) {
    std::vector<std::string_view> known;
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    known.reserve(commands.size());
    for (const CLI::App* command : commands) known.push_back(command->get_name());
    const std::string word = app.remaining().front();
    const std::string meant = schema::did_you_mean(word, known);
    message = "there is no command \"" + word + "\"" + (meant.empty() ? "" : "; " + meant);
  }
  base::Error shown =
      base::invalid_argument(message + " (see " + called->get_display_name() + " --help)");
  shown.number = kUsage;
  Console().error(shown);
  return base::exit_code(shown.code);
}

// An empty value is a variable of a script that was not set, and not the default.
base::Status check_values(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& value : option->results()) {
        if (!value.empty()) continue;
        return usage_error(option->get_name() + " is empty (see " + command->get_display_name() +
                           " --help)");
      }
    }
  }
  return {};
}

int run(int argc, char** argv) {
  CLI::App app("Rushes turns a JSON timeline into finished video.", "rushes");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.fallthrough(false);
  bool version = false;
  app.add_flag("--version", version, "versions of this program and of the libraries it uses");
  Action action;
  add_render(app, action);
  add_transcode(app, action);
  add_cut(app, action);
  add_ingest(app, action);
  add_verify(app, action);
  add_validate(app, action);
  add_probe(app, action);
  add_schema(app, action);
  add_presets(app, action);
  add_cache(app, action);
  add_encoders(app, action);
  add_fonts(app, action);
  add_explain(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage(app, error);
  }
  if (const base::Status values = check_values(app); !values.ok()) {
    Console().error(values.error());
    return base::exit_code(values.error().code);
  }
  catch_signals();
  if (version) return print_version();
  if (action) return action();
  std::fputs(app.help().c_str(), stderr);
  return base::exit_code(base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace rushes::app

int main(int argc, char** argv) {
  rushes::base::keep_memory_private();
  try {
    return rushes::app::run(argc, argv);
  } catch (const std::exception& error) {
    rushes::app::Console().error(rushes::base::internal(error.what()));
    return rushes::base::exit_code(rushes::base::Code::kInternal);
  }
}
