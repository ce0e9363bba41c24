#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "commands.h"
#include "compile.h"
#include "console.h"
#include "progress.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> set;
  SourceAccess access;
  bool json = false;
};

base::Status validate(const Options& options, Console& console, nlohmann::json& report) {
  Progress progress(console, ProgressStyle::kNone);
  ASSIGN_OR_RETURN(Variables set, parse_variables(options.set));
  ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console, progress));
  ASSIGN_OR_RETURN(const WorkFolder work, WorkFolder::create());
  auto compiled = compile({.file = options.file,
                           .set = std::move(set),
                           .access = options.access,
                           .work_folder = work.path()},
                          runner);
  report["warnings"] = runner.warnings();
  report["diagnostics"] = runner.diagnostics();
  if (!compiled.ok()) return std::move(compiled).error();
  const ProgramSummary& program = compiled->program;
  report["frames"] = program.frames;
  report["duration"] = program.duration_text;
  report["width"] = program.width;
  report["height"] = program.height;
  report["fps"] = program.fps_text;
  if (!options.json) {
    console.say(fmt::format("{}: valid; {}x{}, {} at {} fps, {}", options.file, program.width,
                            program.height, frames_text(program.frames), program.fps_text,
                            length_text(program.duration)));
  }
  return {};
}

int run(const Options& options) {
  Console console;
  nlohmann::json report = {{"version", 1}, {"command", "validate"}, {"file", options.file}};
  const base::Status status = validate(options, console, report);
  return end_command(console, status, report, options.json);
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "validate", "Say all that is wrong with a timeline, its files and its fonts");
  command->footer(
      "examples:\n  rushes validate ad.json\n  rushes validate ad.json --set name=Anna");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "the timeline, or - for stdin")->required();
  command->add_option("--set", options->set, "name=value for a variable of the timeline")
      ->allow_extra_args(false);
  add_access_options(*command, options->access);
  command->add_flag("--json", options->json, "one object with all errors on stdout");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rushes::app
