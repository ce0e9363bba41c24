#pragma once

// What all commands that render understand: workers, memory, the cache, how progress is told.

#include "render_job.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rushes::app {

// Of the least SSIM of a second.
inline constexpr char kSsimHelp[] =
    "the least SSIM that a second of it may have, from 0 to 1; default: 0.85, less where less\n"
    "\"quality\" was asked for";

// `options` must outlive the command line.
void add_render_options(CLI::App& command, RenderOptions& options);
// --subtitles.
CLI::Option* add_subtitles(CLI::App& command, RenderOptions& options);
// --verify and --verify-ssim. Returns the former.
CLI::Option* add_verify_options(CLI::App& command, RenderOptions& options);

}  // namespace rushes::app
