#pragma once

// The commands. Each adds itself to the command line and leaves in `action` what to do when it is
// the one that was called; the action returns the exit status.

#include <CLI/CLI.hpp>
#include <functional>

namespace rushes::app {

using Action = std::function<int()>;

void add_render(CLI::App& app, Action& action);
void add_cut(CLI::App& app, Action& action);
void add_transcode(CLI::App& app, Action& action);
void add_ingest(CLI::App& app, Action& action);
void add_presets(CLI::App& app, Action& action);
void add_cache(CLI::App& app, Action& action);
void add_validate(CLI::App& app, Action& action);
void add_probe(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_encoders(CLI::App& app, Action& action);
void add_fonts(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);

int print_version();

}  // namespace rushes::app
